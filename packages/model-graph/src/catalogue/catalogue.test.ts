import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { readModel } from '../config/read-model.js'
import { countParameters } from '../weights.js'
import { findModel, listModels } from './catalogue.js'

describe('listModels', () => {
  it.each(listModels())('$name has as many parameters as its publisher states', (listed) => {
    const model = findModel(listed.name)
    const { total, active } = countParameters(model)
    expect(Math.abs(total / listed.parameters - 1)).toBeLessThan(0.008)
    if (listed.active === null) return
    // Publishers count the embedding table, the LM head, both or neither among the active ones, and
    // round: "A17B".
    const table = model.vocab * model.hidden
    const errors = [0, 1, 2].map((tables) =>
      Math.abs((active - tables * table) / listed.active! - 1),
    )
    expect(Math.min(...errors)).toBeLessThan(0.03)
  })

  it('gives no name to two models', () => {
    const names = listModels().flatMap(({ name, aliases }) => [name, ...aliases])
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('findModel', () => {
  it('takes names as they stand on Hugging Face', () => {
    expect(findModel('meta-llama/Llama-3.1-8B-Instruct').name).toBe('llama-3.1-8b')
    expect(findModel('deepseek-ai/DeepSeek-R1').name).toBe('deepseek-v3')
    expect(findModel('Qwen/Qwen3-235B-A22B-FP8').quantization?.parts.experts).toBe('fp8_block')
  })

  it('reads how a model is quantised from the end of its name', () => {
    const quantised = (name: string) => findModel(name).quantization?.parts.mlp
    expect(quantised('nvidia/Llama-3.1-8B-Instruct-FP8')).toBe('fp8')
    expect(quantised('Qwen/Qwen3-32B-FP8')).toBe('fp8_block')
    expect(quantised('nvidia/DeepSeek-R1-NVFP4')).toBe('nvfp4')
    expect(findModel('nvidia/DeepSeek-R1-NVFP4').name).toBe('deepseek-v3-nvfp4')
  })

  it('names the closest models for an unknown one', () => {
    expect(() => findModel('llama-9-8b')).toThrow(
      expect.objectContaining({
        code: 'unknown_model',
        message: expect.stringContaining('did you mean llama-3-8b'),
      }),
    )
  })
})

describeWithCorpus('config.json files', () => {
  // Files of the corpus that are cut to a few layers are left out.
  it.each([
    ['codellama-34b-instruct-hf', 'codellama-34b'],
    ['deepseek-v2-lite', 'deepseek-v2-lite'],
    ['glm-5.2-fp8', 'glm-5.2-fp8'],
    ['llama-2-7b-hf', 'llama-2-7b'],
    ['llama-3.1-70b-instruct', 'llama-3.1-70b'],
    ['llama-3.1-8b-instruct', 'llama-3.1-8b'],
    ['mistral-nemo-instruct-2407', 'mistral-nemo-12b'],
    ['mixtral-8x7b-v0.1', 'mixtral-8x7b'],
    ['qwen2.5-7b-instruct', 'qwen2.5-7b'],
    ['qwen3-14b', 'qwen3-14b'],
    ['qwen3-30b-a3b', 'qwen3-30b-a3b'],
    ['yi-34b', 'yi-34b'],
  ])('%s.json is %s of the catalogue', (file, name) => {
    const config: unknown = JSON.parse(readFileSync(corpus(`models/${file}.json`), 'utf8'))
    const read = readModel(config, { source: file, name })
    const known = findModel(name)
    // Llama-based models say "llama" and the multi-token prediction layer is not in the catalogue.
    expect({ ...read, architecture: '', ignored: [] }).toEqual({
      ...known,
      architecture: '',
      ignored: [],
    })
  })

  it.each(['deepseek-v3', 'qwen3-235b-a22b'])(
    '%s.json, cut short, has the layers of the whole',
    (name) => {
      const config: unknown = JSON.parse(readFileSync(corpus(`models/${name}.json`), 'utf8'))
      const read = readModel(config, { source: name })
      const known = findModel(name)
      expect(known.layerKinds).toEqual(expect.arrayContaining(read.layerKinds))
    },
  )

  it('reads Llama-4 Scout, its vision tower left out, its attention not quantised', () => {
    const name = 'llama-4-scout-17b-16e-instruct-fp8-dynamic'
    const config: unknown = JSON.parse(readFileSync(corpus(`models/${name}.json`), 'utf8'))
    const read = readModel(config, { source: name })
    expect(read.layerKinds).toEqual(findModel('llama-4-scout').layerKinds)
    expect(read.towers).toMatchObject([{ kind: 'vision' }])
    expect(read.quantization).toEqual({
      parts: { mlp: 'fp8_channel', shared: 'fp8_channel', experts: 'fp8_channel' },
    })
  })
})
