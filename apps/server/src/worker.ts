/**
 * The module that the service's worker threads run: takes jobs, answers each.
 *
 * @module
 */
import { parentPort } from 'node:worker_threads'
import { simulateTask } from './tasks/simulate-task.js'
import { estimateBatch } from './workers/estimate-batch.js'
import {
  type AnswerMessage,
  type Job,
  type JobAnswers,
  type JobMessage,
  READY,
} from './workers/jobs.js'
import { simulateTrace } from './workers/simulate-trace.js'

async function answer(job: Job): Promise<JobAnswers[keyof JobAnswers]> {
  switch (job.kind) {
    case 'task':
      return simulateTask(job.request)
    case 'estimate':
      return estimateBatch(job.calls, job.hardware, job.model, job.options)
    case 'trace':
      return simulateTrace(job)
  }
}

parentPort?.on('message', ({ id, job }: JobMessage) => {
  const reply = (message: AnswerMessage) => parentPort?.postMessage(message)
  answer(job).then(
    (value) => reply({ id, answer: value }),
    (error: Error & { code?: unknown }) => {
      const code = typeof error.code === 'string' ? error.code : 'internal'
      reply({ id, error: { message: error.message, code } })
    },
  )
})
parentPort?.postMessage(READY)
