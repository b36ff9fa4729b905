import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { buildStep } from '../build.js'
import { readModel } from '../config/read-model.js'
import { flops, isMatrix } from '../testing/steps.js'
import { countParameters } from '../weights.js'
import { FAMILIES, findArchitecture } from './list.js'

interface Counts {
  counts: Record<string, { class: string; parameters: number }>
}

const { counts } = JSON.parse(
  readFileSync(new URL('../testing/published-counts.json', import.meta.url), 'utf8'),
) as Counts

const read = (type: string) =>
  readModel({ model_type: type, architectures: [counts[type]!.class] }, { source: type })

describe('a family with the default configuration of its class', () => {
  it.each(Object.keys(counts))('%s has the parameters of the published modelling code', (type) => {
    const { total } = countParameters(read(type))
    // Gates of Mamba and scales of routers are the last digits.
    expect(Math.abs(total / counts[type]!.parameters - 1)).toBeLessThan(2e-4)
  })

  it.each(Object.keys(counts))('%s takes two FLOPs for each active parameter and token', (type) => {
    const model = read(type)
    const { active } = countParameters(model)
    // Tables are looked up; the head runs for the one sampled token; predictions and towers do not run.
    const { vocab, hidden, embeddingDim = hidden, head, tiedEmbeddings } = model
    const table = vocab * embeddingDim
    const tables = head === 'none' || tiedEmbeddings ? table : 2 * table
    const positions = model.positions === 'learned' ? (model.maxPositions ?? 0) * hidden : 0
    const layers = active - tables - positions
    const sampled = head === 'none' ? 0 : table
    const { ops } = buildStep(model, { batch: [{ newTokens: 512 }] })
    expect(flops(ops, isMatrix) / (2 * (layers * 512 + sampled))).toBeCloseTo(1, 1)
  })

  it.each(Object.keys(counts))('%s says which fields it took from there', (type) => {
    const { assumed } = read(type)
    expect(assumed.length).toBeGreaterThan(0)
    expect(assumed.join()).toMatch(/(hidden_size|d_model|n_embd|dim) is \d+, the default of/)
  })
})

describe('families', () => {
  it('give no model_type to two of them, and each a source', () => {
    const types = FAMILIES.flatMap(({ types: own, synonyms = {} }) => [
      ...Object.keys(own),
      ...Object.keys(synonyms),
    ])
    expect(new Set(types).size).toBe(types.length)
    for (const { source } of FAMILIES) expect(source).toMatch(/huggingface|arXiv|Hugging Face/)
  })

  it('are found by any spelling', () => {
    expect(findArchitecture('Qwen3-Moe')?.type).toBe('qwen3_moe')
    expect(findArchitecture('gemma3')?.type).toBe('gemma3_text')
    expect(findArchitecture('llama_text')?.type).toBe('llama')
    expect(findArchitecture('gpt5')).toBeUndefined()
  })
})
