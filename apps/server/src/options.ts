// Settings of the service, their defaults and limits.
import { availableParallelism } from 'node:os'
import { ServerError } from './errors.js'

/** Options of `startServer`. */
export interface ServerOptions {
  /** Default 127.0.0.1. Any other address needs a token. */
  host?: string
  /** Default 8000; 0 takes a free one. */
  port?: number
  /** What clients must send as `Authorization: Bearer TOKEN`. At least 16 characters. */
  token?: string
  /** File of the task store; `null` keeps tasks in memory. Default `null`. */
  storePath?: string | null
  /** Worker threads. Default: one for each core. */
  workers?: number
  /** Memory of a worker thread. Default 4 GiB. */
  workerHeapMiB?: number
  /** Tasks that wait, and bytes of the requests that have not ended, at most; then 429. 100,000, 32 MiB. */
  maxQueue?: number
  maxQueueBytes?: number
  /** Bytes of the answers that are remembered, with their requests. Default 64 MiB. */
  maxCacheBytes?: number
  /** Bytes of bodies of tasks and batches that are being received, at most; then 429. Default 32 MiB. */
  maxReceivingBytes?: number
  /** A task that runs for longer has failed. Default 120 s. */
  taskTimeoutMs?: number
  /** Ended tasks are forgotten after this time, and the oldest beyond this number. 24 h, 200,000. */
  keepTasksMs?: number
  keepTasks?: number
  /** Bytes of kept tasks; the oldest that have ended go first. Default 4 GiB in a file, 128 MiB in memory. */
  keepBytes?: number
  /** Bytes of a body. Default 1 MiB for tasks, 16 MiB for batches, 512 MiB for traces. */
  maxTaskBytes?: number
  maxBatchBytes?: number
  maxTraceBytes?: number
  /** Bytes of all uploads and reports on the disk; then 507. Default 8 GiB. */
  maxFilesBytes?: number
  /** Operations in a batch, at most. Default 10,000. */
  maxBatch?: number
  /** How long the end of the service waits for what runs. Default 30 s. */
  shutdownMs?: number
  /** The module of the worker threads; default the one beside this one. */
  workerUrl?: URL
  /** One line for each thing worth telling. */
  onLog?: (message: string) => void
}

/** Options with every default filled in. */
export type ServerSettings = Required<Omit<ServerOptions, 'token' | 'workerUrl'>> & {
  token: string | null
  workerUrl: URL
}

const GIB = 2 ** 30

const LOOPBACK = ['127.0.0.1', '::1', 'localhost']

/** Whether an address is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.includes(host) || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/**
 * Fills in defaults.
 * @throws {@link ServerError} `token_needed`, `invalid_option`
 */
export function readSettings(options: ServerOptions, workerUrl: URL): ServerSettings {
  const { host = '127.0.0.1', token = null } = options
  if (token === null && !isLoopback(host)) {
    throw new ServerError(
      'token_needed',
      `listening on ${host} lets others in: give a --token, or listen on 127.0.0.1`,
    )
  }
  if (token !== null && token.length < 16) {
    throw new ServerError('invalid_option', 'the token must have at least 16 characters')
  }
  const settings: ServerSettings = {
    host,
    port: options.port ?? 8000,
    token,
    storePath: options.storePath ?? null,
    workers: options.workers ?? availableParallelism(),
    workerHeapMiB: options.workerHeapMiB ?? 4096,
    maxQueue: options.maxQueue ?? 100_000,
    maxQueueBytes: options.maxQueueBytes ?? 32 << 20,
    maxCacheBytes: options.maxCacheBytes ?? 64 << 20,
    maxReceivingBytes: options.maxReceivingBytes ?? 32 << 20,
    taskTimeoutMs: options.taskTimeoutMs ?? 120_000,
    keepTasksMs: options.keepTasksMs ?? 86_400_000,
    keepTasks: options.keepTasks ?? 200_000,
    keepBytes: options.keepBytes ?? (options.storePath ? 4 * GIB : GIB / 8),
    maxTaskBytes: options.maxTaskBytes ?? 1 << 20,
    maxBatchBytes: options.maxBatchBytes ?? 16 << 20,
    maxTraceBytes: options.maxTraceBytes ?? 512 << 20,
    maxFilesBytes: options.maxFilesBytes ?? 8 * GIB,
    maxBatch: options.maxBatch ?? 10_000,
    shutdownMs: options.shutdownMs ?? 30_000,
    workerUrl: options.workerUrl ?? workerUrl,
    onLog: options.onLog ?? (() => undefined),
  }
  if (settings.port > 65_535) {
    throw new ServerError('invalid_option', `port ${settings.port}: ports go from 0 to 65535`)
  }
  for (const [name, value] of Object.entries(settings)) {
    const least = name === 'port' ? 0 : 1
    if (typeof value === 'number' && !(Number.isInteger(value) && value >= least)) {
      throw new ServerError('invalid_option', `${name} must be a whole number from ${least}`)
    }
  }
  return settings
}
