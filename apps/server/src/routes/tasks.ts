// The interface of the original LLMCompass backend: POST /tasks, GET /tasks/{id}, /supported_ops and
// /health, with its field names, status codes and texts.
import {
  isoMicros,
  pythonFloat,
  readTaskQuery,
  readTaskRequest,
  refusalSchema,
  SUPPORTED_OPS,
  simulationTaskSchema,
  supportedOpsSchema,
  taskHealthSchema,
  taskQuerySchema,
  taskRequestSchema,
} from '@flowsim/task-api'
import type { Context } from 'hono'
import type { ServerSettings } from '../options.js'
import { type Receiving, readBody } from '../read-body.js'
import type { Route } from '../route.js'
import type { TaskService, TaskView } from '../tasks/task-service.js'

/** The routes. */
export function taskRoutes(
  service: TaskService,
  settings: ServerSettings,
  receiving: Receiving,
): Route[] {
  return [
    {
      method: 'post',
      path: '/tasks',
      operationId: 'submitTask',
      summary: 'Simulate one kernel.',
      query: taskQuerySchema,
      body: taskRequestSchema,
      answers: {
        200: {
          description: 'Accepted; with wait, ended or timed out.',
          body: simulationTaskSchema,
        },
        500: { description: 'With wait: the simulation failed.', body: refusalSchema },
      },
      handle: (c) => submit(c, service, settings, receiving),
    },
    {
      method: 'get',
      path: '/tasks/:id',
      operationId: 'readTask',
      summary: 'How a task stands.',
      answers: {
        200: { description: 'The task.', body: simulationTaskSchema },
        404: { description: 'There is no such task, or no more.', body: refusalSchema },
      },
      handle(c) {
        const task = service.view(c.req.param('id')!)
        if (task?.kind !== 'task') return c.json({ detail: 'task not found' }, 404)
        return sendJson(c, taskJson(task))
      },
    },
    {
      method: 'get',
      path: '/supported_ops',
      operationId: 'supportedOps',
      summary: 'Operations that tasks can name.',
      answers: { 200: { description: 'Their names.', body: supportedOpsSchema } },
      handle: (c) => c.json({ supported_ops: SUPPORTED_OPS }),
    },
    {
      method: 'get',
      path: '/health',
      operationId: 'health',
      summary: 'Queue, workers and tasks.',
      isPublic: true,
      answers: {
        200: {
          description: 'Numbers of tasks by state, and what does not work.',
          body: taskHealthSchema,
        },
        503: { description: 'No worker answers.', body: taskHealthSchema },
      },
      handle: (c) => c.json(healthOf(service), service.isDown ? 503 : 200),
    },
  ]
}

async function submit(
  c: Context,
  service: TaskService,
  settings: ServerSettings,
  receiving: Receiving,
): Promise<Response> {
  const query = readTaskQuery(c.req.query())
  // Asked before the body, too, which would be read for nothing.
  const early = refuse(c, service)
  if (early !== null) return early
  const text = await readBody(c, settings.maxTaskBytes, receiving)
  if (text instanceof Response) return text
  const request = readTaskRequest(text)
  if (Array.isArray(query)) return c.json({ detail: query }, 422)
  if (Array.isArray(request)) return c.json({ detail: request }, 422)
  const refusal = refuse(c, service)
  if (refusal !== null) return refusal
  const id = await service.submit(request, query.wait)
  if (!query.wait) return sendJson(c, `{"task_id":"${id}","status":"queued"}`)
  if (!(await service.wait(id, query.timeout * 1000))) {
    const message = `processing did not finish within ${pythonFloat(query.timeout)}s`
    return c.json({ task_id: id, status: 'timeout', message })
  }
  const { status, resultJson } = service.view(id)!
  if (status === 'failed') {
    const { error } = JSON.parse(resultJson!) as { error: string }
    return c.json({ detail: error }, 500)
  }
  return sendJson(c, `{"task_id":"${id}","status":"done","result":${resultJson}}`)
}

function healthOf(service: TaskService) {
  const counts = service.counts()
  const { faults, workers } = service
  const works = faults.length === 0 ? 'ok' : 'degraded'
  return {
    status: service.isClosing ? 'closing' : works,
    queue_length: counts.queued,
    worker_count: workers.length,
    workers: workers.map((isUp) => ({ done: !isUp, cancelled: false })),
    task_counts: counts,
    ...(faults.length > 0 ? { faults } : {}),
  }
}

/** 429 or 503 when no task can be accepted, else null. */
export function refuse(c: Context, service: TaskService): Response | null {
  if (service.isClosing) {
    c.header('Retry-After', '5')
    return c.json({ detail: 'the service is ending' }, 503)
  }
  if (service.isDown) {
    c.header('Retry-After', '5')
    return c.json({ detail: service.faults[0] }, 503)
  }
  if (!service.isFull) return null
  c.header('Retry-After', '1')
  return c.json({ detail: 'the queue is full, try again later' }, 429)
}

/** Sends text that is JSON already. */
export function sendJson(
  c: Context,
  json: string,
  status: 200 | 202 | 422 | 500 | 504 | 507 = 200,
): Response {
  return c.body(json, status, { 'Content-Type': 'application/json' })
}

// Requests and results are kept as the JSON text that is sent.
function taskJson({ id, status, resultJson, requestJson, createdMs, updatedMs }: TaskView): string {
  return `{"task_id":"${id}","status":"${status}","result":${resultJson},"user_submitted_request":${requestJson},"created_at":"${isoMicros(createdMs)}","updated_at":"${isoMicros(updatedMs)}"}`
}
