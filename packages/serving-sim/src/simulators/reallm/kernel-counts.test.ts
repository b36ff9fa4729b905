import { readFileSync } from 'node:fs'
import { findModel } from '@flowsim/model-graph'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../../tests/corpus.js'
import { NumpyRandomState } from '../python/numpy-random.js'
import { reallmKernels } from './kernel-counts.js'
import type { ReallmKernelCounts } from './kernel-roofline.js'

interface Case {
  model: string
  parallelism_E_T_P_C: [number, number, number, number]
  prefill: number
  decode: number[]
  kernels: ReallmKernelCounts
}

const MODELS: Record<string, string> = {
  llama70b: 'llama-3.1-70b',
  llama405b: 'llama-3.1-405b',
  deepseekv2: 'deepseek-v2',
  deepseekv3: 'deepseek-v3',
}

describeWithCorpus('reallmKernels', () => {
  const cases = JSON.parse(
    readFileSync(corpus('serving/reallm/kernel_size_cases.json'), 'utf8'),
  ) as Case[]
  // The cases of a model draw experts from one generator, seeded with 0.
  const generators = new Map(Object.keys(MODELS).map((model) => [model, new NumpyRandomState(0)]))

  for (const [index, { model, parallelism_E_T_P_C, prefill, decode, kernels }] of cases.entries()) {
    const [expert, tensor, pipeline, context] = parallelism_E_T_P_C
    it(`counts case ${index}: ${model} ${parallelism_E_T_P_C} prefill ${prefill} decode ${decode.length}`, () => {
      const step = { expert, tensor, pipeline, context, prefill, decode }
      const routing = generators.get(model)!
      expect(reallmKernels(findModel(MODELS[model]!), { ...step, routing })).toEqual(kernels)
    })
  }
})

describe('expected routing', () => {
  const model = findModel('deepseek-v3')
  const experts = (step: object) =>
    reallmKernels(model, { expert: 8, prefill: 0, decode: [], routing: 'expected', ...step })

  it('gives a prompt the mean width of its experts on a node', () => {
    const { silu } = experts({ prefill: 1024 })
    // Dense prefix; shared expert and, 8 of 256 on 8 nodes, one routed expert a node: both 2048.
    expect(silu).toEqual([
      [[1024, 18432], 3],
      [[1024, 2048], 2 * 58],
    ])
  })

  it('spreads decoding requests over the experts that they are expected to use', () => {
    const { silu } = experts({ decode: new Array(64).fill(128) })
    const active = Math.round(32 * (1 - (1 - 8 / 256) ** 64))
    expect(silu.at(-1)).toEqual([[Math.ceil(64 / active), 2048], 58 * active])
  })

  it('refuses models that ReaLLM has no rules for', () => {
    const step = { prefill: 1, decode: [], routing: 'expected' as const }
    expect(() => reallmKernels(findModel('mixtral-8x7b'), step)).toThrow(
      expect.objectContaining({ code: 'unsupported' }),
    )
  })
})
