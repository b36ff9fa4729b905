import { expect, test } from 'vitest'
import { inferenceSimKvBlocks } from './capacity.js'
import { INFERENCE_SIM_HARDWARE } from './hardware.js'
import { inferenceSimModel } from './model.js'

const LLAMA_8B = {
  num_hidden_layers: 32,
  hidden_size: 4096,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  vocab_size: 128_256,
  intermediate_size: 14_336,
  torch_dtype: 'bfloat16',
  hidden_act: 'silu',
}

const LLAMA_70B = {
  ...LLAMA_8B,
  num_hidden_layers: 80,
  hidden_size: 8192,
  num_attention_heads: 64,
  intermediate_size: 28_672,
}

function blocks(config: object, tensorParallel: number, options: object = {}): number {
  const { memoryGiB = 80, ...more } = options as { memoryGiB?: number }
  return inferenceSimKvBlocks(
    config as Record<string, unknown>,
    inferenceSimModel(config),
    { ...INFERENCE_SIM_HARDWARE.H100!, MemoryGiB: memoryGiB },
    { tensorParallel, dataParallel: 1, gpuMemoryUtilization: 0.9, blockSize: 16, ...more },
  )
}

// The counts that its own test file `kv_capacity_tp_basis_test.go` records for the versions before its issue 1846.
test.each([
  [LLAMA_8B, 8, 80, 2_255_841],
  [LLAMA_8B, 16, 80, 9_190_952],
  [LLAMA_70B, 8, 141, 1_431_115],
  [LLAMA_70B, 16, 141, 6_173_109],
])(
  'blocks of several devices are counted against the bytes of one: case %#',
  (config, tp, memoryGiB, expected) => {
    expect(blocks(config, tp, { memoryGiB })).toBe(expected)
  },
)

test('MLA keeps its whole latent on every device', () => {
  const mla = { ...LLAMA_8B, kv_lora_rank: 512, qk_rope_head_dim: 64 }
  const free = (tp: number) => blocks(mla, tp) * 32 * (512 + 64) * 2 * 16
  // Four devices more: 4 · (72 − 0.6) GiB, up to a block.
  expect((free(8) - free(4)) / 2 ** 30).toBeCloseTo(4 * 71.4, 2)
})

test('KV heads divide over the devices, or each device has one', () => {
  const heads = (count: number) => ({ ...LLAMA_8B, num_key_value_heads: count })
  expect(blocks(heads(2), 4)).toBeGreaterThan(0)
  expect(() => blocks(heads(6), 4)).toThrow(
    '6 KV heads do not divide over 4 tensor-parallel devices',
  )
  // MLA has no KV heads.
  expect(blocks({ ...heads(6), kv_lora_rank: 512, qk_rope_head_dim: 64 }, 4)).toBeGreaterThan(0)
})

test('a feed-forward network of two matrices is refused', () => {
  expect(() => blocks({ ...LLAMA_8B, hidden_act: 'relu' }, 1)).toThrow(
    'the KV capacity of a model with hidden_act relu is not known here; state totalKvBlocks',
  )
})

test('utilisation, block size and memory enter', () => {
  const base = blocks(LLAMA_8B, 1)
  expect(blocks(LLAMA_8B, 1, { gpuMemoryUtilization: 0.5 })).toBeLessThan(base)
  expect(blocks(LLAMA_8B, 1, { blockSize: 32 })).toBe(Math.floor(base / 2))
  expect(() => blocks(LLAMA_8B, 1, { memoryGiB: 16 })).toThrow('leave no room for a KV cache')
})
