import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../tests/corpus.js'
import { TaskClient, type TaskClientOptions } from './client.js'
import { TaskJournal } from './journal.js'
import { answerOf, readTask } from './read-answer.js'
import type { TaskRequestInput } from './request.js'

/** A backend with an in-memory store, as the original has. */
class Backend {
  readonly tasks = new Map<string, { looks: number; request: TaskRequestInput }>()
  submitted = 0
  open = 0
  peak = 0
  refuse = 0
  /** Looks after which a task is done. */
  readonly patience = 2
  private server!: Server
  port = 0

  async listen(): Promise<this> {
    this.server = createServer((request, response) => void this.serve(request, response))
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve))
    this.port = (this.server.address() as AddressInfo).port
    return this
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const send = (status: number, body: unknown, headers = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(JSON.stringify(body))
    }
    if (request.method === 'POST') {
      if (this.refuse > 0) {
        this.refuse--
        return send(429, { detail: 'queue full' }, { 'retry-after': '0.02' })
      }
      const body = JSON.parse(Buffer.concat(chunks).toString()) as TaskRequestInput
      if (body.op === null) return send(422, { detail: [{ loc: ['body', 'op'] }] })
      const id = `t${++this.submitted}`
      this.tasks.set(id, { looks: 0, request: body })
      this.peak = Math.max(this.peak, ++this.open)
      return send(200, { task_id: id, status: 'queued' })
    }
    const id = request.url!.split('/').at(-1)!
    const task = this.tasks.get(id)
    if (task === undefined) return send(404, { detail: 'task not found' })
    task.looks++
    if (task.request.kernel_name === 'stuck') {
      return send(200, { task_id: id, status: 'running', result: null })
    }
    if (task.looks < this.patience) return send(200, { task_id: id, status: 'queued' })
    this.open--
    const [rows] = task.request.input_dim as number[]
    send(200, {
      task_id: id,
      status: 'done',
      result: { status: 'success', simulated_time: rows! / 1e6 },
    })
  }
}

const request = (rows: number, kernel_name = `k${rows}`): TaskRequestInput => ({
  kernel_name,
  op: 'softmax',
  input_dim: [rows, 128],
  dtype: 'fp16',
  system_key: 'A100_4_fp16',
})
const many = (count: number) => Array.from({ length: count }, (_, index) => request(index + 1))
const times = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ status: 'ok', timeS: (index + 1) / 1e6 }))

describe('TaskClient', () => {
  let backend: Backend
  let folder: string
  beforeEach(async () => {
    backend = await new Backend().listen()
    folder = mkdtempSync(join(tmpdir(), 'flowsim-client-'))
  })
  afterEach(async () => {
    await backend.close()
    rmSync(folder, { recursive: true })
  })
  const client = (options: Partial<TaskClientOptions> = {}) =>
    new TaskClient({ url: backend.url, maxPollMs: 20, ...options })

  it('answers in order, with no more tasks open than allowed', async () => {
    expect(await client({ concurrency: 7 }).simulateAll(many(100))).toEqual(times(100))
    expect(backend.peak).toBe(7)
  })

  it('sends what differs only in the kernel name once', async () => {
    const answers = await client().simulateAll([request(3, 'a'), request(4), request(3, 'b')])
    expect(answers.map((answer) => answer.status === 'ok' && answer.timeS * 1e6)).toEqual([3, 4, 3])
    expect(backend.submitted).toBe(2)
  })

  it('waits when the queue is full', async () => {
    backend.refuse = 5
    expect(await client().simulateAll(many(20))).toEqual(times(20))
  })

  it('gives up a task that runs for ever, and keeps the answers of the others', async () => {
    const requests = [request(1), { ...request(9), kernel_name: 'stuck', op: 'gelu' }, request(2)]
    expect(await client({ taskTimeoutMs: 200 }).simulateAll(requests)).toEqual([
      { status: 'ok', timeS: 1e-6 },
      { status: 'failed', code: 'TIMEOUT', message: 'still running after 0.2 s' },
      { status: 'ok', timeS: 2e-6 },
    ])
  })

  it('reports a request that the backend does not take', async () => {
    const [answer] = await client().simulateAll([{ kernel_name: 'x', op: null }])
    expect(answer).toMatchObject({ status: 'failed', code: 'INVALID_REQUEST' })
  })

  it('submits again what a restarted backend has forgotten', async () => {
    const running = client({ concurrency: 5 }).simulateAll(many(200))
    await new Promise((resolve) => setTimeout(resolve, 60))
    await backend.close()
    backend.tasks.clear()
    await new Promise((resolve) => setTimeout(resolve, 100))
    await backend.listen()
    expect(await running).toEqual(times(200))
  })

  it('goes on from its journal after a run that was cut off', async () => {
    const journal = join(folder, 'tasks.jsonl')
    const cut = new AbortController()
    const first = client({
      concurrency: 4,
      journal,
      signal: cut.signal,
      onProgress: (answered) => answered === 50 && cut.abort(),
    })
    await expect(first.simulateAll(many(100))).rejects.toMatchObject({ code: 'aborted' })
    const before = backend.submitted
    expect(readFileSync(journal, 'utf8').match(/answer/g)!.length).toBeGreaterThanOrEqual(49)
    expect(await client({ journal }).simulateAll(many(100))).toEqual(times(100))
    // Nothing that had been submitted is submitted again.
    expect(backend.submitted).toBeLessThanOrEqual(before + 51)
    expect(backend.submitted).toBeGreaterThanOrEqual(100)
  })

  it('says that nobody answers', async () => {
    await backend.close()
    await expect(client({ unreachableMs: 150 }).simulateAll(many(3))).rejects.toThrow(
      /tasks: connection refused/,
    )
    await backend.listen()
  })
})

describeWithCorpus('the recorded answers of the original backend', () => {
  const folder = corpus('llmcompass/http')
  const answerIn = (name: string) => {
    const { response, poll } = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as {
      response: { body: { status: string } }
      poll?: { response: { body: { status: string } } }
    }
    return answerOf(readTask((poll?.response ?? response).body)!)
  }

  it('are read for what they mean', () => {
    expect(answerIn('02_matmul_queued')).toEqual({ status: 'ok', timeS: 1.4408317802844531e-5 })
    expect(answerIn('03_matmul_wait_true')).toEqual({ status: 'ok', timeS: 1.4408317802844531e-5 })
    expect(answerIn('10_INVALID_INPUT_fp8')).toEqual({
      status: 'failed',
      code: 'INVALID_INPUT',
      message: 'invalid or unsupported dtype',
    })
    expect(answerIn('21_NO_SYSTEM_unknown')).toMatchObject({ code: 'NO_SYSTEM' })
    expect(answerIn('07_gelu_queued_bug')).toEqual({
      status: 'failed',
      code: 'SIMULATOR_FAILED',
      message: "name 'GeLu' is not defined",
    })
    expect(answerIn('42_matmul_K_mismatch_assert')).toMatchObject({
      message: 'the simulator failed without a message',
    })
    expect(answerIn('60_timeout_wait_true')).toMatchObject({ code: 'TIMEOUT' })
    expect(answerIn('61_task_after_timeout')).toBeNull()
  })

  it('are all understood: an answer for each task that has ended', () => {
    const tasks = readdirSync(folder).flatMap((name) => {
      const record = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
        poll?: { response: { body: { status: string } } }
      }
      return record.poll === undefined ? [] : [record.poll.response.body]
    })
    expect(tasks.length).toBeGreaterThan(25)
    for (const task of tasks) expect(answerOf(readTask(task)!), JSON.stringify(task)).not.toBeNull()
  })
})

describe('readTask', () => {
  it("accepts the field names of the original's documentation", () => {
    const task = readTask({ task_id: 't', status: 'done', result: { time_taken: 0.5 } })
    expect(answerOf(task!)).toEqual({
      status: 'ok',
      timeS: 0.5,
    })
  })
})

describe('the journal', () => {
  it('forgets the answers of another service or version', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flowsim-journal-'))
    const path = join(folder, 'tasks.jsonl')
    const first = new TaskJournal(path)
    await first.load('http://a 1.0.0')
    await first.answer('key', { status: 'ok', timeS: 1 })
    await first.task('other', 't1')
    const again = new TaskJournal(path)
    await again.load('http://a 1.0.0')
    expect(again.answers.get('key')).toEqual({ status: 'ok', timeS: 1 })
    expect(again.tasks.get('other')).toBe('t1')
    const newer = new TaskJournal(path)
    await newer.load('http://a 1.1.0')
    expect([newer.answers.size, newer.tasks.size]).toEqual([0, 0])
    rmSync(folder, { recursive: true })
  })
})
