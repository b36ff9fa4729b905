// Makes traces: starts the engine, warms it up, runs the batches or the load, captures with the
// engine's own profiler, waits until every rank's file is whole, and stops everything again.
//
// Folder of a run: run.json; client.log; server.PASS.log; traces/PASS/POINT/…; under load also
// request_metrics.csv, token_metrics.csv and load.json.

import { appendFileSync, existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { messageOf } from '@flowsim/trace-schema'
import { makeFolder } from '@flowsim/trace-schema/node'
import type { Engine, ServerSpec } from '../engines/engine.js'
import { ENGINES } from '../engines/index.js'
import { ProfilerRunnerError } from '../errors.js'
import { maskSecrets, withoutSecrets, withoutSecretValues } from '../secrets.js'
import { version } from '../version.js'
import { nowMs, throwIfAborted } from '../wait.js'
import { type CaptureContext, captureBatch, captureBetween, prepareCache } from './capture.js'
import { captureUnderLoad } from './capture-load.js'
import { EngineServer } from './engine-server.js'
import { describeEnvironment } from './environment.js'
import { batchPrompts, generateBatch } from './generate.js'
import { type ProfileOptions, type ProfilePass, pointName, type SweepPoint } from './options.js'
import { type PointRecord, type RunRecord, writeWhole } from './run-record.js'
import { sassTraceRecord, TRACED_REQUEST_MS, TRACER_GRACE_MS } from './sass-trace.js'
import { runScript } from './script.js'
import {
  checkOptions,
  pythonOf,
  ranksFromArgs,
  recordsShapes,
  runsScript,
  serverEnvironment,
  serverSpec,
} from './server-spec.js'
import type { TraceFile } from './trace-files.js'

/**
 * Runs a profiling run.
 * @returns the record that is also in `run.json`; `status` is `partial` when some points failed
 * @throws {@link ProfilerRunnerError} when nothing could be captured, or `aborted`; run.json and the
 *   logs are written all the same, and nothing is left running
 */
export async function profile(options: ProfileOptions): Promise<RunRecord> {
  const run = new ProfileRun(options)
  return run.run()
}

class ProfileRun {
  private readonly engine: Engine
  private readonly outDir: string
  private readonly record: RunRecord

  constructor(private readonly options: ProfileOptions) {
    this.engine = ENGINES[options.engine]
    this.outDir = resolve(options.outDir)
    const now = new Date().toISOString()
    this.record = {
      schema: 'flowsim.profile-run/1',
      flowsim: version,
      status: 'failed',
      engine: options.engine,
      startedAt: now,
      finishedAt: now,
      environment: { host: '', kernel: '', node: '', gpus: [], packages: {}, variables: {} },
      passes: [],
      points: [],
    }
  }

  async run(): Promise<RunRecord> {
    checkOptions(this.options, this.engine)
    makeFolder(this.outDir)
    const { record, options } = this
    const variables = { ...process.env, ...options.env }
    record.environment = await describeEnvironment(variables, pythonOf(options))
    try {
      for (const pass of passesOf(options)) {
        throwIfAborted(options.signal)
        await this.pass(pass)
      }
      const failed = record.points.filter((point) => point.status === 'failed')
      record.status = failed.length === 0 ? 'ok' : 'partial'
      if (failed.length > 0 && failed.length === record.points.length) {
        throw new ProfilerRunnerError(
          'trace_missing',
          `no point could be captured; the first: ${failed[0]!.error}`,
        )
      }
      if (options.sassTrace !== undefined) {
        const log = join(this.outDir, 'server.sass.log')
        record.sassTrace = sassTraceRecord(options.sassTrace, Date.parse(record.startedAt), log)
      }
      return record
    } catch (error) {
      record.status = 'failed'
      record.error = messageOf(error)
      this.tell(`failed: ${messageOf(error)}`)
      throw error
    } finally {
      record.finishedAt = new Date().toISOString()
      await writeWhole(
        join(this.outDir, 'run.json'),
        `${JSON.stringify(withoutSecretValues(record), null, 2)}\n`,
      )
    }
  }

  private tell(said: string): void {
    const message = maskSecrets(said)
    appendFileSync(join(this.outDir, 'client.log'), `${new Date().toISOString()} ${message}\n`, {
      mode: 0o600,
    })
    this.options.onProgress?.(message)
  }

  private async pass(pass: ProfilePass): Promise<void> {
    const { options, engine } = this
    const started = nowMs()
    const spec = await serverSpec(options, engine, pass)
    const logFile = join(this.outDir, `server.${pass}.log`)
    const env = serverEnvironment(options, pass)
    if (runsScript(options)) return this.script(pass, spec, env, logFile)
    const command = options.attachUrl === undefined ? engine.command(spec) : null
    this.tell(command ? `starting: ${withoutSecrets(command).join(' ')}` : 'attaching')
    const server =
      options.attachUrl === undefined
        ? await EngineServer.start(engine, spec, {
            env,
            logFile,
            timeoutMs: options.startupTimeoutMs ?? 1_800_000,
            signal: options.signal,
            onProgress: (message) => this.tell(message),
          })
        : await EngineServer.attach(engine, options.attachUrl, options.signal)
    try {
      const startupS = (nowMs() - started) / 1000
      this.tell(`server ready after ${startupS.toFixed(1)} s`)
      this.record.passes.push({
        pass,
        command: command && withoutSecrets(command),
        url: server.url,
        log: command && relative(this.outDir, logFile),
        server: withoutSecretValues(server.info ?? null),
        version: spec.version ?? versionOf(server.info),
        captures: this.graphCaptures(spec),
        startupS,
      })
      await this.captures(pass, server, spec)
    } finally {
      await server.stop(pass === 'sass' ? TRACER_GRACE_MS : undefined)
      removeIfEmpty(spec.traceDir)
    }
  }

  /** Folder of the captures that a server left while it started, as told in the record. */
  private graphCaptures({ captureGraphs, traceDir }: ServerSpec): string | null {
    const { captureFolder } = this.engine
    if (!captureGraphs || captureFolder === null) return null
    const folder = join(traceDir, captureFolder)
    const files = existsSync(folder) ? readdirSync(folder) : []
    if (files.length === 0) {
      this.tell(
        `no traces of the capture of graphs in ${folder}: this version of ${this.engine.name} does not write them, or runs without graphs`,
      )
      return null
    }
    this.tell(`${files.length} files of the capture of graphs; give them with --capture ${folder}`)
    return relative(this.outDir, folder)
  }

  private async script(
    pass: ProfilePass,
    spec: ServerSpec,
    env: Record<string, string>,
    logFile: string,
  ): Promise<void> {
    const command = withoutSecrets(this.engine.command(spec))
    this.tell(`running: ${command.join(' ')}`)
    const log = relative(this.outDir, logFile)
    this.record.passes.push({
      pass,
      command,
      url: '',
      log,
      server: null,
      version: null,
      captures: null,
      startupS: 0,
    })
    await this.attempt(pass, null, () => runScript(this.engine, spec, this.options, env, logFile))
  }

  private async captures(pass: ProfilePass, server: EngineServer, spec: ServerSpec): Promise<void> {
    const { options } = this
    const context: Omit<CaptureContext, 'folder'> = {
      server,
      model: options.model ?? (await this.modelOf(server)),
      serverTraceDir: spec.traceDir,
      ranks: options.ranks ?? this.engine.ranksOf(server.info) ?? ranksFromArgs(spec),
      steps: options.steps ?? 5,
      withStack: options.withStack ?? false,
      recordShapes: recordsShapes(options, pass),
      requestTimeoutMs: options.requestTimeoutMs ?? (pass === 'sass' ? TRACED_REQUEST_MS : 600_000),
      traceTimeoutMs: options.traceTimeoutMs ?? 600_000,
      tell: (message) => this.tell(message),
    }
    const base =
      options.attachUrl !== undefined && options.traceDir !== undefined
        ? resolve(options.traceDir)
        : join(this.outDir, 'traces', pass)
    const isCaptured = pass !== 'sass'
    if (isCaptured && !this.engine.profilesByStage && (options.points?.length ?? 0) > 0) {
      await this.warmProfiler({ ...context, folder: join(base, 'warmup') })
    }
    for (const point of options.points ?? []) {
      throwIfAborted(options.signal)
      await this.attempt(pass, point, () =>
        this.capturePoint({ ...context, folder: join(base, pointName(point)) }, point, isCaptured),
      )
    }
    const { load } = options
    if (load === undefined) return
    await this.attempt(pass, null, async () => {
      const folder = join(base, 'load')
      const underLoad = { ...context, folder }
      const { traces, report } = await server.guard(
        captureUnderLoad(underLoad, load, this.outDir, (message) => this.tell(message)),
      )
      this.record.load = report
      return traces
    })
  }

  // The first start of a profiler takes seconds, long enough to miss a decode phase.
  private async warmProfiler(context: CaptureContext): Promise<void> {
    this.tell('warming up the profiler')
    const { server, model, requestTimeoutMs } = context
    const batch = batchPrompts({ batch: 1, inputTokens: 16, contextTokens: 0 }, 0)
    await server.guard(
      captureBetween(context, 'all', () =>
        generateBatch(server, model, batch.prompts, 2, requestTimeoutMs),
      ),
    )
    rmSync(context.folder, { recursive: true, force: true })
  }

  /** Runs a point, and captures it; under a tracer the same requests run without a capture. */
  private async capturePoint(
    context: CaptureContext,
    point: SweepPoint,
    isCaptured: boolean,
  ): Promise<TraceFile[]> {
    const { options } = this
    const { server } = context
    const seed = options.seed ?? 42
    const warmups = options.warmups ?? 2
    return server.guard(
      (async () => {
        for (let round = 0; round < warmups; round++) {
          const batch = batchPrompts(point, seed + 1 + round)
          await generateBatch(
            server,
            context.model,
            batch.prompts,
            context.steps + 1,
            context.requestTimeoutMs,
          )
        }
        const batch = batchPrompts(point, seed)
        await prepareCache(context, batch)
        if (isCaptured) return captureBatch(context, batch)
        const { model, steps, requestTimeoutMs } = context
        await generateBatch(server, model, batch.prompts, steps + 1, requestTimeoutMs)
        return []
      })(),
    )
  }

  private async attempt(
    pass: ProfilePass,
    point: SweepPoint | null,
    capture: () => Promise<TraceFile[]>,
  ): Promise<void> {
    const name = point === null ? 'load' : pointName(point)
    const started = nowMs()
    const entry: PointRecord = {
      pass,
      point,
      status: 'failed',
      attempts: 0,
      startedAt: new Date().toISOString(),
      durationS: 0,
      traces: [],
    }
    this.record.points.push(entry)
    // A point that is run again moves the numbers of all launches after it.
    const most = pass === 'sass' ? 1 : 1 + (this.options.retries ?? 1)
    while (entry.status === 'failed' && entry.attempts < most) {
      entry.attempts++
      try {
        this.tell(`${pass}: ${name}${entry.attempts > 1 ? `, attempt ${entry.attempts}` : ''}`)
        const traces = await capture()
        entry.status = 'ok'
        delete entry.error
        entry.traces = traces.map(({ path, rank, stage, bytes }) => ({
          path: relative(this.outDir, path),
          rank,
          stage,
          bytes,
        }))
      } catch (error) {
        entry.error = messageOf(error)
        this.tell(`${pass}: ${name}: ${entry.error}`)
        // Without its server, or without its user, a run is over.
        const code = error instanceof ProfilerRunnerError ? error.code : null
        if (code === 'aborted' || code === 'server_exited' || code === 'invalid_option') throw error
      } finally {
        entry.durationS = (nowMs() - started) / 1000
      }
    }
  }

  private async modelOf(server: EngineServer): Promise<string> {
    if (this.engine.protocol === 'sglang') return 'default'
    const { body } = await server.call({ method: 'GET', path: '/v1/models' }, 30_000)
    const { data } = (body ?? {}) as { data?: { id?: string }[] }
    return data?.[0]?.id ?? 'default'
  }
}

function passesOf({ sassTrace, passes }: ProfileOptions): readonly ProfilePass[] {
  return sassTrace === undefined ? (passes ?? ['timing']) : ['sass']
}

function removeIfEmpty(folder: string): void {
  try {
    if (readdirSync(folder).length === 0) rmdirSync(folder)
  } catch {
    // An attached server's folder may not be there at all.
  }
}

function versionOf(info: unknown): string | null {
  const { version } = (info ?? {}) as { version?: unknown }
  return typeof version === 'string' ? version : null
}
