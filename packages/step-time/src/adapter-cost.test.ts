import { bareDeployment, type Deployment } from '@flowsim/serving-sim'
import { describe, expect, test } from 'vitest'
import { modelStepTime } from './model-step-time.js'

const deploy = (fields: Record<string, unknown>): Deployment =>
  modelStepTime().deploy(
    { type: 'model', model: 'llama-3.1-8b', hardware: 'h100_sxm', ...fields },
    {
      readText: () => '',
      blockSize: 16,
      at: () => ({ source: 'test' }),
    },
  )

const ALL = ['attention', 'mlp'] as const

describe('LoRA adapters of a model', () => {
  // As PEFT prints them: trainable params of rank 16, of all linear layers and of q, k, v, o alone.
  test.each([
    [ALL, 41_943_040],
    [['attention'] as const, 13_631_488],
  ])('%s of Llama 3.1 8B: %i parameters', (modules, parameters) => {
    expect(deploy({}).adapters!({ rank: 16, modules }).bytes).toBe(2 * parameters)
  })

  test('with tensor parallelism a device has half of one matrix of each layer', () => {
    const whole = deploy({}).adapters!({ rank: 16, modules: ALL }).bytes
    const shared = deploy({ tensorParallel: 2 }).adapters!({ rank: 16, modules: ALL }).bytes
    // Σ s k + n of a layer: qkv 3·4096 + 6144, o 4096 + 4096, gate and up 2·4096 + 28672, down 14336 + 4096.
    const replicated = 32 * 16 * 2 * (3 * 4096 + 4096 + 2 * 4096 + 4096)
    expect(shared).toBe(replicated + (whole - replicated) / 2)
  })

  test('each further adapter of a step is read once more', () => {
    const { bytes, stepNs } = deploy({}).adapters!({ rank: 16, modules: ALL })
    expect(stepNs(32, 9) - stepNs(32, 1)).toBeCloseTo((8 * bytes * 1e9) / 3.35e12, 3)
  })

  test('Punica: about 2 ms a token, 32 sequences of Llama 2 7B on an A100, each with its own', () => {
    const { stepNs } = deploy({ model: 'llama-2-7b', hardware: 'a100_sxm' }).adapters!({
      rank: 16,
      modules: ALL,
    })
    expect(stepNs(32, 32) / 1e6).toBeGreaterThan(1)
    expect(stepNs(32, 32) / 1e6).toBeLessThan(3)
  })

  test('a deployment that knows no layers knows no adapters', () => {
    expect(bareDeployment({ name: 'none', stepNs: () => 1 }).adapters).toBeNull()
  })
})
