import { attentionPairs, type OpCallOf, opWork } from '@flowsim/trace-schema'
import { opCallSchema } from '@flowsim/trace-schema/zod'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BuildStepOptions, buildStep } from './build.js'
import { findModel, listModels } from './catalogue/catalogue.js'
import { compileStep } from './compile.js'
import type { GraphOp } from './graph.js'
import { sliceModel } from './model.js'
import { DECODE, flops, isLinear, MIXED, named, one, PROMPT, step } from './testing/steps.js'
import { countParameters } from './weights.js'

describe('buildStep', () => {
  it.each(listModels())('describes a mixed step of $name with valid operations', ({ name }) => {
    const { ops } = step(name, { batch: MIXED })
    for (const { call, count } of ops) {
      expect(opCallSchema.parse(call)).toEqual(call)
      expect(count).toBeGreaterThan(0)
    }
  })

  it.each([
    'llama-3.1-8b',
    'llama-2-70b',
    'qwen2.5-72b',
    'gpt3-175b',
    'phi-2',
    'mixtral-8x7b',
    'qwen3-30b-a3b',
    'deepseek-v2-lite',
    'deepseek-v3',
    'qwen3-next-80b-a3b',
  ])('takes two FLOPs for each active parameter and token of %s', (name) => {
    const model = findModel(name)
    const { active } = countParameters(model)
    const table = model.vocab * model.hidden
    // Look-up costs no FLOPs, and the head runs for the one sampled token only.
    const layers = active - (model.tiedEmbeddings ? 1 : 2) * table
    const { ops } = step(name)
    expect(flops(ops, isLinear) / (2 * (layers * 512 + table))).toBeCloseTo(1, 2)
  })

  it('takes 4·heads·headDim FLOPs for each pair that the causal mask leaves', () => {
    const { ops } = step('llama-3.1-8b', { batch: MIXED })
    const pairs = 300 * 200 + (300 * 301) / 2 + (64 * 65) / 2 + 4 * 1001 + 11
    expect(flops(ops, ({ call }) => call.op === 'attention') / (32 * 4 * 32 * 128)).toBeCloseTo(
      pairs,
      3,
    )
  })

  it('has one prefill and one decode kernel in a layer, or one for each length on request', () => {
    const { ops } = step('llama-3.1-8b', { batch: MIXED })
    const prefill = one(ops, 'attention_prefill', 'attention')
    expect(prefill).toMatchObject({ batch: 2, queryLen: 182, kvLen: 282 })
    expect(attentionPairs(prefill)).toBe(300 * 200 + (300 * 301) / 2 + (64 * 65) / 2)
    expect(one(ops, 'attention_decode', 'attention')).toMatchObject({
      batch: 5,
      queryLen: 1,
      kvLen: 803,
    })
    const exact = step('llama-3.1-8b', { batch: MIXED, attention: 'lengths' }).ops
    expect(
      [...named(exact, 'attention_prefill'), ...named(exact, 'attention_decode')].map(
        ({ call }) => {
          const { batch, queryLen, kvLen } = call as OpCallOf<'attention'>
          return [batch, queryLen, kvLen]
        },
      ),
    ).toEqual([
      [1, 300, 500],
      [1, 64, 64],
      [4, 1, 1001],
      [1, 1, 11],
    ])
  })

  it('counts chunks of a prompt as the whole prompt', () => {
    const chunked = [0, 1, 2, 3].flatMap(
      (chunk) =>
        step('llama-3.1-8b', {
          batch: [{ newTokens: 256, pastTokens: 256 * chunk, sampled: chunk === 3 }],
        }).ops,
    )
    const whole = step('llama-3.1-8b', { batch: [{ newTokens: 1024 }] }).ops
    const isCore = (op: GraphOp) => isLinear(op) || op.call.op === 'attention'
    expect(flops(chunked, isCore)).toBe(flops(whole, isCore))
  })

  it('samples only after the last chunk of a prompt', () => {
    const { ops } = step('llama-3.1-8b', { batch: [{ newTokens: 256, sampled: false }] })
    for (const name of ['last_tokens', 'lm_head', 'sample']) expect(named(ops, name)).toEqual([])
  })

  it('lists every part of a decoder layer', () => {
    const { ops } = buildStep(sliceModel(findModel('llama-3.1-8b'), 1), { batch: PROMPT })
    expect(ops.map(({ name }) => name)).toEqual([
      'embed_tokens',
      'input_layernorm',
      'qkv_proj',
      'rotary_emb',
      'kv_cache_write',
      'attention_prefill',
      'o_proj',
      'post_attention_layernorm',
      'gate_up_proj',
      'act_fn',
      'down_proj',
      'norm',
      'last_tokens',
      'lm_head',
      'sample',
    ])
  })

  it('adds the residual in the norm, in every layer but the first', () => {
    const norms = named(step('llama-3.1-8b').ops, 'input_layernorm')
    expect(norms.map(({ count, call }) => [count, 'residual' in call])).toEqual([
      [1, false],
      [31, true],
    ])
  })

  it('expands layers in order of execution', () => {
    const { ops } = buildStep(sliceModel(findModel('deepseek-v3'), 5), {
      batch: PROMPT,
      expand: true,
    })
    const layers = ops.map(({ layer }) => layer).filter((layer) => layer !== null)
    expect(layers).toEqual([...layers].sort((a, b) => a - b))
    expect(named(ops, 'o_proj').map(({ module }) => module)).toEqual(
      [0, 1, 2, 3, 4].map((layer) => `model.layers.${layer}.self_attn.o_proj`),
    )
    expect(named(ops, 'router')).toHaveLength(2)
  })

  it('does the same work collapsed and expanded, for any model, batch and parallelism', () => {
    const models = listModels().map(({ name }) => sliceModel(findModel(name), 6))
    fc.assert(
      fc.property(
        fc.constantFrom(...models),
        fc.constantFrom(1, 2),
        fc.constantFrom(1, 2),
        fc.constantFrom(1, 2),
        fc.boolean(),
        fc.constantFrom('fused' as const, 'grouped' as const),
        (model, tensor, pipeline, context, sequence, experts) => {
          const parallelism = { tensor, pipeline, context, sequence, uneven: true }
          const options = { batch: MIXED, parallelism, experts }
          const total = (expand: boolean) => {
            const sum = { flops: 0, readBytes: 0, writeBytes: 0, networkBytes: 0 }
            for (const { call, count } of buildStep(model, { ...options, expand }).ops) {
              const work = opWork(call)
              for (const key of Object.keys(sum) as (keyof typeof sum)[]) {
                sum[key] += count * work[key]
              }
            }
            return Object.values(sum)
          }
          const collapsed = total(false)
          total(true).forEach((value, index) => {
            expect(value / Math.max(1, collapsed[index]!)).toBeCloseTo(
              collapsed[index]! > 0 ? 1 : 0,
              9,
            )
          })
        },
      ),
      { numRuns: 60 },
    )
  })

  it('is cheap for deep models: as many operations as for shallow ones', () => {
    const deep = findModel('llama-3.1-405b')
    const ops = (model: typeof deep) => buildStep(model, { batch: DECODE }).ops.length
    expect(ops(deep)).toBe(ops(sliceModel(deep, 2)))
  })
})

describe('element types', () => {
  it('multiplies in the types of the checkpoint and quantises activations before', () => {
    const { ops } = step('deepseek-v3')
    const projection = named(ops, 'q_b_proj')[0]!.call
    expect(projection).toMatchObject({ dtype: 'fp8_e4m3', outDtype: 'bf16', scaling: 'block' })
    expect(named(ops, 'q_b_proj_quantize')[0]!.call).toMatchObject({
      cols: 1536,
      dtype: 'bf16',
      outDtype: 'fp8_e4m3',
      groupSize: 128,
    })
  })

  it('reads 4-bit weights with 16-bit activations', () => {
    const { ops } = step('llama-3.1-70b', { dtypes: 'int4' })
    expect(one(ops, 'qkv_proj', 'matmul')).toMatchObject({ dtype: 'bf16', weightDtype: 'int4' })
    expect(one(ops, 'lm_head', 'matmul')).toMatchObject({ dtype: 'bf16' })
    expect(ops.some(({ call }) => call.op === 'quantize')).toBe(false)
  })

  it('takes types one by one', () => {
    const { ops } = step('mixtral-8x7b', {
      dtypes: { weights: { experts: 'nvfp4' }, kv: 'fp8_e4m3', attention: 'fp8_e4m3' },
    })
    expect(one(ops, 'experts', 'moe')).toMatchObject({ dtype: 'fp4_e2m1', outDtype: 'bf16' })
    expect(one(ops, 'qkv_proj', 'matmul').dtype).toBe('bf16')
    expect(one(ops, 'kv_cache_write', 'kv_cache_write').cacheDtype).toBe('fp8_e4m3')
    expect(one(ops, 'attention_prefill', 'attention').dtype).toBe('fp8_e4m3')
  })

  it('writes keys and values of every head to the cache', () => {
    const { ops } = step('llama-3.1-8b', { batch: [{ newTokens: 7 }] })
    expect(one(ops, 'kv_cache_write', 'kv_cache_write')).toMatchObject({
      tokens: 7,
      width: 2 * 8 * 128,
    })
    const { ops: sharded } = step('llama-3.1-8b', { parallelism: { tensor: 4 } })
    expect(one(sharded, 'kv_cache_write', 'kv_cache_write').width).toBe(2 * 2 * 128)
    const latent = buildStep(sliceModel(findModel('deepseek-v2-lite'), 1), { batch: DECODE })
    expect(one(latent.ops, 'kv_cache_write', 'kv_cache_write').width).toBe(512 + 64)
  })

  it('names the schemes there are for one that is not', () => {
    expect(() => step('llama-3.1-8b', { dtypes: 'fp9' as 'fp8' })).toThrow(
      expect.objectContaining({
        code: 'invalid_option',
        at: { path: 'dtypes.weights' },
        message: expect.stringContaining('fp8_block'),
      }),
    )
  })

  it('can leave quantisation to the kernels before', () => {
    const { ops } = step('deepseek-v3', { fusedQuantization: true })
    expect(ops.some(({ call }) => call.op === 'quantize')).toBe(false)
  })
})

describe('latent attention', () => {
  it('expands keys and values of prompts, earlier chunks included', () => {
    const { ops } = buildStep(sliceModel(findModel('deepseek-v2-lite'), 1), {
      batch: [{ newTokens: 100, pastTokens: 28 }],
    })
    expect(one(ops, 'kv_b_proj', 'matmul')).toMatchObject({ m: 128, n: 16 * 256, k: 512 })
    expect(one(ops, 'attention_prefill', 'attention')).toMatchObject({
      heads: 16,
      kvHeads: 16,
      headDim: 192,
      headDimV: 128,
      queryLen: 100,
      kvLen: 128,
    })
  })

  it('decodes on the compressed vectors', () => {
    const { ops } = buildStep(sliceModel(findModel('deepseek-v2-lite'), 1), { batch: DECODE })
    expect(one(ops, 'query_absorb_decode', 'bmm')).toMatchObject({
      batch: 16,
      m: 8,
      n: 512,
      k: 128,
    })
    expect(one(ops, 'attention_decode', 'attention')).toMatchObject({
      variant: 'mla',
      kvHeads: 1,
      headDim: 576,
      headDimV: 512,
      kvLen: 1001,
    })
    expect(one(ops, 'value_expand_decode', 'bmm')).toMatchObject({
      batch: 16,
      m: 8,
      n: 128,
      k: 512,
    })
  })

  it('attends to the picked keys only where an indexer picks them', () => {
    const { ops } = buildStep(sliceModel(findModel('glm-5'), 1), {
      batch: [{ newTokens: 1, pastTokens: 99_999 }],
    })
    const attention = one(ops, 'attention_decode', 'attention')
    expect(attentionPairs(attention)).toBe(2048)
    const { flops, readBytes, writeBytes } = opWork(one(ops, 'index_scores_decode', 'other'))
    expect(flops).toBe(2 * 100_000 * 32 * 128)
    // Keys are FP8 with one fp32 scale each; a score is fp32.
    expect(readBytes).toBe(32 * 128 + 100_000 * (128 + 4))
    expect(writeBytes).toBe(4 * 100_000)
  })
})

describe('compileStep', () => {
  it('gives the operations of buildStep for every batch', () => {
    const sequence = fc.record({
      newTokens: fc.integer({ min: 1, max: 2000 }),
      pastTokens: fc.integer({ min: 0, max: 100_000 }),
      count: fc.integer({ min: 1, max: 9 }),
      sampled: fc.boolean(),
    })
    const model = findModel('deepseek-v3')
    const parallelism = { tensor: 2, data: 4, expert: 8 }
    const compiled = compileStep(model, { parallelism })
    fc.assert(
      fc.property(fc.array(sequence, { minLength: 1, maxLength: 5 }), (batch) => {
        const built = buildStep(model, { parallelism, batch })
        expect(compiled(built.batch)).toEqual(built.ops)
      }),
    )
  })

  it('says what each operation varies with', () => {
    const compiled = compileStep(findModel('llama-3.1-8b'), { parallelism: { tensor: 2 } })
    const calls = (batch: BuildStepOptions['batch'], varies: string) =>
      structuredClone(
        compiled(step('llama-3.1-8b', { batch }).batch).filter((op) => op.varies === varies),
      )
    const other = [{ newTokens: 500 }, { newTokens: 12, pastTokens: 77 }]
    expect(calls(other, 'tokens')).toEqual(calls(PROMPT, 'tokens'))
    expect(calls(other, 'prefill')).not.toEqual(calls(PROMPT, 'prefill'))
    expect(calls(other, 'samples')).not.toEqual(calls(PROMPT, 'samples'))
  })
})
