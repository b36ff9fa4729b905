import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { findModel } from '../catalogue/catalogue.js'
import { type ReallmKernels, reallmKernels, reallmRandom } from './reallm.js'

interface Case {
  model: string
  parallelism_E_T_P_C: [number, number, number, number]
  prefill: number
  decode: number[]
  kernels: ReallmKernels
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
  const generators = new Map(Object.keys(MODELS).map((model) => [model, reallmRandom(0)]))

  for (const [index, { model, parallelism_E_T_P_C, prefill, decode, kernels }] of cases.entries()) {
    const [expert, tensor, pipeline, context] = parallelism_E_T_P_C
    it(`counts case ${index}: ${model} ${parallelism_E_T_P_C} prefill ${prefill} decode ${decode.length}`, () => {
      const step = { expert, tensor, pipeline, context, prefill, decode }
      const routing = generators.get(model)!
      expect(reallmKernels(findModel(MODELS[model]!), { ...step, routing })).toEqual(kernels)
    })
  }
})
