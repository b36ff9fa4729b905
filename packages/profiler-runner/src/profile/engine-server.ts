// A server of an engine for the length of a run: started here, or attached to.
import { setTimeout as later } from 'node:timers'
import type { Engine, EngineCall, ServerSpec } from '../engines/engine.js'
import { ProfilerRunnerError } from '../errors.js'
import { requireFreePort } from '../free-port.js'
import { baseUrl, type JsonResponse, requestJson } from '../http.js'
import { describeExit, ProcessGroup } from '../process-group.js'
import { nowMs, sleep } from '../wait.js'

/** How to start a server. */
export interface StartOptions {
  env: Readonly<Record<string, string>>
  logFile: string
  timeoutMs: number
  signal?: AbortSignal | undefined
  onProgress: (message: string) => void
}

/** A server that is ready for requests. */
export class EngineServer {
  /** What the server says of itself; undefined when it says nothing. */
  info: unknown
  private readonly ended = new AbortController()
  /** Fires when the run is given up or the server has ended: whatever waits, stops. */
  readonly signal: AbortSignal
  private stopping = false

  private constructor(
    readonly engine: Engine,
    readonly url: string,
    private readonly group: ProcessGroup | null,
    outer: AbortSignal | undefined,
  ) {
    this.signal = outer ? AbortSignal.any([outer, this.ended.signal]) : this.ended.signal
    void group?.exited.then(() => this.ended.abort())
  }

  /**
   * Starts a server and waits until it is healthy.
   * @throws {@link ProfilerRunnerError} `port_in_use`, `command_not_found`, `server_exited`,
   *   `server_not_ready`, `aborted`; the server is stopped
   */
  static async start(
    engine: Engine,
    spec: ServerSpec,
    options: StartOptions,
  ): Promise<EngineServer> {
    await requireFreePort(spec.port, spec.host)
    const group = await ProcessGroup.start(engine.command(spec), {
      env: { ...engine.environment(spec), ...options.env },
      logFile: options.logFile,
    })
    const host = spec.host === '0.0.0.0' ? '127.0.0.1' : spec.host
    const url = `http://${host}:${spec.port}`
    const server = new EngineServer(engine, url, group, options.signal)
    try {
      await server.guard(server.waitUntilHealthy(options))
      return server
    } catch (error) {
      await server.stop()
      throw error
    }
  }

  /**
   * Attaches to a server that runs.
   * @throws {@link ProfilerRunnerError} when it is not healthy
   */
  static async attach(
    engine: Engine,
    url: string,
    signal: AbortSignal | undefined,
  ): Promise<EngineServer> {
    const server = new EngineServer(engine, baseUrl(url), null, signal)
    const { status } = await requestJson(server.url + engine.healthPath, { signal })
    if (status !== 200) {
      throw new ProfilerRunnerError(
        'server_not_ready',
        `${server.url}${engine.healthPath}: HTTP ${status}; is it a ${engine.name} server?`,
      )
    }
    await server.readInfo()
    return server
  }

  private async waitUntilHealthy(options: StartOptions): Promise<void> {
    const started = nowMs()
    let told = started
    const url = this.url + this.engine.healthPath
    for (;;) {
      const status = await requestJson(url, { timeoutMs: 5000, signal: this.signal }).then(
        (response) => response.status,
        (error: ProfilerRunnerError) => {
          if (error.code === 'aborted') throw error
          return 0
        },
      )
      if (status === 200) break
      const waited = nowMs() - started
      if (waited > options.timeoutMs) {
        throw new ProfilerRunnerError(
          'server_not_ready',
          `${url}: not healthy after ${Math.round(waited / 1000)} s; last lines of ${options.logFile}: ${await this.group?.logTail()}`,
        )
      }
      if (nowMs() - told > 10_000) {
        told = nowMs()
        options.onProgress(`waiting for the server, ${Math.round(waited / 1000)} s`)
      }
      await sleep(Math.min(1000, 50 + waited / 10), this.signal)
    }
    await this.readInfo()
  }

  private async readInfo(): Promise<void> {
    if (this.engine.infoPath === null) return
    const response = await requestJson(this.url + this.engine.infoPath, { signal: this.signal })
    if (response.status === 200) this.info = response.body
  }

  /**
   * Makes a request of the engine's interface.
   * @throws {@link ProfilerRunnerError} `server_refused` for an error status
   */
  async call(call: EngineCall, timeoutMs: number): Promise<JsonResponse> {
    const { method, path, body } = call
    const url = this.url + path
    const response = await requestJson(url, {
      method,
      ...(body === undefined ? {} : { body }),
      timeoutMs,
      signal: this.signal,
    })
    if (response.status >= 400) {
      const text = response.text.slice(0, 200).replaceAll(/\s+/g, ' ')
      throw new ProfilerRunnerError('server_refused', `${url}: HTTP ${response.status} ${text}`)
    }
    return response
  }

  /** Awaits work against the server; if the server ends meanwhile, that is the error. */
  async guard<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work
    } catch (error) {
      // A server that dies closes its connections before its exit is known here.
      if (this.group !== null && this.group.exit === undefined) {
        await Promise.race([
          this.group.exited,
          new Promise((resolve) => later(resolve, 300).unref()),
        ])
      }
      if (this.group?.exit !== undefined && !this.stopping) {
        throw new ProfilerRunnerError(
          'server_exited',
          `the server ended with ${describeExit(this.group.exit)}; last lines of ${this.group.logFile}: ${await this.group.logTail()}`,
          { cause: error },
        )
      }
      throw error
    }
  }

  /** Whether the server was started here and has ended. */
  get hasExited(): boolean {
    return this.group?.exit !== undefined
  }

  /** Stops a server that was started here, killing it after `graceMs`; leaves an attached one alone. */
  async stop(graceMs?: number): Promise<void> {
    this.stopping = true
    await this.group?.stop(graceMs)
  }
}
