// POST /v1/estimate: many operations on one device, answered at once.
import { opCallSchema } from '@flowsim/trace-schema'
import type { Context, Hono } from 'hono'
import { z } from 'zod'
import { ServerError } from '../errors.js'
import type { ServerSettings } from '../options.js'
import { readBody, tooLarge } from '../read-body.js'
import { DEFAULT_MODEL } from '../tasks/simulate-task.js'
import type { WorkerPool } from '../workers/pool.js'

/** Body of POST /v1/estimate. The calls are checked one by one, so that one fault spoils one answer. */
export const estimateRequestSchema = z.object({
  hardware: z.string().describe('Name or alias of a device of the catalogue.'),
  model: z.string().default(DEFAULT_MODEL).describe('Model that answers.'),
  mode: z.string().optional().describe('Variant of the model.'),
  l2: z.enum(['warm', 'cold']).optional().describe('Whether operands lie in the last-level cache.'),
  calls: z.array(z.unknown()).min(1).describe('Operations, each an OpCall.'),
})

/** The same, for the OpenAPI document. */
export const estimateRequestDocument = estimateRequestSchema.extend({
  calls: z.array(opCallSchema).min(1),
})

// Batches are not queued like tasks: they hold their connection and megabytes of memory until answered.
const BATCHES_PER_WORKER = 16

/** Adds the route. */
export function addEstimateRoute(app: Hono, pool: WorkerPool, settings: ServerSettings): void {
  let open = 0
  app.post('/v1/estimate', async (c) => {
    if (open >= BATCHES_PER_WORKER * settings.workers) {
      c.header('Retry-After', '1')
      c.header('Connection', 'close')
      return c.json({ detail: 'too many batches at once, try again later' }, 429)
    }
    open++
    try {
      return await answer(c)
    } finally {
      open--
    }
  })

  async function answer(c: Context): Promise<Response> {
    const text = await readBody(c, settings.maxBatchBytes)
    if (text === null) return tooLarge(c, settings.maxBatchBytes)
    const body = readJson(text)
    const request = estimateRequestSchema.safeParse(body)
    if (!request.success) {
      const issue = request.error.issues[0]!
      const detail = `${z.core.toDotPath(issue.path) || 'body'}: ${issue.message}`
      return c.json({ detail }, 422)
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
      return c.json({ detail: error.message }, error.code === 'timeout' ? 504 : 422)
    }
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
