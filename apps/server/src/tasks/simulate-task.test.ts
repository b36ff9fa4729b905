import { readdirSync, readFileSync } from 'node:fs'
import { readTaskRequest, type TaskRequest, type TaskResult } from '@flowsim/task-api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { simulateTask } from './simulate-task.js'

function simulate(body: Record<string, unknown>): TaskResult {
  const request = readTaskRequest(JSON.stringify({ kernel_name: 'k', ...body }))
  if (Array.isArray(request)) throw new Error(JSON.stringify(request))
  return simulateTask(request)
}
const timeOf = (result: TaskResult) => (result.status === 'success' ? result.simulated_time : null)
const reasonOf = (result: TaskResult) =>
  result.status === 'failed' ? result.failure_reason : { error: '', error_code: 'none' }
const A100 = { system_key: 'A100_4_fp16' }

describe("on the original's systems, without a model", () => {
  const square = [
    [128, 128],
    [128, 128],
  ]

  it('types are those of the original', () => {
    const accepted = ['c10::BFloat16', 'torch.float16', 'FP16', 'bfloat16']
    for (const dtype of accepted) {
      expect(simulate({ op: 'matmul', input_dim: square, dtype: [dtype], ...A100 }).status).toBe(
        'success',
      )
    }
    for (const dtype of ['bf16', 'half', 'fp32', 'c10::Float8_e4m3fn', '']) {
      expect(
        reasonOf(simulate({ op: 'matmul', input_dim: square, dtype: [dtype], ...A100 })),
      ).toEqual({ error: 'invalid or unsupported dtype', error_code: 'INVALID_INPUT' })
    }
  })

  it('what made the original crash is answered, or refused with a reason', () => {
    const gelu = simulate({ op: 'gelu', input_dim: [1024], dtype: 'fp16', ...A100 })
    expect(timeOf(gelu)).toBeGreaterThan(0)
    const list = simulate({ op: 'layernorm', input_dim: [1, 1024, 7168], dtype: ['fp16'], ...A100 })
    expect(timeOf(list)).toBe(1.5622695035460992e-5)
    const small = [
      [2, 2],
      [2, 2],
    ]
    const miss = simulate({ op: 'matmul', input_dim: small, dtype: ['fp16'], ...A100 })
    expect(timeOf(miss)).toBeGreaterThan(0)
    const mismatch = [
      [1, 128],
      [64, 128],
    ]
    expect(
      reasonOf(simulate({ op: 'matmul', input_dim: mismatch, dtype: ['fp16'], ...A100 })),
    ).toEqual({
      error: 'invalid input dimension: A has 128 columns, B has 64 rows',
      error_code: 'INVALID_INPUT',
    })
    for (const input_dim of [
      null,
      [
        ['a', 128],
        [128, 128],
      ],
      [
        [0, 128],
        [128, 128],
      ],
      {},
      5,
      'x',
    ]) {
      const result = simulate({ op: 'matmul', input_dim, dtype: ['fp16'], ...A100 })
      expect(reasonOf(result).error_code).toBe('INVALID_INPUT')
    }
  })
})

describe('beyond the original', () => {
  const dims = [
    [16, 4096],
    [4096, 4096],
  ]

  it('every device of the catalogue answers to its exact name', () => {
    const result = simulate({
      op: 'matmul',
      input_dim: dims,
      dtype: 'bf16',
      system_key: 'h100_sxm',
    })
    expect(timeOf(result)).toBeGreaterThan(1e-6)
    expect(result.status === 'success' && result.output?.estimate).toMatchObject({
      model: 'calibrated',
      hardware: 'h100_sxm',
    })
    const alias = { op: 'matmul', input_dim: dims, dtype: 'bf16', system_key: 'H100' }
    expect(reasonOf(simulate(alias))).toEqual({
      error: "missing system configuration 'H100'",
      error_code: 'NO_SYSTEM',
    })
    expect(simulate({ ...alias, model: 'roofline' }).status).toBe('success')
  })

  it('types of 8 bits are faster than those of 16 where the device has them', () => {
    const big = [
      [8192, 8192],
      [8192, 8192],
    ]
    const time = (dtype: string) =>
      timeOf(
        simulate({
          op: 'matmul',
          input_dim: big,
          dtype,
          system_key: 'h100_sxm',
          model: 'roofline',
        }),
      )!
    expect(time('fp8_e4m3')).toBeLessThan(0.7 * time('bf16'))
    expect(time('c10::Float8_e4m3fn')).toBe(time('fp8_e4m3'))
  })

  it('every operation can be asked for with its dimensions', () => {
    const attention = {
      op: 'attention',
      dtype: 'bf16',
      system_key: 'h100_sxm',
      input_dim: {
        phase: 'decode',
        batch: 8,
        queryLen: 1,
        kvLen: 4096,
        heads: 32,
        kvHeads: 8,
        headDim: 128,
        causal: true,
      },
    }
    expect(timeOf(simulate(attention))).toBeGreaterThan(0)
    const missing = { ...attention, input_dim: { phase: 'decode' } }
    expect(reasonOf(simulate(missing)).error).toMatch(/^invalid input dimension: batch: /)
    expect(reasonOf(simulate({ ...attention, input_dim: [8, 1] })).error).toMatch(
      /attention takes an object with its dimensions/,
    )
  })

  it('operations with plain shapes take the form of the original', () => {
    const ask = (op: string, input_dim: unknown) =>
      simulate({ op, input_dim, dtype: ['bf16', 'bf16'], system_key: 'h100_sxm' })
    for (const op of ['rmsnorm', 'silu_mul', 'silu', 'copy', 'all_reduce', 'elementwise']) {
      expect(timeOf(ask(op, [[64, 8192]])), op).toBeGreaterThan(0)
      expect(timeOf(ask(op, [64, 8192])), op).toBe(timeOf(ask(op, [[64, 8192]])))
    }
  })

  it('models, modes and cache states can be chosen, and unknown ones are refused', () => {
    const base = { op: 'matmul', input_dim: dims, dtype: 'fp16', system_key: 'A100_4_fp16' }
    const original = timeOf(simulate({ ...base, dtype: ['fp16'] }))
    expect(timeOf(simulate({ ...base, model: 'tile', mode: 'heuristic-GPU' }))).toBe(original)
    expect(timeOf(simulate({ ...base, model: 'roofline' }))).not.toBe(original)
    expect(reasonOf(simulate({ ...base, model: 'magic' })).error).toMatch(/"magic" is not known/)
  })
})

describe('simulateTask', () => {
  it('answers whatever a request can hold', () => {
    const size = fc.oneof(fc.integer(), fc.constant(null), fc.string(), fc.double())
    const request: fc.Arbitrary<TaskRequest> = fc.record({
      kernel_name: fc.string(),
      op: fc.constantFrom('matmul', 'bmm', 'softmax', 'gelu', 'all_reduce', 'attention', '', null),
      input_dim: fc.oneof(
        fc.array(fc.oneof(size, fc.array(size, { maxLength: 4 })), { maxLength: 4 }),
        fc.jsonValue(),
      ),
      dtype: fc.oneof(fc.constantFrom('fp16', 'fp8'), fc.array(fc.constantFrom('fp16', 'x'))),
      system_key: fc.constantFrom('A100_4_fp16', 'h100_sxm', 'nope', null),
    })
    fc.assert(
      fc.property(request, (value) => {
        expect(['success', 'failed']).toContain(simulateTask(value).status)
      }),
    )
  })
})

describeWithCorpus('the recorded tasks of the original', () => {
  const folder = corpus('llmcompass/http')
  // Where the original crashed; what is answered instead is tested above.
  const CRASHES = /^(07|08|16|40|41|42|43|46|47|60|61|99)/
  const records = readdirSync(folder).flatMap((name) => {
    const record = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as {
      request?: { method: string; path: string; body: Record<string, unknown> | null }
      response: { body: { result?: unknown } }
      poll?: { response: { body: { result: unknown; user_submitted_request: unknown } } }
    }
    const task = record.poll?.response.body ?? record.response?.body
    if (!record.request?.path.startsWith('/tasks') || !task?.result) return []
    return CRASHES.test(name) ? [] : [{ name, body: record.request.body!, task }]
  })

  it('are enough to mean something', () => {
    expect(records.length).toBeGreaterThanOrEqual(24)
  })

  for (const { name, body, task } of records) {
    it(`${name}: the same result to the last bit`, () => {
      const request = readTaskRequest(JSON.stringify(body)) as TaskRequest
      expect(simulateTask(request)).toEqual(task.result)
      if ('user_submitted_request' in task) expect(request).toEqual(task.user_submitted_request)
    })
  }

  for (const which of ['decode', 'gemv']) {
    it(`throughput_${which}.json: every time to the last bit`, () => {
      const { completions } = JSON.parse(
        readFileSync(`${folder}/throughput_${which}.json`, 'utf8'),
      ) as { completions: [number, [number, number, number], string, number][] }
      for (const [, [m, n, k], , time] of completions) {
        const dims = [
          [m, k],
          [k, n],
        ]
        const result = simulate({ op: 'matmul', input_dim: dims, dtype: ['fp16'], ...A100 })
        expect(timeOf(result), `${m}x${n}x${k}`).toBe(time)
      }
    })
  }
})
