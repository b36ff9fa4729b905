import type { KernelOperation, OpCall } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { buildGraph } from '../build-graph.js'
import type { ScenarioProviders } from '../scenarios/applied.js'
import { applyScenario } from '../scenarios/apply.js'
import { scenarioSchema } from '../scenarios/schema.js'
import { makeTrace } from '../testing/make-trace.js'

/** A step of these calls, one kernel of 10 µs each, after the changes. */
function rescaled(calls: (OpCall | null)[], changes: object[], more: ScenarioProviders = {}) {
  const graph = buildGraph(
    makeTrace(calls.map((_, i) => ({ launch: [5 * i, 4], at: 10 + 11 * i, takes: 10 }))),
  )
  const operations = calls.map(
    (call): KernelOperation => ({
      op: call?.op ?? 'matmul',
      family: 'gemm',
      ...(call === null ? { missing: 'no shapes' } : { call }),
      tensors: [],
      rule: null,
    }),
  )
  const state = applyScenario(graph, scenarioSchema.parse({ name: 'other', changes }), {
    operations,
    // Every kernel takes what it took.
    rescaled: { '': () => ({ durationsNs: graph.durationNs }) },
    ...more,
  })
  return { ...state, calls: state.rescaled!.after.map(({ call }) => call) }
}

const dtype = 'bf16' as const
const attention: OpCall = {
  op: 'attention',
  phase: 'decode',
  batch: 8,
  queryLen: 1,
  kvLen: 100,
  heads: 4,
  kvHeads: 2,
  headDim: 64,
  causal: true,
  dtype,
}
const prompt: OpCall = { ...attention, phase: 'prefill', batch: 2, queryLen: 50, kvLen: 50 }
const product: OpCall = { op: 'matmul', m: 8, n: 256, k: 512, dtype }

describe('another batch', () => {
  it('changes what is a multiple of the sequences, and says what is not', () => {
    const table: OpCall = { op: 'elementwise', elements: 101, dtype, function: 'cos' }
    const { calls, rescaled: result } = rescaled(
      [product, attention, table],
      [{ do: 'batch', to: 32 }],
    )
    expect(calls).toEqual([{ ...product, m: 32 }, { ...attention, batch: 32 }, table])
    expect(result!.unscaled).toMatchObject([{ count: 1, ns: 10_000 }])
    expect(result!.unscaled[0]!.reason).toContain('not a multiple of the batch')
  })

  it('is not known of kernels without dimensions', () => {
    const { unanswered, rescaled: result } = rescaled([null, attention], [{ do: 'batch', to: 16 }])
    expect([...unanswered!]).toEqual([1, 0])
    expect(result!.unscaled).toMatchObject([{ reason: expect.stringContaining('dimensions') }])
  })

  it('is rows for products of weights, and products for an attention', () => {
    const weights: OpCall = { op: 'bmm', batch: 4, m: 8, n: 64, k: 128, dtype }
    const scores: OpCall = { op: 'bmm', batch: 32, m: 1, n: 100, k: 64, dtype }
    const { calls } = rescaled([weights, scores, attention], [{ do: 'batch', factor: 2 }])
    expect(calls.slice(0, 2)).toEqual([
      { ...weights, m: 16 },
      { ...scores, batch: 64 },
    ])
  })

  it('needs a batch that the trace shows, unless it is given as a factor', () => {
    const { unanswered } = rescaled([product], [{ do: 'batch', to: 16 }])
    expect([...unanswered!]).toEqual([1])
    expect(rescaled([product], [{ do: 'batch', factor: 2 }]).calls).toEqual([{ ...product, m: 16 }])
  })
})

describe('longer sequences', () => {
  it('are more tokens in a prefill, and one row a sequence stays one', () => {
    const tokens: OpCall = { ...product, m: 100 }
    const head: OpCall = { ...product, m: 2 }
    const { calls } = rescaled([tokens, prompt, head], [{ do: 'sequence', factor: 2 }])
    expect(calls).toEqual([{ ...tokens, m: 200 }, { ...prompt, queryLen: 100, kvLen: 100 }, head])
  })

  it('are more keys in a decode, and the rest stays', () => {
    const { calls } = rescaled([product, attention], [{ do: 'sequence', to: 1000 }])
    expect(calls).toEqual([product, { ...attention, kvLen: 1000 }])
  })

  it('are not known where prefill and decode run as one', () => {
    const { unanswered } = rescaled([prompt, attention], [{ do: 'sequence', factor: 2 }])
    expect([...unanswered!]).toEqual([1, 1])
  })
})

describe('another precision', () => {
  it('is of the products that a step has several of, after kernels that narrow their rows', () => {
    const head: OpCall = { ...product, n: 9999 }
    const { calls, rescaled: result } = rescaled(
      [product, product, head, attention],
      [{ do: 'dtype', weights: 'fp8_block', kv: 'fp8_e4m3' }],
    )
    const narrow = { ...product, dtype: 'fp8_e4m3', outDtype: 'bf16', scaling: 'block' }
    expect(calls).toEqual([narrow, narrow, head, { ...attention, kvDtype: 'fp8_e4m3' }])
    expect(result!.added.map(({ kernel, call }) => [kernel, call.op])).toEqual([
      [0, 'quantize'],
      [1, 'quantize'],
    ])
  })
})

describe('a scenario', () => {
  it('names the model for another layout', () => {
    expect(() => rescaled([product], [{ do: 'tensor-parallel', to: 2 }])).toThrow('--llm')
  })

  it('says what is computed before how long it takes', () => {
    const scale = { do: 'scale', factor: 2 }
    const batch = { do: 'batch', factor: 2 }
    expect(rescaled([product], [batch, scale]).durationsNs[0]).toBe(20_000)
    expect(() => rescaled([product], [scale, batch])).toThrow('batch stands after scale')
    expect(() => rescaled([product], [batch, { do: 'durations', from: 'b200_sxm' }])).toThrow(
      'on: "b200_sxm"',
    )
  })

  it('takes a factor or a size, not both', () => {
    const parse = (change: object) => scenarioSchema.safeParse({ name: 'x', changes: [change] })
    expect(parse({ do: 'batch' }).error?.issues[0]?.message).toContain('exactly one of factor, to')
    expect(parse({ do: 'batch', factor: 2, to: 3 }).success).toBe(false)
    expect(parse({ do: 'dtype' }).error?.issues[0]?.message).toContain('weights, kv or both')
  })
})
