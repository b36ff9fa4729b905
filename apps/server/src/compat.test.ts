import { readdirSync, readFileSync } from 'node:fs'
import { simulationTaskSchema } from '@flowsim/task-api'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../tests/corpus.js'
import { type RunningServer, startServer } from './server.js'
import { type Answer, askServer } from './testing/ask.js'
import { bundle } from './testing/built.js'

let server: RunningServer
beforeAll(async () => {
  server = await startServer({ port: 0, workers: 2, workerUrl: await bundle('worker') })
})
afterAll(() => server.close())

async function ended(id: string): Promise<Answer['body']> {
  for (;;) {
    const { body } = await askServer(server, `/tasks/${id}`)
    if (body.status !== 'queued' && body.status !== 'running') return body
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describeWithCorpus('the recorded exchanges of the original', () => {
  interface Exchange {
    name: string
    request: { method: string; path: string; body: unknown }
    response: { status: number; body: Record<string, unknown> }
    poll?: { response: { body: Record<string, unknown> } }
  }
  const exchanges = readdirSync(corpus('llmcompass/http'))
    .filter((name) => !name.startsWith('throughput'))
    .map((name) => JSON.parse(readFileSync(corpus(`llmcompass/http/${name}`), 'utf8')) as Exchange)

  // What the original answers where it crashed, hung or left something out, and what is answered here.
  const OURS: Record<string, (answer: Answer, polled: Answer['body'] | null) => void> = {
    '00_health': ({ body }) => {
      expect(Object.keys(body)).toEqual([
        'status',
        'queue_length',
        'worker_count',
        'workers',
        'task_counts',
      ])
    },
    '01_supported_ops': ({ body }) => {
      expect(body.supported_ops).toEqual(
        expect.arrayContaining(['bmm', 'gelu', 'layernorm', 'matmul', 'softmax', 'attention']),
      )
    },
    '07_gelu_queued_bug': (_answer, polled) => succeeded(polled),
    '08_gelu_wait_true_500': ({ status, body }) => {
      expect(status).toBe(200)
      succeeded(body)
    },
    '16_null_input_dim': (_answer, polled) => refused(polled),
    '40_layernorm_dtype_list_exception': (_answer, polled) => succeeded(polled),
    '41_layernorm_dtype_list_wait_500': ({ status, body }) => {
      expect(status).toBe(200)
      succeeded(body)
    },
    '42_matmul_K_mismatch_assert': (_answer, polled) => refused(polled),
    '43_matmul_string_dim': (_answer, polled) => refused(polled),
    '46_softmax_zero_dim': (_answer, polled) => refused(polled),
    '47_matmul_zero_dim': (_answer, polled) => refused(polled),
    // Half a second is enough here.
    '60_timeout_wait_true': ({ body }) => succeeded(body),
    '61_task_after_timeout': ({ status }) => expect(status).toBe(404),
    '62_health_after': ({ body }) => expect(body.status).toBe('ok'),
    '99_matmul_lut_miss_fresh_checkout': (_answer, polled) => succeeded(polled),
    '99b_matmul_lut_miss_fresh_checkout_wait': ({ status, body }) => {
      expect(status).toBe(200)
      succeeded(body)
    },
  }
  function succeeded(task: Answer['body'] | null): void {
    expect(task).toMatchObject({ status: 'done', result: { status: 'success' } })
  }
  function refused(task: Answer['body'] | null): void {
    expect(task).toMatchObject({
      status: 'done',
      result: {
        status: 'failed',
        simulated_time: null,
        failure_reason: { error_code: 'INVALID_INPUT' },
      },
    })
  }
  const anyId = (body: Answer['body']) => ({
    ...body,
    ...('task_id' in body ? { task_id: 'id' } : {}),
    ...('created_at' in body ? { created_at: 't', updated_at: 't' } : {}),
  })

  it('are all there', () => expect(exchanges).toHaveLength(45))

  for (const { name, request, response, poll } of exchanges) {
    it(name, async () => {
      const answer = await askServer(server, request.path, {
        method: request.method,
        ...(request.body === null ? {} : { json: request.body }),
      })
      const polled = poll === undefined ? null : await ended(String(answer.body.task_id))
      if (answer.status === 200 && request.path.startsWith('/tasks')) {
        simulationTaskSchema.parse(answer.body)
        if (polled !== null) simulationTaskSchema.parse(polled)
      }
      const ours = OURS[name]
      if (ours !== undefined) return ours(answer, polled)
      expect(answer.status).toBe(response.status)
      expect(anyId(answer.body)).toEqual(anyId(response.body))
      if (poll !== undefined) expect(anyId(polled!)).toEqual(anyId(poll.response.body))
    })
  }
})
