// Reads what a client sent to POST /tasks.
import { z } from 'zod'
import { faultsOf, type RequestFault, WORDS } from './original-words.js'
import { type TaskRequest, taskRequestSchema } from './request.js'

/** Reads a body; the answer is the request, or what is wrong with it. */
export function readTaskRequest(text: string): TaskRequest | RequestFault[] {
  let body: unknown
  try {
    body = text.trim() === '' ? undefined : JSON.parse(text)
  } catch (error) {
    return [{ loc: ['body'], msg: (error as Error).message, type: 'value_error.jsondecode' }]
  }
  const request = taskRequestSchema.safeParse(body)
  return request.success ? request.data : faultsOf(request.error, 'body')
}

const LONGEST_WAIT_S = 3600

/** Truth values as FastAPI reads them from a query. */
export const queryBoolean = z.stringbool({
  truthy: ['true', '1', 'on', 't', 'y', 'yes'],
  falsy: ['false', '0', 'off', 'f', 'n', 'no'],
  error: WORDS.bool,
})

const seconds = z.preprocess(
  (text) => (typeof text === 'string' && text.trim() === '' ? Number.NaN : Number(text)),
  z.number({ error: WORDS.float }),
)

/** Query of POST /tasks. */
export const taskQuerySchema = z.object({
  wait: queryBoolean.default(false).describe('Answer when the task has ended.'),
  timeout: seconds.default(30).describe('Seconds to wait at most.'),
})

/** Query of POST /tasks. */
export interface TaskQuery extends z.output<typeof taskQuerySchema> {}

/** Reads the query of POST /tasks; the answer is the query, or what is wrong with it. */
export function readTaskQuery(query: Readonly<Record<string, string>>): TaskQuery | RequestFault[] {
  const read = taskQuerySchema.safeParse(query)
  if (!read.success) return faultsOf(read.error, 'query')
  const { wait, timeout } = read.data
  return { wait, timeout: Math.min(Math.max(timeout, 0), LONGEST_WAIT_S) }
}
