// Starts the service and ends it.
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { createApp } from './app.js'
import { ServerError } from './errors.js'
import { TraceFiles } from './files.js'
import { isLoopback, readSettings, type ServerOptions } from './options.js'
import { MemoryStore } from './store/memory-store.js'
import { SqliteStore } from './store/sqlite-store.js'
import { TaskService } from './tasks/task-service.js'
import { type Canary, WorkerPool } from './workers/pool.js'

/** A service that answers. */
export interface RunningServer {
  url: string
  port: number
  /** Tasks of an earlier process that are run again. */
  resumed: number
  /** Accepts nothing more, finishes what runs, and resolves when everything is closed. */
  close: () => Promise<void>
}

/** A task that every worker answers at once. */
const CANARY: Canary = {
  job: {
    kind: 'task',
    request: {
      kernel_name: 'canary',
      op: 'softmax',
      input_dim: [64, 128],
      dtype: 'fp16',
      system_key: 'A100_4_fp16',
    },
  },
  everyMs: 10_000,
  withinMs: 5000,
}

const workerUrl = new URL('./worker.js', import.meta.url)

/**
 * Starts the service.
 * @throws {@link ServerError} `token_needed`, `invalid_option`, `store_in_use`, `store_failed`; or
 *   `invalid_option` when the address cannot be listened on
 */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const settings = readSettings(options, workerUrl)
  const store =
    settings.storePath === null ? new MemoryStore() : await SqliteStore.open(settings.storePath)
  const temporary = settings.storePath === null
  const folder = temporary
    ? mkdtempSync(join(tmpdir(), 'flowsim-traces-'))
    : `${settings.storePath}.traces`
  const files = new TraceFiles(folder, settings.maxFilesBytes)
  const pool = new WorkerPool({
    size: settings.workers,
    workerUrl: settings.workerUrl,
    timeoutMs: settings.taskTimeoutMs,
    heapMiB: settings.workerHeapMiB,
    canary: CANARY,
  })
  const service = new TaskService(store, pool, settings)
  const resumed = service.resume((id) => void files.removeUpload(id))
  if (resumed > 0) settings.onLog(`${resumed} tasks of an earlier run go on`)
  const app = createApp({ service, pool, settings, files })
  const cleaning = setInterval(
    () => void files.removeOld((id) => service.view(id) !== undefined),
    60_000,
  )
  cleaning.unref()

  const cleanUp = async () => {
    clearInterval(cleaning)
    await service.close()
    if (temporary) rmSync(folder, { recursive: true, force: true })
  }
  let server: Server
  try {
    server = await listen(app.fetch, settings.host, settings.port)
  } catch (error) {
    await cleanUp()
    throw error
  }
  const { port } = server.address() as AddressInfo
  const name = isLoopback(settings.host) ? '127.0.0.1' : settings.host
  return {
    url: `http://${name.includes(':') ? `[${name}]` : name}:${port}`,
    port,
    resumed,
    async close() {
      const stopped = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      await cleanUp()
      server.closeAllConnections()
      await stopped
    },
  }
}

function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  hostname: string,
  port: number,
): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname, port }) as Server
    // Slow senders do not hold connections for ever; long answers are not cut.
    server.headersTimeout = 30_000
    server.requestTimeout = 600_000
    server.once('listening', () => resolve(server))
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new ServerError('invalid_option', whyNot(error, hostname, port), { cause: error }))
    })
  })
}

/** Why an address cannot be listened on. */
function whyNot({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} is taken; choose another with --port`
    case 'EACCES':
      return `port ${port}: no permission; choose one from 1024 with --port`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `--host ${host}: is not an address of this machine`
    default:
      return `${host}:${port}: ${message}`
  }
}
