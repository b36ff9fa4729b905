import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ServerOptions } from './options.js'
import { type RunningServer, startServer } from './server.js'
import { type Answer, askServer } from './testing/ask.js'
import { bundle } from './testing/built.js'

let workerUrl: URL
let slowWorker: URL
let folder: string
beforeAll(async () => {
  workerUrl = await bundle('worker')
  slowWorker = await bundle('testing/slow-worker')
  folder = mkdtempSync(join(tmpdir(), 'flowsim-server-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

let server: RunningServer
afterEach(() => server?.close())
async function start(options: ServerOptions = {}): Promise<RunningServer> {
  server = await startServer({ port: 0, workers: 2, workerUrl, shutdownMs: 200, ...options })
  return server
}

const ask = (path: string, init?: Parameters<typeof askServer>[2]) => askServer(server, path, init)
async function ended(id: string): Promise<Answer['body']> {
  for (;;) {
    const { body } = await ask(`/tasks/${id}`)
    if (body.status !== 'queued' && body.status !== 'running') return body
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
const softmax = {
  kernel_name: 'k',
  op: 'softmax',
  input_dim: [64, 128],
  dtype: 'fp16',
  system_key: 'A100_4_fp16',
}
const named = (kernel_name: string) => ({ ...softmax, kernel_name, op: kernel_name })

describe('tasks', () => {
  it('are queued, run and kept, with the request and the times', async () => {
    await start()
    const { body } = await ask('/tasks', { json: softmax })
    expect(body).toEqual({ task_id: expect.stringMatching(/^[0-9a-f-]{36}$/), status: 'queued' })
    const task = await ended(String(body.task_id))
    expect(task).toEqual({
      task_id: body.task_id,
      status: 'done',
      result: {
        status: 'success',
        output: { summary: 'Softmax simulated' },
        simulated_time: 5.957446808510638e-8,
      },
      user_submitted_request: softmax,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/),
      updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/),
    })
    expect(String(task.updated_at) >= String(task.created_at)).toBe(true)
  })

  it('count in /health', async () => {
    await start({ workerUrl: slowWorker })
    const waits = ['a', 'b', 'throw'].map((name) => ask('/tasks?wait=true', { json: named(name) }))
    expect((await Promise.all(waits)).map(({ status }) => status)).toEqual([200, 200, 500])
    await ask('/tasks', { json: named('hang:1') })
    await ask('/tasks', { json: named('hang:2') })
    expect((await ask('/health')).body).toMatchObject({
      status: 'ok',
      worker_count: 2,
      workers: [
        { done: false, cancelled: false },
        { done: false, cancelled: false },
      ],
      task_counts: { running: 2, done: 2, failed: 1 },
    })
  })

  it('that are waited for too long go on, and are done later', async () => {
    await start({ workerUrl: slowWorker })
    const { body } = await ask('/tasks?wait=true&timeout=0.05', { json: named('busy:1500') })
    expect(body).toEqual({
      task_id: expect.any(String),
      status: 'timeout',
      message: 'processing did not finish within 0.05s',
    })
    expect((await ended(String(body.task_id))).status).toBe('done')
  })

  it('that never end are stopped, and do not stop others', async () => {
    await start({ workerUrl: slowWorker, taskTimeoutMs: 2000 })
    const { status, body } = await ask('/tasks?wait=true', { json: named('hang') })
    expect([status, body]).toEqual([500, { detail: 'did not finish within 2 s' }])
    expect((await ask('/tasks?wait=true', { json: named('ok') })).status).toBe(200)
  })

  it('leave the service responsive while they run', async () => {
    await start({ workerUrl: slowWorker })
    for (let index = 0; index < 8; index++) {
      await ask('/tasks', { json: named(`hang:${index}`) })
    }
    // Every worker computes for ever; whoever asks is answered all the same.
    const { body } = await ask('/health')
    expect(body.task_counts).toMatchObject({ done: 0, failed: 0 })
    expect((await ask('/openapi.json')).status).toBe(200)
  })

  it('are refused when too many wait, with the time to come back', async () => {
    await start({ workerUrl: slowWorker, workers: 1, maxQueue: 3 })
    const statuses: number[] = []
    for (let index = 0; index < 12; index++) {
      const { status, headers } = await ask('/tasks', { json: named(`hang:${index}`) })
      statuses.push(status)
      if (status === 429) expect(headers.get('retry-after')).toBe('1')
    }
    // One runs, three are handed over to its worker, three wait.
    expect(statuses).toEqual([...Array(7).fill(200), ...Array(5).fill(429)])
  })

  it('are forgotten by number, oldest first', async () => {
    await start({ keepTasks: 1, storePath: join(folder, 'evict.db') })
    const ids: string[] = []
    for (let rows = 1; rows <= 3; rows++) {
      const { body } = await ask('/tasks?wait=true', {
        json: { ...softmax, input_dim: [rows, 64] },
      })
      ids.push(String(body.task_id))
    }
    while ((await ask(`/tasks/${ids[1]}`)).status !== 404) {
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(await Promise.all(ids.map(async (id) => (await ask(`/tasks/${id}`)).status))).toEqual([
      404, 404, 200,
    ])
  })
})

describe('the task store', () => {
  it('brings back ended tasks, and runs again those that had not ended', async () => {
    const storePath = join(folder, 'again.db')
    await start({ storePath, workerUrl: slowWorker, workers: 1, shutdownMs: 1 })
    const done = await ask('/tasks?wait=true', { json: named('first') })
    const left = await Promise.all(
      [1, 2, 3].map((n) => ask('/tasks', { json: named(`hang:${n}`) })),
    )
    await server.close()
    await start({ storePath, workerUrl })
    expect(server.resumed).toBe(3)
    expect((await ask(`/tasks/${done.body.task_id}`)).body.status).toBe('done')
    for (const { body } of left) {
      expect((await ended(String(body.task_id))).status).toBe('done')
    }
  })

  it('finishes what runs when the service is ended, and refuses new tasks meanwhile', async () => {
    const storePath = join(folder, 'graceful.db')
    await start({ storePath, workerUrl: slowWorker, shutdownMs: 30_000 })
    const { body } = await ask('/tasks', { json: named('busy:300') })
    await server.close()
    await start({ storePath, workerUrl: slowWorker })
    expect(server.resumed).toBe(0)
    expect((await ask(`/tasks/${body.task_id}`)).body.status).toBe('done')
  })
})

describe('bodies', () => {
  it('above the limit are refused, whatever length they claim', async () => {
    await start({ maxTaskBytes: 1000, maxTraceBytes: 1000 })
    const big = { ...softmax, kernel_name: 'x'.repeat(2000) }
    expect((await ask('/tasks', { json: big })).status).toBe(413)
    const chunks = new ReadableStream({
      start(controller) {
        for (let index = 0; index < 20; index++) controller.enqueue(new Uint8Array(100).fill(120))
        controller.close()
      },
    })
    const init = { method: 'POST', body: chunks, duplex: 'half' } as RequestInit
    expect((await ask('/tasks', init)).status).toBe(413)
    const body = Buffer.alloc(2000)
    expect((await ask('/v1/traces', { method: 'POST', body })).status).toBe(413)
  })

  it('that are wrong are refused in the words of the original', async () => {
    await start()
    expect(await ask('/tasks?wait=perhaps&timeout=x', { json: softmax })).toMatchObject({
      status: 422,
      body: {
        detail: [
          { loc: ['query', 'wait'], type: 'type_error.bool' },
          { loc: ['query', 'timeout'], type: 'type_error.float' },
        ],
      },
    })
    const deep = `{"kernel_name":"k","op":"matmul","input_dim":${'['.repeat(5000)}${']'.repeat(5000)}}`
    expect(await ask('/tasks', { method: 'POST', body: deep })).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body', 'input_dim'], msg: 'nested too deeply' }] },
    })
  })
})

describe('estimates', () => {
  it('nested too deeply are refused, and no worker is lost', async () => {
    await start()
    const call = { op: 'gelu', elements: 5, dtype: 'fp16' }
    const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`
    const body = `{"hardware":"h100_sxm","calls":[${deep}]}`
    for (let round = 0; round < 10; round++) {
      expect(await ask('/v1/estimate', { method: 'POST', body })).toMatchObject({
        status: 422,
        body: { detail: 'body: nested too deeply' },
      })
    }
    const after = { hardware: 'h100_sxm', model: 'roofline', calls: [call] }
    expect((await ask('/v1/estimate', { json: after })).status).toBe(200)
  })

  it('answer a batch in order, and a fault spoils only its own', async () => {
    await start()
    const { status, body } = await ask('/v1/estimate', {
      json: {
        hardware: 'h100_sxm',
        model: 'roofline',
        calls: [
          { op: 'matmul', m: 16, n: 4096, k: 4096, dtype: 'bf16' },
          { op: 'matmul', m: 16 },
          { op: 'rmsnorm', rows: 16, cols: 4096, dtype: 'bf16' },
        ],
      },
    })
    expect(status).toBe(200)
    expect(body.estimates).toMatchObject([
      { schema: 'flowsim.estimate/1', hardware: 'h100_sxm', bound: 'memory' },
      { error: { code: 'invalid_call' } },
      { schema: 'flowsim.estimate/1' },
    ])
  })

  it('are refused when too many are open at once', async () => {
    await start({ workerUrl: slowWorker, workers: 1 })
    for (let index = 0; index < 4; index++) {
      await ask('/tasks', { json: named(`hang:${index}`) })
    }
    const call = { op: 'gelu', elements: 5, dtype: 'fp16' }
    const batch = () => ask('/v1/estimate', { json: { hardware: 'h100_sxm', calls: [call] } })
    const all = Array.from({ length: 17 }, batch)
    const first = await Promise.race(all)
    expect(first.status).toBe(429)
    expect(first.headers.get('retry-after')).toBe('1')
    const others = Promise.allSettled(all)
    await server.close()
    const answered = (await others).filter(
      (o) => o.status === 'fulfilled' && o.value.status === 429,
    )
    expect(answered).toHaveLength(1)
  })

  it('are refused for hardware or models that there are none of', async () => {
    await start({ maxBatch: 2 })
    const call = { op: 'gelu', elements: 5, dtype: 'fp16' }
    const detail = async (json: unknown) => {
      const { status, body } = await ask('/v1/estimate', { json })
      return [status, body.detail]
    }
    expect(await detail({ hardware: 'h1000', calls: [call] })).toEqual([
      422,
      expect.stringMatching(/"h1000" is not in the hardware catalogue; .*did you mean /),
    ])
    expect(await detail({ hardware: 'h100_sxm', model: 'm', calls: [call] })).toEqual([
      422,
      expect.stringMatching(/"m" is not known/),
    ])
    expect(await detail({ calls: [] })).toEqual([422, expect.stringMatching(/^hardware: /)])
    expect(await detail({ hardware: 'h100_sxm', calls: [call, call, call] })).toEqual([
      413,
      '3 calls, at most 2',
    ])
  })
})

it('the catalogue names devices, models, and the one that answers by default', async () => {
  await start()
  const { body } = await ask('/v1/catalogue')
  expect(body).toMatchObject({
    hardware: expect.arrayContaining([{ name: 'h100_sxm', title: expect.any(String) }]),
    models: expect.arrayContaining(['roofline', 'tile', 'calibrated']),
    defaultModel: 'calibrated',
  })
})
