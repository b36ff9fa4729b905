// Several trace files at once, each in its own thread: the ranks of a job on the cores of a machine.
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { KernelTrace } from '@flowsim/trace-schema'
import { TraceParseError } from './errors.js'
import { parseFile } from './parse-file.js'
import type { ParseOptions } from './parse-trace.js'
import { withSharedTexts } from './shared-texts.js'
import type { WorkerMessage, WorkerTask } from './worker.js'

/** How to parse several files. */
export interface ParseFilesOptions extends Omit<ParseOptions, 'source' | 'onProgress'> {
  /** Files at once. Default: as many as there are cores. */
  threads?: number
  /** Called now and then with the bytes of all files that were read. */
  onProgress?: (inputBytes: number) => void
  /** The package's module `worker`, where a bundler has moved it. */
  workerUrl?: URL
}

/**
 * Parses trace files side by side and yields their traces in the order of the paths. No more than `threads`
 * traces are held that were not asked for yet.
 * @throws TraceParseError as `parseFile` does, for the first path that fails
 */
export async function* parseFiles(
  paths: readonly string[],
  options: ParseFilesOptions = {},
): AsyncGenerator<KernelTrace> {
  const { threads = availableParallelism(), onProgress, workerUrl, ...rest } = options
  const url = workerUrl ?? new URL('./worker.js', import.meta.url)
  const bytes = paths.map(() => 0)
  const optionsOf = (i: number): ParseOptions => ({
    ...rest,
    onProgress: (read) => {
      bytes[i] = read
      onProgress?.(bytes.reduce((sum, each) => sum + each, 0))
    },
  })
  // From the package's sources there is no worker to start, and one file needs none.
  if (paths.length < 2 || threads < 2 || !existsSync(fileURLToPath(url))) {
    for (const [i, path] of paths.entries()) yield await parseFile(path, optionsOf(i))
    return
  }
  const stop = new AbortController()
  const running: Promise<KernelTrace>[] = []
  try {
    for (let i = 0; i < paths.length; i++) {
      while (running.length < Math.min(paths.length, i + threads)) {
        const next = running.length
        const parsed = inWorker(url, paths[next]!, optionsOf(next), stop.signal)
        // Its failure is met when its turn comes.
        parsed.catch(() => {})
        running.push(parsed)
      }
      yield await running[i]!
      delete running[i]
    }
  } finally {
    stop.abort()
  }
}

function inWorker(
  url: URL,
  path: string,
  { signal, onProgress, onCaptures, onExecutionTrace, ...options }: ParseOptions,
  stop: AbortSignal,
): Promise<KernelTrace> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(url, { workerData: { path, options } satisfies WorkerTask })
    const end = () => {
      signal?.removeEventListener('abort', abort)
      stop.removeEventListener('abort', abort)
      void worker.terminate()
    }
    const abort = () => {
      end()
      reject(
        new TraceParseError('aborted', 'stopped', {
          source: basename(path),
          cause: signal?.reason,
        }),
      )
    }
    signal?.addEventListener('abort', abort)
    stop.addEventListener('abort', abort)
    if (signal?.aborted) abort()
    worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'progress') onProgress?.(message.bytes)
      else if (message.kind === 'captures') onCaptures?.(message.report)
      else if (message.kind === 'execution trace') onExecutionTrace?.(message.report)
      else {
        end()
        if (message.kind === 'trace') resolve(withSharedTexts(message.trace))
        else {
          const { code, problem, source, at } = message
          reject(new TraceParseError(code, problem, { source, at }))
        }
      }
    })
    worker.on('error', (error) => {
      end()
      reject(error)
    })
  })
}
