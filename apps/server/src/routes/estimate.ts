// POST /v1/estimate: many operations on one device, answered at once.
import { refusalSchema } from '@flowsim/task-api'
import { estimateSchema, opCallSchema, schemaFault } from '@flowsim/trace-schema/zod'
import type { Context } from 'hono'
import { z } from 'zod'
import { isJobFault, JobError, ServerError } from '../errors.js'
import type { ServerSettings } from '../options.js'
import { type Receiving, readBody, readJson } from '../read-body.js'
import type { Route } from '../route.js'
import { DEFAULT_MODEL } from '../tasks/simulate-task.js'
import type { WorkerPool } from '../workers/pool.js'

// The calls are checked one by one, so that one fault spoils one answer.
const requestSchema = z.object({
  hardware: z.string().describe('Name or alias of a device of the catalogue.'),
  model: z.string().default(DEFAULT_MODEL).describe('Model that answers.'),
  mode: z.string().optional().describe('Variant of the model.'),
  l2: z.enum(['warm', 'cold']).optional().describe('Whether operands lie in the last-level cache.'),
  calls: z.array(z.unknown()).min(1).describe('Operations, each an OpCall.'),
})

const answerSchema = z.object({
  estimates: z.array(
    z.union([
      estimateSchema,
      z.object({ error: z.object({ code: z.string(), message: z.string() }) }),
    ]),
  ),
})

// Batches are not queued like tasks: they hold their connection and megabytes of memory until answered.
const BATCHES_PER_WORKER = 16

/** The route. */
export function estimateRoutes(
  pool: WorkerPool,
  settings: ServerSettings,
  receiving: Receiving,
): Route[] {
  let open = 0
  return [
    {
      method: 'post',
      path: '/v1/estimate',
      operationId: 'estimate',
      summary: 'Estimate many operations on one device.',
      body: requestSchema.extend({ calls: z.array(opCallSchema).min(1) }),
      answers: {
        200: { description: 'An answer for each operation, in order.', body: answerSchema },
        500: { description: 'A worker failed.', body: refusalSchema },
        503: { description: 'No worker answers.', body: refusalSchema },
        504: { description: 'It took too long; send fewer.', body: refusalSchema },
      },
      async handle(c) {
        if (open >= BATCHES_PER_WORKER * settings.workers) {
          c.header('Retry-After', '1')
          c.header('Connection', 'close')
          return c.json({ detail: 'too many batches at once, try again later' }, 429)
        }
        if (pool.fault !== null) {
          c.header('Retry-After', '5')
          return c.json({ detail: pool.fault }, 503)
        }
        open++
        try {
          return await answer(c, pool, settings, receiving)
        } finally {
          open--
        }
      },
    },
  ]
}

async function answer(
  c: Context,
  pool: WorkerPool,
  settings: ServerSettings,
  receiving: Receiving,
): Promise<Response> {
  const text = await readBody(c, settings.maxBatchBytes, receiving)
  if (text instanceof Response) return text
  const body = readJson(text)
  if ('fault' in body) return c.json({ detail: body.fault }, 422)
  const request = requestSchema.safeParse(body.value)
  if (!request.success) {
    const { field, text } = schemaFault(request.error)
    return c.json({ detail: `${field || 'body'}: ${text}` }, 422)
  }
  const { hardware, model, mode, l2, calls } = request.data
  if (calls.length > settings.maxBatch) {
    return c.json({ detail: `${calls.length} calls, at most ${settings.maxBatch}` }, 413)
  }
  const options = {
    ...(mode === undefined ? {} : { mode }),
    ...(l2 === undefined ? {} : { l2 }),
  }
  try {
    const job = { kind: 'estimate' as const, calls, hardware, model, options }
    return c.json({ estimates: await pool.run<'estimate'>(job, { urgent: true }) })
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    if (error.code === 'timeout') return c.json({ detail: error.message }, 504)
    const isAsked = error instanceof JobError && isJobFault(error.reason)
    return c.json({ detail: error.message }, isAsked ? 422 : 500)
  }
}
