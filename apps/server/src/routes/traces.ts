// POST /v1/traces: a trace file as the body, plain or gzip; parsed and simulated as a task.
// GET /v1/traces/{id}: how it stands, and the result.
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Context, Hono } from 'hono'
import type { ServerSettings } from '../options.js'
import { incomingOf, tooLarge } from '../read-body.js'
import { isoMicros, readBoolean } from '../tasks/python-values.js'
import { DEFAULT_MODEL } from '../tasks/simulate-task.js'
import type { TaskService, TaskView } from '../tasks/task-service.js'
import { refuse, sendJson } from './tasks.js'

/** Adds the routes. Uploads lie in a folder under random names until they are simulated. */
export function addTraceRoutes(
  app: Hono,
  service: TaskService,
  settings: ServerSettings,
  uploads: string,
): void {
  app.post('/v1/traces', async (c) => {
    const refusal = refuse(c, service)
    if (refusal !== null) return refusal
    const path = join(uploads, `${randomUUID()}.trace`)
    const remove = () => void rm(path, { force: true })
    let bytes: number
    try {
      await mkdir(uploads, { recursive: true, mode: 0o700 })
      bytes = await receive(incomingOf(c), path, settings.maxTraceBytes)
    } catch (error) {
      remove()
      throw error
    }
    if (bytes > settings.maxTraceBytes || bytes === 0) {
      remove()
      if (bytes === 0) return c.json({ detail: 'the body must be a trace file' }, 422)
      return tooLarge(c, settings.maxTraceBytes)
    }
    const id = await service.submitTrace(
      {
        path,
        name: c.req.query('name') ?? 'upload',
        hardware: c.req.query('hardware') ?? null,
        model: c.req.query('model') ?? DEFAULT_MODEL,
      },
      remove,
    )
    if (readBoolean(c.req.query('wait') ?? 'false')) await service.wait(id, 600_000)
    return sendTrace(c, service.view(id)!)
  })

  app.get('/v1/traces/:id', (c) => {
    const task = service.view(c.req.param('id'))
    if (task?.kind !== 'trace') return c.json({ detail: 'trace not found' }, 404)
    return sendTrace(c, task)
  })
}

// Counts while it writes; stops at one byte too many, whatever Content-Length had said.
async function receive(body: IncomingMessage, path: string, most: number): Promise<number> {
  let bytes = 0
  await pipeline(
    body,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        bytes += chunk.length
        if (bytes > most) return
        yield chunk
      }
    },
    createWriteStream(path, { mode: 0o600 }),
  )
  return bytes
}

function sendTrace(c: Context, task: TaskView): Response {
  const { id, status, resultJson, createdMs, updatedMs } = task
  const json = `{"id":"${id}","status":"${status}","result":${resultJson},"created_at":"${isoMicros(createdMs)}","updated_at":"${isoMicros(updatedMs)}"}`
  return sendJson(c, json, status === 'queued' || status === 'running' ? 202 : 200)
}
