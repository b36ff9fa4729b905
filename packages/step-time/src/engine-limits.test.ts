import { findHardware } from '@flowsim/perf-model/hardware'
import { describe, expect, test } from 'vitest'
import { modelParts } from './model-parts.js'
import { modelStepTime } from './model-step-time.js'

const context = {
  readText: () => {
    throw new Error('no files')
  },
  blockSize: 16,
  at: (field?: string) => ({ source: 'a.yaml', at: { path: field ?? 'stepTime' } }),
}
const deploy = (config: object) => modelStepTime().deploy({ type: 'model', ...config }, context)

describe('shards of block FP8', () => {
  const experts = { model: 'qwen3-30b-a3b', hardware: 'h200_sxm', precision: 'fp8_block' }

  test('that are not multiples of 128 are refused, with the degrees that work', () => {
    expect(() => deploy({ ...experts, tensorParallel: 4 })).toThrow(
      /moeTensorParallel 4 cuts the experts of .*, 768 wide, into shards of 192, not multiples of the 128 weights with one FP8 scale; moeTensorParallel 1 or 2 works, or whole experts: expertParallel 4/,
    )
    expect(() => deploy({ ...experts, tensorParallel: 4, expertParallel: 4 })).not.toThrow()
    expect(() => deploy({ ...experts, tensorParallel: 2 })).not.toThrow()
  })

  test('are no matter for weights in other formats', () => {
    expect(() => deploy({ ...experts, precision: 'bf16', tensorParallel: 4 })).not.toThrow()
  })
})

describe('a format that the device has no units for', () => {
  const llama = { model: 'llama-3.1-8b', hardware: 'a100_sxm', precision: 'fp8' }
  const named = (config: object) =>
    deploy(config).assumptions.filter(({ name }) => name.startsWith('precision of'))

  test('runs as weight-only where the engine does so, and the run says it', () => {
    expect(findHardware('a100_sxm').device.matrixFlopsPerS.fp8_e4m3).toBeUndefined()
    expect(named(llama)).toContainEqual(
      expect.objectContaining({ name: 'precision of mlp', value: 'fp8_weight_only' }),
    )
    const { step } = modelParts(llama, context)
    const calls = step({
      prefillSequences: 0,
      prefillTokens: 0,
      prefillKeys: 0,
      prefillPairs: 0,
      decodeSequences: 1,
      decodeTokens: 1,
      decodeKeys: 8,
      samples: 1,
    }).map(({ call }) => call)
    expect(calls).toContainEqual(
      expect.objectContaining({ op: 'matmul', dtype: 'bf16', weightDtype: 'fp8_e4m3' }),
    )
    expect(named({ ...llama, hardware: 'h100_sxm' })).toEqual([])
    expect(named({ ...llama, hardware: 'h100_sxm', precision: 'nvfp4' })).toContainEqual(
      expect.objectContaining({ value: 'nvfp4_weight_only' }),
    )
  })

  test('is refused where the engine refuses it', () => {
    expect(() => deploy({ ...llama, kernels: 'trtllm' })).toThrow(
      /trtllm 1\.2 to 1\.3 does not run fp8 on a100_sxm, which has no FP8 units; use fp8_weight_only, or bf16/,
    )
    expect(() => deploy({ ...llama, hardware: 'v100_sxm2', precision: 'int8' })).toThrow(
      /vllm .* does not run int8 on v100_sxm2, which has no INT8 units; use int8_weight_only, or bf16/,
    )
    const fp4 = { ...llama, hardware: 'h100_sxm', precision: 'nvfp4', kernels: 'sglang' }
    expect(() => deploy(fp4)).toThrow(/sglang .* does not run nvfp4 on h100_sxm/)
  })
})
