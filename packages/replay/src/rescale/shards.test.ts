import { readModel } from '@flowsim/model-graph'
import type { OpCallOf } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { SHARD_TOKENS, shardsOf } from './shards.js'

const model = readModel(
  {
    model_type: 'llama',
    architectures: ['LlamaForCausalLM'],
    hidden_size: 512,
    intermediate_size: 1280,
    num_hidden_layers: 2,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    head_dim: 64,
    vocab_size: 1000,
    torch_dtype: 'bfloat16',
  },
  { source: 'made' },
)

describe('operations of a model on one device and on two', () => {
  const shards = shardsOf(model, 1, 2)
  const matmul = (name: string) => {
    const { before, after } = shards.find((shard) => shard.name === name)!
    return [before, after].map((call) => {
      const { m, n, k } = call as OpCallOf<'matmul'>
      return [m, n, k]
    })
  }
  const m = SHARD_TOKENS

  it.each([
    ['qkv_proj', [m, 1024, 512], [m, 512, 512]],
    ['o_proj', [m, 512, 512], [m, 512, 256]],
    ['gate_up_proj', [m, 2560, 512], [m, 1280, 512]],
    ['down_proj', [m, 512, 1280], [m, 512, 640]],
  ])('%s is divided along one side', (name, before, after) => {
    expect(matmul(name)).toEqual([before, after])
  })

  it.each([
    ['q_proj', [m, 512, 512], [m, 256, 512]],
    ['k_proj', [m, 256, 512], [m, 128, 512]],
    ['gate_proj', [m, 1280, 512], [m, 640, 512]],
  ])('%s, which some programs run apart, is a part of it', (name, before, after) => {
    expect(matmul(name)).toEqual([before, after])
  })

  it('attention has half of the heads', () => {
    const { before, after } = shards.find(({ name }) => name === 'attention_prefill')!
    expect(before).toMatchObject({ heads: 8, kvHeads: 4 })
    expect(after).toMatchObject({ heads: 4, kvHeads: 2 })
  })

  it('what was summed in one product is summed over the devices', () => {
    const added = shards.filter((shard) => shard.added !== undefined)
    expect(new Set(added.map(({ name }) => name))).toEqual(
      new Set(['embed_tokens', 'o_proj', 'down_proj', 'lm_head']),
    )
    expect(added.find(({ name }) => name === 'o_proj')!.added).toMatchObject({
      op: 'all_reduce',
      devices: 2,
      elements: m * 512,
    })
  })
})
