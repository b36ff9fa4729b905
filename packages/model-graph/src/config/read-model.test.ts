import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ModelGraphError } from '../errors.js'
import { findModel } from '../index.js'
import { readModel } from './read-model.js'

const LLAMA = {
  model_type: 'llama',
  hidden_size: 4096,
  intermediate_size: 14336,
  num_hidden_layers: 4,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  vocab_size: 128256,
}

const reading =
  (config: unknown, options = {}) =>
  () =>
    readModel(config, { source: 'config.json', ...options })

describe('readModel', () => {
  it('shares one kind among equal layers', () => {
    const model = readModel(LLAMA, { source: 'config.json' })
    expect(model.layers).toEqual([0, 0, 0, 0])
    expect(model.layerKinds).toEqual([
      {
        mixer: {
          type: 'attention',
          heads: 32,
          kvHeads: 8,
          headDim: 128,
          rotaryDim: 128,
          qkvBias: false,
          outBias: false,
        },
        ffn: { type: 'dense', inter: 14336, gated: true, activation: 'silu', bias: false },
      },
    ])
  })

  it('reads the text model inside a multimodal one', () => {
    const model = readModel(
      {
        model_type: 'llama4',
        text_config: { ...LLAMA, model_type: 'llama4_text', attention_chunk_size: 8192 },
        vision_config: {},
      },
      { source: 'config.json' },
    )
    expect(model.architecture).toBe('llama4_text')
    expect(model.ignored).toEqual([])
    expect(model.towers).toMatchObject([
      { kind: 'vision', patch: 14, image: { type: 'tiles', tokens: 144 } },
    ])
    expect(model.layers).toEqual([0, 0, 0, 1])
    expect(model.layerKinds[1]!.mixer).toMatchObject({ rotaryDim: 0 })
  })

  it('tells local from global layers by layer_types, pattern or flag', () => {
    const windows = (config: object) => {
      const model = readModel({ ...LLAMA, ...config }, { source: 'config.json' })
      return model.layers.map((kind) => {
        const { mixer } = model.layerKinds[kind]!
        return mixer.type === 'attention' ? mixer.window : undefined
      })
    }
    const layer_types = [
      'sliding_attention',
      'full_attention',
      'sliding_attention',
      'full_attention',
    ]
    expect(windows({ model_type: 'gpt_oss', sliding_window: 128, layer_types })).toEqual([
      128,
      undefined,
      128,
      undefined,
    ])
    expect(windows({ model_type: 'gemma2', sliding_window: 64 })).toEqual([
      64,
      undefined,
      64,
      undefined,
    ])
    expect(windows({ model_type: 'mistral', sliding_window: 4096 })).toEqual([
      4096, 4096, 4096, 4096,
    ])
    expect(windows({ model_type: 'qwen2', sliding_window: 4096 })).toEqual(
      new Array(4).fill(undefined),
    )
    expect(
      windows({
        model_type: 'qwen2',
        sliding_window: 4096,
        use_sliding_window: true,
        max_window_layers: 3,
      }),
    ).toEqual([undefined, undefined, undefined, 4096])
  })

  it('knows which layers are dense among sparse ones', () => {
    const ffns = (config: object) => {
      const model = readModel(
        { ...LLAMA, num_experts_per_tok: 2, ...config },
        { source: 'config.json' },
      )
      return model.layers.map((kind) => model.layerKinds[kind]!.ffn.type)
    }
    expect(
      ffns({
        model_type: 'qwen3_moe',
        num_experts: 8,
        decoder_sparse_step: 2,
        moe_intermediate_size: 64,
      }),
    ).toEqual(['dense', 'moe', 'dense', 'moe'])
    expect(
      ffns({
        model_type: 'qwen3_moe',
        num_experts: 8,
        mlp_only_layers: [2],
        moe_intermediate_size: 64,
      }),
    ).toEqual(['moe', 'moe', 'dense', 'moe'])
    expect(ffns({ model_type: 'glm4_moe', n_routed_experts: 8, first_k_dense_replace: 1 })).toEqual(
      ['dense', 'moe', 'moe', 'moe'],
    )
    expect(
      ffns({ model_type: 'llama4_text', num_local_experts: 8, interleave_moe_layer_step: 2 }),
    ).toEqual(['dense', 'moe', 'dense', 'moe'])
  })

  it('alternates lightning and softmax attention as attn_type_list says', () => {
    const model = readModel(
      {
        ...LLAMA,
        model_type: 'minimax_m1',
        head_dim: 128,
        num_local_experts: 4,
        num_experts_per_tok: 2,
        attn_type_list: [0, 0, 0, 1],
      },
      { source: 'config.json' },
    )
    expect(model.layers.map((kind) => model.layerKinds[kind]!.mixer.type)).toEqual([
      'linear',
      'linear',
      'linear',
      'attention',
    ])
  })

  it.each([
    ['fp8 in blocks', { quant_method: 'fp8', weight_block_size: [128, 128] }, 'fp8_block'],
    ['fp8', { quant_method: 'fp8' }, 'fp8'],
    ['GPTQ', { quant_method: 'gptq', bits: 4 }, 'int4'],
    ['AWQ', { quant_method: 'awq', bits: 4, group_size: 128 }, 'int4'],
    ['ModelOpt NVFP4', { quant_method: 'modelopt', quant_algo: 'NVFP4' }, 'nvfp4'],
    ['ModelOpt FP8', { quant_method: 'modelopt', quant_algo: 'FP8' }, 'fp8'],
    [
      'compressed-tensors W8A8',
      {
        quant_method: 'compressed-tensors',
        config_groups: {
          group_0: { weights: { num_bits: 8, type: 'int' }, input_activations: { num_bits: 8 } },
        },
      },
      'int8',
    ],
    [
      'compressed-tensors W4A16',
      {
        quant_method: 'compressed-tensors',
        config_groups: { group_0: { weights: { num_bits: 4, type: 'int' } } },
      },
      'int4',
    ],
  ])('reads the quantisation of %s', (_, quantization_config, scheme) => {
    const model = readModel({ ...LLAMA, quantization_config }, { source: 'config.json' })
    expect(model.quantization?.parts.mlp).toBe(scheme)
    expect(model.quantization?.parts.head).toBeUndefined()
  })

  it('quantises only the experts of mxfp4 and kimi checkpoints', () => {
    expect(findModel('gpt-oss-120b').quantization?.parts).toEqual({ experts: 'mxfp4' })
    expect(findModel('kimi-k2.5').quantization?.parts).toEqual({ experts: 'int4_group32' })
  })

  it.each([
    ['a list', [], 'invalid_config', ''],
    ['text', 'llama', 'invalid_config', ''],
    ['no model_type', { hidden_size: 8 }, 'unknown_architecture', 'model_type'],
    [
      'a strange model_type',
      { ...LLAMA, model_type: 'mamba9' },
      'unknown_architecture',
      'model_type',
    ],
    ['no hidden_size', { ...LLAMA, hidden_size: undefined }, 'invalid_config', 'hidden_size'],
    ['a text width', { ...LLAMA, hidden_size: '4096' }, 'invalid_config', 'hidden_size'],
    ['zero layers', { ...LLAMA, num_hidden_layers: 0 }, 'invalid_config', 'num_hidden_layers'],
    [
      'a million layers',
      { ...LLAMA, num_hidden_layers: 1e6 },
      'invalid_config',
      'num_hidden_layers',
    ],
    ['odd groups', { ...LLAMA, num_key_value_heads: 5 }, 'invalid_config', 'num_key_value_heads'],
    [
      'heads that do not divide',
      { ...LLAMA, num_attention_heads: 33 },
      'invalid_config',
      'num_attention_heads',
    ],
    ['a strange activation', { ...LLAMA, hidden_act: 'sine' }, 'invalid_config', 'hidden_act'],
    ['a strange type', { ...LLAMA, torch_dtype: 'posit' }, 'invalid_config', 'torch_dtype'],
    [
      'more experts a token than there are',
      { ...LLAMA, model_type: 'mixtral', num_local_experts: 2, num_experts_per_tok: 4 },
      'invalid_config',
      'num_experts_per_tok',
    ],
    [
      'a strange layer type',
      { ...LLAMA, layer_types: ['full_attention', 'mamba', 'x', 'y'] },
      'invalid_config',
      'layer_types[1]',
    ],
    [
      'too few layer types',
      { ...LLAMA, layer_types: ['full_attention'] },
      'invalid_config',
      'layer_types',
    ],
    [
      'a strange quantisation',
      { ...LLAMA, quantization_config: { quant_method: 'hqq' } },
      'unknown_quantization',
      'quantization_config.quant_method',
    ],
    [
      'an encoder-decoder',
      { ...LLAMA, is_encoder_decoder: true },
      'invalid_config',
      'is_encoder_decoder',
    ],
  ])('refuses %s and names the field', (_, config, code, field) => {
    expect(reading(config)).toThrow(
      expect.objectContaining({ code, source: 'config.json', at: { path: field } }),
    )
    expect(reading(config)).toThrow(/^config\.json: /)
  })

  it('reads an unknown model_type as a Llama-like decoder on request', () => {
    const config = { ...LLAMA, model_type: 'brand_new', num_experts: 16, num_experts_per_tok: 2 }
    const model = readModel(config, { source: 'config.json', generic: true })
    expect(model.architecture).toBe('brand_new')
    expect(model.layerKinds[0]!.ffn).toMatchObject({ type: 'moe', experts: 16, gated: true })
  })

  it('meets any JSON with a model or a ModelGraphError', () => {
    const fields = fc.constantFrom(
      ...Object.keys(LLAMA),
      'torch_dtype',
      'layer_types',
      'quantization_config',
      'text_config',
      'kv_lora_rank',
      'num_experts',
      'sliding_window',
      'moe_layer_freq',
      'rope_parameters',
    )
    fc.assert(
      fc.property(fc.dictionary(fields, fc.jsonValue({ maxDepth: 2 })), (changes) => {
        try {
          readModel({ ...LLAMA, ...changes }, { source: 'config.json' })
        } catch (error) {
          expect(error).toBeInstanceOf(ModelGraphError)
        }
      }),
    )
  })
})
