// What a model fills in, kernel by kernel: tokens, stages of experts, ranks, neighbours; sizes worked out by hand.
import type { KernelEvent, KernelOperation, OpCall, TensorArg } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { kernel } from '../../fixtures/hand-made.js'
import { kernelDatabase } from '../rules/database.js'
import { fillFromModel } from './from-model.js'
import type { LayerFeedForward, ModelShape } from './model-shape.js'

const model = (ffn: LayerFeedForward, kvHeads = 2): ModelShape => ({
  hidden: 256,
  dtype: 'bf16',
  layerKinds: [{ mixer: { type: 'attention', heads: 8, kvHeads, headDim: 32 }, ffn }],
  layers: [0],
})
const MOE = model({ type: 'moe', experts: 4, topk: 2, inter: 300, gated: true })
const DENSE = model({ type: 'dense', inter: 512, gated: true })

interface Step {
  op: KernelOperation['op']
  name?: string
  call?: OpCall
  auxiliary?: true
  tensors?: TensorArg[]
  kernel?: Partial<KernelEvent>
}
const LABEL = 'execute_context_1(sq30sk90sqsq900sqsk2700)_generation_2(sq2sk200sqsq2sqsk200)'
const scopes = { scopes: [LABEL] }
const norm = (rows: number, cols = 256): Step => ({
  op: 'rmsnorm',
  call: { op: 'rmsnorm', rows, cols, dtype: 'bf16' },
})
const heads = (count: number): Step => ({
  op: 'attention',
  call: {
    op: 'attention',
    phase: 'prefill',
    batch: 2,
    queryLen: 5,
    kvLen: 5,
    heads: count,
    kvHeads: 1,
    headDim: 32,
    causal: true,
    dtype: 'bf16',
  },
})

/** What the model makes of kernels on one stream. */
function filled(shape: ModelShape, ...steps: Step[]) {
  const kernels = steps.map(({ name = 'k', kernel: more }) => kernel(name, undefined, more))
  const operations = steps.map(
    ({ op, call, auxiliary, tensors = [] }): KernelOperation => ({
      op,
      family: 'other',
      tensors,
      rule: null,
      ...(call === undefined ? { missing: 'no shapes' } : { call }),
      ...(auxiliary === undefined ? {} : { auxiliary }),
    }),
  )
  return fillFromModel(kernels, operations, { model: shape, database: kernelDatabase() })
}
const last = (shape: ModelShape, ...steps: Step[]) => filled(shape, ...steps).at(-1)!.call
const at = (i: number, shape: ModelShape, ...steps: Step[]) => filled(shape, ...steps)[i]!.call

describe('tokens', () => {
  const route = (...before: Step[]) => {
    const call = last(MOE, ...before)
    return call?.op === 'moe_route' ? call.tokens : undefined
  }

  it('are those of the states, of the padded step, of the step, of the rows before, in this order', () => {
    const states = [{ name: 'hidden_states', shape: [7, 2, 256] }]
    const padded = { scopes: [LABEL.replace('execute_', 'execute_64_')] }
    expect(route({ op: 'moe_route', tensors: states, kernel: padded })).toBe(14)
    expect(route({ op: 'moe_route', kernel: padded })).toBe(64)
    expect(route({ op: 'moe_route', kernel: scopes })).toBe(32)
    expect(route(norm(9), { op: 'moe_route', kernel: scopes })).toBe(32)
    expect(route(norm(9), { op: 'moe_route' })).toBe(9)
    expect(route({ op: 'moe_route' })).toBeUndefined()
    const flat = [{ name: 'hidden_states', shape: [7] }]
    expect(route({ op: 'moe_route', tensors: flat, kernel: scopes })).toBe(32)
  })

  it('are the rows of the last norm as wide as the model, or of the last attention', () => {
    expect(route(norm(9), norm(5, 128), { op: 'moe_route' })).toBe(9)
    expect(route(norm(9), norm(8), { op: 'moe_route' })).toBe(8)
    expect(route(norm(9), heads(8), { op: 'moe_route' })).toBe(10)
    expect(route({ ...norm(9), kernel: { stream: 9 } }, { op: 'moe_route' })).toBeUndefined()
  })
})

describe('experts', () => {
  const gemms = (shape: ModelShape, ...steps: Step[]) =>
    filled(shape, norm(10), ...steps).flatMap(({ call }) =>
      call?.op === 'grouped_gemm' ? [[call.groups, call.m, call.n, call.k]] : [],
    )
  const gemm: Step = { op: 'grouped_gemm' }

  it('come in pairs, up and down; helpers do not count, and an activation begins one', () => {
    const [up, down] = [
      [4, 20, 600, 256],
      [4, 20, 256, 300],
    ]
    expect(gemms(MOE, gemm, gemm, gemm)).toEqual([up, down, up])
    expect(gemms(MOE, gemm, { ...gemm, auxiliary: true }, gemm)).toEqual([up, down])
    for (const name of ['k_swiglu', 'k_swi_glu', 'k_silu', 'k_gelu']) {
      expect(gemms(MOE, gemm, { ...gemm, name }, gemm)).toEqual([up, up, down])
    }
  })

  it('without a gate have one width up', () => {
    const plain = model({ type: 'moe', experts: 4, topk: 2, inter: 300, gated: false })
    expect(gemms(plain, gemm)).toEqual([[4, 20, 300, 256]])
  })

  it('are as wide as the states are padded to, in steps of 256', () => {
    const of = (width: number) =>
      gemms(
        MOE,
        { ...gemm, tensors: [{ name: 'hidden_states', shape: [10, width] }] },
        { ...gemm, tensors: [{ name: 'hidden_states', shape: [10, width] }] },
      )
    expect(of(512)).toEqual([
      [4, 20, 1024, 512],
      [4, 20, 512, 512],
    ])
    expect(of(300)[0]).toEqual([4, 20, 600, 300])
    expect(of(256)[0]).toEqual([4, 20, 600, 256])
  })

  it('share their width among ranks, rounded up', () => {
    expect(gemms(MOE, heads(1), gemm, gemm)).toEqual([
      [4, 20, 76, 256],
      [4, 20, 256, 38],
    ])
  })

  it('have their tokens moved and routed', () => {
    expect(last(MOE, norm(10), { op: 'moe_permute' })).toEqual({
      op: 'moe_permute',
      tokens: 10,
      hidden: 256,
      topk: 2,
      dtype: 'bf16',
    })
    for (const op of ['moe_permute', 'moe_route', 'grouped_gemm'] as const) {
      expect(last(DENSE, norm(10), { op })).toBeUndefined()
    }
  })
})

describe('products', () => {
  const mm: Step = { op: 'matmul' }
  const sizes = (call: OpCall | undefined) =>
    call?.op === 'matmul' ? [call.m, call.n, call.k] : null

  it('are told by attention, on either side, past what may stand between', () => {
    const between = (
      ['quantize', 'copy', 'fill', 'elementwise', 'memcpy', 'memset', null] as const
    ).map((op): Step => ({ op }))
    const before = (['rmsnorm', 'layernorm', 'rope', 'kv_cache_write'] as const).map(
      (op): Step => ({ op }),
    )
    expect(sizes(last(DENSE, heads(8), ...between, mm))).toEqual([10, 256, 256])
    expect(sizes(last(DENSE, heads(8), norm(10), mm))).toBeNull()
    expect(sizes(at(1, DENSE, norm(10), mm, ...between, ...before, heads(8)))).toEqual([
      10,
      (8 + 4) * 32,
      256,
    ])
    expect(sizes(at(1, DENSE, norm(10), mm, { op: 'softmax' }, heads(8)))).toBeNull()
    expect(
      sizes(at(1, DENSE, norm(10), mm, { op: 'softmax', auxiliary: true }, heads(8))),
    ).not.toBeNull()
  })

  it('share heads among ranks; keys and values have one head at least', () => {
    expect(sizes(at(1, DENSE, norm(10), mm, heads(4)))).toEqual([10, (4 + 2) * 32, 256])
    expect(sizes(at(1, DENSE, norm(10), mm, heads(1)))).toEqual([10, (1 + 2) * 32, 256])
    expect(sizes(last(DENSE, heads(4), mm))).toEqual([10, 256, 128])
    // Heads that do not divide the model's say nothing of ranks.
    expect(sizes(at(1, DENSE, norm(10), mm, heads(3)))).toEqual([10, (8 + 4) * 32, 256])
  })

  it.each(['silu_mul', 'gelu_mul', 'gelu', 'silu', 'relu'] as const)('are told by %s', (op) => {
    expect(sizes(at(1, DENSE, norm(10), mm, { op }))).toEqual([10, 1024, 256])
    expect(sizes(last(DENSE, norm(10), { op }, mm))).toEqual([10, 256, 512])
    const plain = model({ type: 'dense', inter: 512, gated: false })
    expect(sizes(at(1, plain, norm(10), mm, { op }))).toEqual([10, 512, 256])
    expect(sizes(at(2, DENSE, norm(10), heads(4), norm(10), mm, { op }))).toBeNull()
    expect(sizes(at(3, DENSE, norm(10), heads(4), norm(10), mm, { op }))).toEqual([10, 512, 256])
  })

  it('before routing are the router, and else not told', () => {
    expect(sizes(at(1, MOE, norm(10), mm, { op: 'moe_route' }))).toEqual([10, 4, 256])
    expect(sizes(at(1, DENSE, norm(10), mm, { op: 'moe_route' }))).toBeNull()
    expect(sizes(at(1, MOE, norm(10), mm, { op: 'silu' }))).toBeNull()
    expect(sizes(last(DENSE, norm(10), mm))).toBeNull()
  })
})

describe('attention', () => {
  it('of a step with all lengths has the heads of its rank', () => {
    const [, call] = filled(DENSE, heads(4), { op: 'attention', kernel: scopes }).map(
      ({ call }) => call,
    )
    expect(call).toEqual({
      op: 'attention',
      phase: 'mixed',
      batch: 3,
      queryLen: 32 / 3,
      kvLen: 290 / 3,
      heads: 4,
      kvHeads: 1,
      headDim: 32,
      causal: true,
      pairs: 2700 - (900 - 30) / 2 + 200,
      paged: true,
      dtype: 'bf16',
    })
  })

  it.each([
    ['execute_context_0()_generation_2(sq2sk200)', 'decode'],
    ['execute_context_2(sq20sk200)_generation_0()', 'prefill'],
    ['execute_context_2(20)_generation_0()', undefined],
    ['execute_context_0()_generation_0()', undefined],
    ['execute_context_2(sq0sk9)_generation_0()', undefined],
    ['execute_context_2(sq9sk0)_generation_0()', undefined],
  ])('of %s: %s', (label, phase) => {
    const call = last(DENSE, { op: 'attention', kernel: { scopes: [label] } })
    expect(call?.op === 'attention' ? call.phase : undefined).toBe(phase)
    expect(
      last(
        { ...DENSE, layerKinds: [{ mixer: { type: 'linear' }, ffn: { type: 'none' } }] },
        { op: 'attention', kernel: { scopes: [label] } },
      ),
    ).toBeUndefined()
  })
})
