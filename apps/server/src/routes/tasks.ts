// The interface of the original LLMCompass backend: POST /tasks, GET /tasks/{id}, /supported_ops and
// /health, with its field names, status codes and texts.

import { OP_NAMES } from '@flowsim/trace-schema'
import type { Context, Hono } from 'hono'
import type { ServerSettings } from '../options.js'
import { readBody, tooLarge } from '../read-body.js'
import { SHAPE_OPS } from '../tasks/operation.js'
import { isoMicros, pythonFloat, readBoolean } from '../tasks/python-values.js'
import { type BodyFault, readTaskRequest } from '../tasks/request.js'
import type { TaskService, TaskView } from '../tasks/task-service.js'

const LONGEST_WAIT_S = 3600

/** Adds the routes. */
export function addTaskRoutes(app: Hono, service: TaskService, settings: ServerSettings): void {
  app.post('/tasks', async (c) => {
    const query = readQuery(c)
    const text = await readBody(c, settings.maxTaskBytes)
    if (text === null) return tooLarge(c, settings.maxTaskBytes)
    const request = readTaskRequest(text)
    if (Array.isArray(query)) return c.json({ detail: query }, 422)
    if (Array.isArray(request)) return c.json({ detail: request }, 422)
    const refusal = refuse(c, service)
    if (refusal !== null) return refusal
    const id = await service.submit(request, query.wait)
    if (!query.wait) return sendJson(c, `{"task_id":"${id}","status":"queued"}`)
    if (!(await service.wait(id, query.timeoutS * 1000))) {
      const message = `processing did not finish within ${pythonFloat(query.timeoutS)}s`
      return c.json({ task_id: id, status: 'timeout', message })
    }
    const { status, resultJson } = service.view(id)!
    if (status === 'failed') {
      const { error } = JSON.parse(resultJson!) as { error: string }
      return c.json({ detail: error }, 500)
    }
    return sendJson(c, `{"task_id":"${id}","status":"done","result":${resultJson}}`)
  })

  app.get('/tasks/:id', (c) => {
    const task = service.view(c.req.param('id'))
    if (task?.kind !== 'task') return c.json({ detail: 'task not found' }, 404)
    return sendJson(c, taskJson(task))
  })

  app.get('/supported_ops', (c) =>
    c.json({ supported_ops: [...new Set([...SHAPE_OPS, ...OP_NAMES])].sort() }),
  )

  app.get('/health', (c) => {
    const counts = service.counts()
    return c.json({
      status: service.isClosing ? 'closing' : 'ok',
      queue_length: counts.queued,
      worker_count: settings.workers,
      workers: Array.from({ length: settings.workers }, () => ({ done: false, cancelled: false })),
      task_counts: counts,
    })
  })
}

/** 429 or 503 when no task can be accepted, else null. */
export function refuse(c: Context, service: TaskService): Response | null {
  if (service.isClosing) {
    c.header('Retry-After', '5')
    return c.json({ detail: 'the service is ending' }, 503)
  }
  if (!service.isFull) return null
  c.header('Retry-After', '1')
  return c.json({ detail: 'the queue is full, try again later' }, 429)
}

/** Sends text that is JSON already. */
export function sendJson(c: Context, json: string, status: 200 | 202 = 200): Response {
  return c.body(json, status, { 'Content-Type': 'application/json' })
}

// Requests and results are kept as the JSON text that is sent.
function taskJson({ id, status, resultJson, requestJson, createdMs, updatedMs }: TaskView): string {
  return `{"task_id":"${id}","status":"${status}","result":${resultJson},"user_submitted_request":${requestJson},"created_at":"${isoMicros(createdMs)}","updated_at":"${isoMicros(updatedMs)}"}`
}

function readQuery(c: Context): { wait: boolean; timeoutS: number } | BodyFault[] {
  const faults: BodyFault[] = []
  const wait = readBoolean(c.req.query('wait') ?? 'false')
  if (wait === undefined) {
    const msg = 'value could not be parsed to a boolean'
    faults.push({ loc: ['query', 'wait'], msg, type: 'type_error.bool' })
  }
  const text = c.req.query('timeout') ?? '30'
  const timeoutS = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(timeoutS)) {
    faults.push({
      loc: ['query', 'timeout'],
      msg: 'value is not a valid float',
      type: 'type_error.float',
    })
  }
  if (faults.length > 0) return faults
  return { wait: wait!, timeoutS: Math.min(Math.max(timeoutS, 0), LONGEST_WAIT_S) }
}
