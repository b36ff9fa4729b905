// POST /v1/traces: a trace file as the body, plain or packed; parsed and simulated as a task.
// GET /v1/traces/{id}: how it stands, and the result. GET /v1/traces/{id}/report: the page.
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { MODELS } from '@flowsim/calibration'
import { isoMicros, queryBoolean, refusalSchema } from '@flowsim/task-api'
import {
  parseSummarySchema,
  schemaFaultText,
  simulationSummarySchema,
} from '@flowsim/trace-schema/zod'
import type { Context } from 'hono'
import { z } from 'zod'
import { isJobFault, isNoSpace } from '../errors.js'
import type { TraceFiles } from '../files.js'
import type { ServerSettings } from '../options.js'
import { incomingOf, tooLarge } from '../read-body.js'
import type { Route } from '../route.js'
import { DEFAULT_MODEL } from '../tasks/simulate-task.js'
import type { TaskService, TaskView } from '../tasks/task-service.js'
import { refuse, sendJson } from './tasks.js'

/** A trace, as the routes answer it. */
export const traceSchema = z.object({
  id: z.string(),
  status: z.enum(['queued', 'running', 'done', 'failed']),
  result: z
    .union([
      z.object({
        trace: parseSummarySchema,
        simulation: simulationSummarySchema.nullable(),
      }),
      z.object({ error: z.string(), code: z.string() }),
    ])
    .nullable(),
  created_at: z.string().describe('UTC, without a time zone.'),
  updated_at: z.string(),
})

const querySchema = z.object({
  hardware: z.string().default('').describe('Device to simulate on; empty: the one in the trace.'),
  model: z
    .string()
    .default('')
    .describe(`One of ${Object.keys(MODELS).join(', ')}; empty: ${DEFAULT_MODEL}.`),
  name: z.string().default('upload').describe('Name of the file, for the result.'),
  salvage: queryBoolean
    .default(false)
    .describe('Keep what is complete of a file that is cut off or damaged.'),
  wait: queryBoolean.default(false).describe('Answer when it has ended.'),
})

const LONGEST_WAIT_MS = 600_000

/** The routes. */
export function traceRoutes(
  service: TaskService,
  settings: ServerSettings,
  files: TraceFiles,
): Route[] {
  return [
    {
      method: 'post',
      path: '/v1/traces',
      operationId: 'uploadTrace',
      summary: 'Parse and simulate a profiler trace, plain or packed.',
      query: querySchema,
      body: 'application/octet-stream',
      answers: {
        200: { description: 'With wait: the result.', body: traceSchema },
        202: { description: 'Accepted.', body: traceSchema },
        422: {
          description: 'The query is wrong; with wait: the trace cannot be simulated.',
          body: z.union([refusalSchema, traceSchema]),
        },
        500: { description: 'With wait: the service failed.', body: traceSchema },
        504: { description: 'With wait: the simulation took too long.', body: traceSchema },
        507: { description: 'With wait: there is no space for the report.', body: traceSchema },
      },
      handle: (c) => upload(c, service, settings, files),
    },
    {
      method: 'get',
      path: '/v1/traces/:id',
      operationId: 'readTrace',
      summary: 'How a trace stands.',
      answers: {
        200: { description: 'It has ended.', body: traceSchema },
        202: { description: 'It waits or runs.', body: traceSchema },
        404: { description: 'There is no such trace, or no more.', body: refusalSchema },
      },
      handle(c) {
        const task = service.view(c.req.param('id')!)
        if (task?.kind !== 'trace') return c.json({ detail: 'trace not found' }, 404)
        return sendJson(c, traceJson(task), isWaiting(task) ? 202 : 200)
      },
    },
    {
      method: 'get',
      path: '/v1/traces/:id/report',
      operationId: 'readReport',
      summary: 'The report of a trace, a page that needs nothing but a browser.',
      answers: {
        200: { description: 'The page.', body: 'text/html' },
        404: { description: 'There is none, not yet or no more.', body: refusalSchema },
      },
      async handle(c) {
        const id = c.req.param('id')!
        // Only ids that are known name a file.
        const task = service.view(id)
        const isDone = task?.kind === 'trace' && task.status === 'done'
        const html = isDone ? await readFile(files.report(id), 'utf8').catch(() => null) : null
        if (html === null) return c.json({ detail: 'report not found' }, 404)
        return c.html(html)
      },
    },
  ]
}

async function upload(
  c: Context,
  service: TaskService,
  settings: ServerSettings,
  files: TraceFiles,
): Promise<Response> {
  const query = querySchema.safeParse(c.req.query())
  if (!query.success) {
    return c.json({ detail: schemaFaultText(query.error) }, 422)
  }
  const refusal = refuse(c, service)
  if (refusal !== null) return refusal
  const id = randomUUID()
  const remove = () => void files.removeUpload(id)
  const body = incomingOf(c)
  const stated = Number(body.headers['content-length'] ?? 0)
  if (stated > settings.maxTraceBytes) return tooLarge(c, settings.maxTraceBytes)
  let bytes: number
  try {
    bytes = await files.receive(id, body, settings.maxTraceBytes, stated)
  } catch (error) {
    remove()
    throw error
  }
  if (bytes > settings.maxTraceBytes || bytes === 0) {
    remove()
    if (bytes === 0) return c.json({ detail: 'the body must be a trace file' }, 422)
    return tooLarge(c, settings.maxTraceBytes)
  }
  const { hardware, model, name, salvage, wait } = query.data
  const request = {
    path: files.upload(id),
    name,
    hardware: hardware || null,
    model: model || DEFAULT_MODEL,
    salvage,
    reportPath: files.report(id),
  }
  try {
    await service.submitTrace(id, request, remove)
  } catch (error) {
    remove()
    throw error
  }
  if (wait) await service.wait(id, LONGEST_WAIT_MS)
  const task = service.view(id)!
  if (isWaiting(task)) return sendJson(c, traceJson(task), 202)
  return sendJson(c, traceJson(task), task.status === 'failed' ? statusOf(task) : 200)
}

function isWaiting({ status }: TaskView): boolean {
  return status === 'queued' || status === 'running'
}

/** Who is at fault for a trace that failed. */
function statusOf({ resultJson }: TaskView): 422 | 500 | 504 | 507 {
  const { code } = JSON.parse(resultJson!) as { code: string }
  if (code === 'timeout') return 504
  if (isNoSpace(code)) return 507
  return isJobFault(code) ? 422 : 500
}

function traceJson({ id, status, resultJson, createdMs, updatedMs }: TaskView): string {
  return `{"id":"${id}","status":"${status}","result":${resultJson},"created_at":"${isoMicros(createdMs)}","updated_at":"${isoMicros(updatedMs)}"}`
}
