import { attentionPairs, type OpCallOf } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { buildStep } from './build.js'
import { findModel } from './catalogue/catalogue.js'
import type { GraphOp } from './graph.js'
import { memoryUse } from './memory.js'
import { DECODE, flops, isLinear, MIXED, named, one, PROMPT, step } from './testing/steps.js'

describe('tensor parallelism', () => {
  it.each([
    ['llama-3.1-70b', 8],
    ['qwen3-235b-a22b', 4],
    ['deepseek-v3', 16],
    ['gpt-oss-120b', 8],
    ['qwen3.5-397b-a17b', 2],
  ])('divides the linear work and the attention of %s among %i devices', (name, tensor) => {
    const part = step(name, { parallelism: { tensor }, batch: MIXED }).ops
    const whole = step(name, { batch: MIXED }).ops
    const isAttention = ({ call }: GraphOp) => call.op === 'attention'
    const isDivided = (op: GraphOp) =>
      isLinear(op) && !['router', 'shared_gate', 'qkv_a_proj'].includes(op.name)
    expect((tensor * flops(part, isAttention)) / flops(whole, isAttention)).toBeCloseTo(1, 9)
    expect((tensor * flops(part, isDivided)) / flops(whole, isDivided)).toBeCloseTo(1, 9)
  })

  it('adds up twice a layer and once after the embedding, and gathers the logits', () => {
    const { ops } = step('llama-3.1-70b', { parallelism: { tensor: 4 } })
    expect(
      ops
        .filter(({ group }) => group === 'tensor')
        .map(({ name, count, call }) => [name, count, (call as OpCallOf<'all_reduce'>).elements]),
    ).toEqual([
      ['embed_all_reduce', 1, 512 * 8192],
      ['attention_all_reduce', 80, 512 * 8192],
      ['mlp_all_reduce', 80, 512 * 8192],
      ['logits_all_gather', 1, 128256],
    ])
  })

  it('repeats key-value heads beyond their number', () => {
    const { ops } = step('qwen3-235b-a22b', { parallelism: { tensor: 8 } })
    expect(one(ops, 'attention_prefill', 'attention')).toMatchObject({ heads: 8, kvHeads: 1 })
    expect(one(ops, 'qkv_proj', 'matmul').n).toBe((8 + 2) * 128)
  })

  it('scatters and gathers tokens instead of adding them up, with sequence parallelism', () => {
    const { ops } = step('llama-3.1-70b', { parallelism: { tensor: 4, sequence: true } })
    expect(ops.filter(({ group }) => group === 'tensor').map(({ name }) => name)).toEqual([
      'embed_reduce_scatter',
      'attention_input_all_gather',
      'attention_reduce_scatter',
      'mlp_input_all_gather',
      'mlp_reduce_scatter',
      'head_input_all_gather',
      'logits_all_gather',
    ])
    expect(one(ops, 'post_attention_layernorm', 'rmsnorm').rows).toBe(128)
    expect(one(ops, 'gate_up_proj', 'matmul').m).toBe(512)
  })
})

describe('pipeline parallelism', () => {
  it('divides layers and hands tokens over between stages', () => {
    const model = findModel('llama-3.1-405b')
    const options = { batch: PROMPT, parallelism: { pipeline: 4 } }
    const all = buildStep(model, options)
    expect(all.layout.stages.map(({ count }) => count)).toEqual([31, 32, 32, 31])
    expect(named(all.ops, 'pipeline_send')[0]).toMatchObject({
      count: 3,
      call: { op: 'send', elements: 512 * 16384 },
    })
    const stages = [0, 1, 2, 3].map((stage) => buildStep(model, { ...options, stage }).ops)
    expect(stages.reduce((sum, ops) => sum + flops(ops), 0)).toBeCloseTo(flops(all.ops), -6)
    expect(stages.map((ops) => named(ops, 'pipeline_recv').length)).toEqual([0, 1, 1, 1])
    expect(stages.map((ops) => named(ops, 'pipeline_send').length)).toEqual([1, 1, 1, 0])
    expect(stages.map((ops) => named(ops, 'lm_head').length)).toEqual([0, 0, 0, 1])
  })
})

describe('context parallelism', () => {
  it('divides the pairs of a prompt evenly over a ring', () => {
    const { ops } = step('llama-3.1-8b', {
      batch: [{ newTokens: 4096, pastTokens: 1024 }],
      parallelism: { context: 4 },
    })
    const pairs = ops
      .filter(({ call }) => call.op === 'attention')
      .reduce(
        (sum, { call, count }) => sum + count * attentionPairs(call as OpCallOf<'attention'>),
        0,
      )
    const whole = 4096 * 1024 + (4096 * 4097) / 2
    expect((4 * pairs) / (32 * whole)).toBeCloseTo(1, 9)
    expect(named(ops, 'ring_exchange')[0]).toMatchObject({
      count: 32 * 3,
      call: { op: 'send', elements: (5120 / 4) * 2 * 8 * 128 },
    })
    expect(one(ops, 'qkv_proj', 'matmul').m).toBe(1024)
  })

  it('divides the keys of decoding sequences', () => {
    const { ops } = step('llama-3.1-8b', { batch: DECODE, parallelism: { context: 2 } })
    expect(one(ops, 'attention_decode', 'attention')).toMatchObject({ batch: 8, kvLen: 500.5 })
    expect(one(ops, 'query_all_gather', 'all_gather').elements).toBe(8 * 32 * 128)
    expect(one(ops, 'output_reduce_scatter', 'reduce_scatter').elements).toBe(8 * 32 * 128)
    expect(one(ops, 'qkv_proj', 'matmul').m).toBe(4)
  })
})

describe('expert and data parallelism', () => {
  it('runs experts on all tokens of the replicas', () => {
    const { ops } = step('qwen3-235b-a22b', { parallelism: { data: 8, expert: 8 } })
    expect(one(ops, 'experts', 'moe')).toMatchObject({ tokens: 8 * 512, expertParallel: 8 })
    expect(one(ops, 'qkv_proj', 'matmul')).toMatchObject({ m: 512, n: (64 + 8) * 128 })
  })

  it('sends each token once to every device that has one of its experts', () => {
    const { ops } = step('qwen3-235b-a22b', { parallelism: { data: 8, expert: 8 } })
    // 8 of 128 experts, 16 on each of 8 devices: a device is missed with C(112, 8)/C(128, 8).
    let missed = 1
    for (let i = 0; i < 8; i++) missed *= (112 - i) / (128 - i)
    const elements = Math.round(512 * 8 * (1 - missed) * 4096)
    expect(one(ops, 'expert_dispatch', 'all_to_all')).toMatchObject({ elements, devices: 8 })
    expect(one(ops, 'expert_combine', 'all_to_all').elements).toBe(elements)
  })

  it('dispatches in FP8 where experts multiply in FP8', () => {
    const { ops } = step('deepseek-v3', { parallelism: { data: 8, expert: 8 } })
    expect(one(ops, 'expert_dispatch', 'all_to_all').dtype).toBe('fp8_e4m3')
    expect(one(ops, 'expert_combine', 'all_to_all').dtype).toBe('bf16')
  })

  it('gathers tokens where experts are divided by width', () => {
    const { ops } = step('mixtral-8x7b', { parallelism: { tensor: 2, data: 2 } })
    expect(ops.filter(({ group }) => group !== undefined).map(({ name }) => name)).toEqual([
      'embed_all_reduce',
      'attention_reduce_scatter',
      'expert_all_gather',
      'expert_reduce_scatter',
      'mlp_output_all_gather',
      'logits_all_gather',
    ])
    expect(one(ops, 'expert_all_gather', 'all_gather')).toMatchObject({
      elements: 2 * 512 * 4096,
      devices: 4,
    })
    expect(one(ops, 'experts', 'moe')).toMatchObject({ tokens: 1024, tensorParallel: 4 })
  })

  it('divides experts inside tensor parallelism without any more communication', () => {
    const { ops } = step('mixtral-8x7b', { parallelism: { tensor: 4, expert: 4 } })
    expect(ops.filter(({ group }) => group === 'expert')).toEqual([])
    expect(one(ops, 'experts', 'moe')).toMatchObject({ tokens: 512, expertParallel: 4 })
  })

  it('does the same work in grouped GEMMs as in the fused kernel', () => {
    const parallelism = { data: 4, expert: 4 }
    const fused = step('qwen3-30b-a3b', { parallelism }).ops
    const grouped = step('qwen3-30b-a3b', { parallelism, experts: 'grouped' }).ops
    expect(named(grouped, 'expert_up')[0]!.call).toMatchObject({
      m: (4 * 512 * 8) / 4,
      groups: 32,
      n: 2 * 768,
    })
    expect(flops(grouped, isLinear)).toBe(flops(fused, isLinear))
  })

  it('gives each of four devices a quarter of the width of every expert', () => {
    const { ops } = step('qwen3-30b-a3b', { parallelism: { tensor: 4 }, experts: 'grouped' })
    const [up, down] = ['expert_up', 'expert_down'].map((name) => named(ops, name)[0]!.call)
    expect(up).toMatchObject({ groups: 128, n: (2 * 768) / 4, k: 2048 })
    expect(down).toMatchObject({ groups: 128, n: 2048, k: 768 / 4 })
  })
})

describe('redundant experts', () => {
  const parallelism = { data: 72, expert: 72, redundantExperts: 32 }

  it('fill devices that the experts alone do not: 256 + 32 are four for each of 72', () => {
    const { ops } = step('deepseek-v3', { parallelism, experts: 'masked' })
    expect(one(ops, 'expert_up', 'grouped_gemm')).toMatchObject({ groups: 4 })
    expect(() => step('deepseek-v3', { parallelism: { data: 72, expert: 72 } })).toThrow(
      '72 does not divide the 256 experts of deepseek-v3; with 32 redundant experts it divides 288',
    )
    expect(() =>
      step('deepseek-v3', { parallelism: { ...parallelism, redundantExperts: 30 } }),
    ).toThrow('and 30 redundant ones; 32 of these work')
  })

  it('take the memory of as many experts', () => {
    const model = findModel('deepseek-v3')
    const bytes = (more: object) => memoryUse(model, { parallelism: more }).weightBytes
    const expert = (3 * 7168 * 2048 * 58 * (1 + 4 / 128 ** 2)) as number
    const added =
      bytes({ data: 64, expert: 64, redundantExperts: 64 }) - bytes({ data: 64, expert: 64 })
    expect(added / expert).toBeCloseTo(1, 2)
  })

  it.each([-1, 1.5])('%d of them are refused', (redundantExperts) => {
    expect(() => step('deepseek-v3', { parallelism: { redundantExperts } })).toThrow(
      expect.objectContaining({ at: { path: 'parallelism.redundantExperts' } }),
    )
  })
})

describe('experts that rows are sent to', () => {
  const of = (experts: 'contiguous' | 'masked', expertSkew?: (tokens: number) => number) =>
    step('deepseek-v3', {
      parallelism: { data: 32, expert: 32 },
      experts,
      ...(expertSkew === undefined ? {} : { expertSkew }),
    }).ops

  it('are quantised where they are sent, and change order only where they come by token', () => {
    const names = (experts: 'contiguous' | 'masked') =>
      of(experts)
        .filter(({ module, layer }) => module.endsWith('mlp.experts') && layer === 3)
        .map(({ name }) => name)
    expect(names('contiguous')).toEqual([
      'expert_dispatch_quantize',
      'expert_dispatch',
      'expert_permute',
      'expert_up',
      'expert_act',
      'expert_down_quantize',
      'expert_down',
      'expert_gather',
      'expert_combine',
    ])
    expect(names('masked')).toEqual([
      'expert_dispatch_quantize',
      'expert_dispatch',
      'expert_up',
      'expert_act',
      'expert_down',
      'expert_combine',
    ])
  })

  it('are those of the busiest device', () => {
    const even = one(of('masked'), 'expert_up', 'grouped_gemm').m
    const seen: number[] = []
    const skewed = of('masked', (tokens) => {
      seen.push(tokens)
      return 1.5
    })
    expect(one(skewed, 'expert_up', 'grouped_gemm').m).toBe(1.5 * even)
    expect(new Set(seen)).toEqual(new Set([32 * 512]))
  })
})

describe('parallelism that cannot be', () => {
  it.each([
    ['llama-3.1-8b', { tensor: 3 }, 'parallelism.tensor'],
    ['llama-3.1-8b', { tensor: 0 }, 'parallelism.tensor'],
    ['llama-3.1-8b', { tensor: 1.5 }, 'parallelism.tensor'],
    ['qwen2.5-7b', { tensor: 8 }, 'parallelism.tensor'],
    ['llama-3.1-8b', { pipeline: 33 }, 'parallelism.pipeline'],
    ['llama-3.1-8b', { expert: 2, tensor: 2 }, 'parallelism.expert'],
    ['mixtral-8x7b', { expert: 16, tensor: 16 }, 'parallelism.expert'],
    ['mixtral-8x7b', { expert: 4, tensor: 2 }, 'parallelism.expert'],
    ['mixtral-8x7b', { expert: 2, tensor: 4, moeTensor: 4 }, 'parallelism.moeTensor'],
    ['qwen3-30b-a3b', { data: 3, expert: 3 }, 'parallelism.expert'],
    ['deepseek-v3', { data: 2, dispatch: 'all_reduce' }, 'parallelism.dispatch'],
    ['deepseek-v3', { tensor: 4, dispatch: 'all_to_all' }, 'parallelism.dispatch'],
  ] as const)('%s with %j names %s', (name, parallelism, field) => {
    expect(() => step(name, { parallelism })).toThrow(
      expect.objectContaining({ code: 'invalid_parallelism', at: { path: field } }),
    )
  })

  it('rounds shares up instead where uneven shares are allowed', () => {
    const { ops } = step('llama-3.1-8b', { parallelism: { tensor: 3, uneven: true } })
    expect(one(ops, 'attention_prefill', 'attention')).toMatchObject({ heads: 11, kvHeads: 3 })
  })

  it('names the stage and the batch field at fault', () => {
    expect(() => step('llama-3.1-8b', { stage: 1 })).toThrow(
      expect.objectContaining({ code: 'invalid_option', at: { path: 'stage' } }),
    )
    expect(() => step('llama-3.1-8b', { batch: [] })).toThrow(
      expect.objectContaining({ code: 'invalid_batch', at: { path: 'batch' } }),
    )
    for (const wrong of [{ newTokens: 0 }, { newTokens: 2, pastTokens: -1 }, { newTokens: NaN }]) {
      expect(() => step('llama-3.1-8b', { batch: [{ newTokens: 1 }, wrong] })).toThrow(
        expect.objectContaining({
          code: 'invalid_batch',
          at: { path: expect.stringMatching(/^batch\[1\]\./) },
        }),
      )
    }
  })
})
