// What the service hands to its worker threads, and what comes back.
import type { EstimateOptions } from '@flowsim/perf-model'
import type { TaskRequest, TaskResult } from '@flowsim/task-api'
import type { EstimateAnswer } from './estimate-batch.js'
import type { TraceAnswer } from './simulate-trace.js'

/** Work for a worker thread. */
export type Job =
  | { kind: 'task'; request: TaskRequest }
  | {
      kind: 'estimate'
      calls: unknown[]
      hardware: string
      model: string
      options: EstimateOptions
    }
  | {
      kind: 'trace'
      path: string
      name: string
      hardware: string | null
      model: string
      /** Keep what is complete of a file that is cut off. Default: false. */
      salvage?: boolean
      /** Where the report goes. */
      reportPath: string
    }

/** The answer to each kind of work. */
export interface JobAnswers {
  task: TaskResult
  estimate: EstimateAnswer[]
  trace: TraceAnswer
}

/** A message to a worker. */
export interface JobMessage {
  id: number
  job: Job
}

/** The first message of a worker: it takes jobs. */
export const READY = 'ready'

/** Any other message from a worker. */
export type AnswerMessage =
  | { id: number; answer: JobAnswers[keyof JobAnswers] }
  | { id: number; error: { message: string; code: string } }
