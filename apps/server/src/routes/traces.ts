// POST /v1/traces: a trace file as the body, plain or packed; parsed and simulated as a task.
// GET /v1/traces/{id}: how it stands, and the result. GET /v1/traces/{id}/report: the page.
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Context, Hono } from 'hono'
import type { TraceFiles } from '../files.js'
import type { ServerSettings } from '../options.js'
import { incomingOf, tooLarge } from '../read-body.js'
import { isoMicros, readBoolean } from '../tasks/python-values.js'
import { DEFAULT_MODEL } from '../tasks/simulate-task.js'
import type { TaskService, TaskView } from '../tasks/task-service.js'
import { refuse, sendJson } from './tasks.js'

/** Adds the routes. */
export function addTraceRoutes(
  app: Hono,
  service: TaskService,
  settings: ServerSettings,
  files: TraceFiles,
): void {
  app.post('/v1/traces', async (c) => {
    const refusal = refuse(c, service)
    if (refusal !== null) return refusal
    const id = randomUUID()
    const remove = () => void files.removeUpload(id)
    let bytes: number
    try {
      await files.open()
      bytes = await receive(incomingOf(c), files.upload(id), settings.maxTraceBytes)
    } catch (error) {
      remove()
      throw error
    }
    if (bytes > settings.maxTraceBytes || bytes === 0) {
      remove()
      if (bytes === 0) return c.json({ detail: 'the body must be a trace file' }, 422)
      return tooLarge(c, settings.maxTraceBytes)
    }
    const request = {
      path: files.upload(id),
      name: c.req.query('name') ?? 'upload',
      hardware: c.req.query('hardware') || null,
      model: c.req.query('model') || DEFAULT_MODEL,
      reportPath: files.report(id),
    }
    await service.submitTrace(id, request, remove)
    if (readBoolean(c.req.query('wait') ?? 'false')) await service.wait(id, 600_000)
    return sendTrace(c, service.view(id)!)
  })

  app.get('/v1/traces/:id', (c) => {
    const task = service.view(c.req.param('id'))
    if (task?.kind !== 'trace') return c.json({ detail: 'trace not found' }, 404)
    return sendTrace(c, task)
  })

  app.get('/v1/traces/:id/report', async (c) => {
    const id = c.req.param('id')
    // Only ids that are known name a file.
    const task = service.view(id)
    const isDone = task?.kind === 'trace' && task.status === 'done'
    const html = isDone ? await readFile(files.report(id), 'utf8').catch(() => null) : null
    if (html === null) return c.json({ detail: 'report not found' }, 404)
    return c.html(html)
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
