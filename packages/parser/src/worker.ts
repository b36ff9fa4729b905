// The thread that parses one file for parseFiles.
import { parentPort, workerData } from 'node:worker_threads'
import type { KernelTrace } from '@flowsim/trace-schema'
import type { CaptureReport } from './capture/merge-captures.js'
import { TraceParseError } from './errors.js'
import type { ExecutionTraceReport } from './execution-trace/join-execution-trace.js'
import { parseFile } from './parse-file.js'
import type { ParseOptions } from './parse-trace.js'

/** What a worker is started with. */
export interface WorkerTask {
  path: string
  options: Omit<ParseOptions, 'signal' | 'onProgress' | 'onCaptures' | 'onExecutionTrace'>
}

/** What it posts. */
export type WorkerMessage =
  | { kind: 'progress'; bytes: number }
  | { kind: 'captures'; report: CaptureReport }
  | { kind: 'execution trace'; report: ExecutionTraceReport }
  | { kind: 'trace'; trace: KernelTrace }
  | ({ kind: 'error' } & Pick<TraceParseError, 'code' | 'problem' | 'source' | 'at'>)

const PROGRESS_BYTES = 1 << 22

const post = (message: WorkerMessage) => parentPort?.postMessage(message)
/** Parses a file and posts progress, and its trace or why there is none, to the thread's parent. */
export async function parseTask({ path, options }: WorkerTask): Promise<void> {
  let told = 0
  try {
    const trace = await parseFile(path, {
      ...options,
      onProgress: (bytes) => {
        if (bytes - told < PROGRESS_BYTES) return
        told = bytes
        post({ kind: 'progress', bytes })
      },
      onCaptures: (report) => post({ kind: 'captures', report }),
      onExecutionTrace: (report) => post({ kind: 'execution trace', report }),
    })
    post({ kind: 'trace', trace })
  } catch (error) {
    if (!(error instanceof TraceParseError)) throw error
    const { code, problem, source, at } = error
    post({ kind: 'error', code, problem, source, at })
  }
}

// Imported elsewhere than in a thread it has nothing to do.
if (parentPort !== null) void parseTask(workerData as WorkerTask)
