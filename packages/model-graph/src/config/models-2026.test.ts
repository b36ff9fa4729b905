import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { buildStep } from '../build.js'
import { memoryUse } from '../memory.js'
import { countParameters } from '../weights.js'
import { parseConfig } from './parse-config.js'
import { readModel } from './read-model.js'

interface Figures {
  figures: {
    file: string
    parameters: number
    active?: number
    kvBytesPerToken?: number
  }[]
}

const { figures } = JSON.parse(
  readFileSync(new URL('../testing/published-figures.json', import.meta.url), 'utf8'),
) as Figures

const read = (file: string, options = {}) => {
  const source = `${file}.json`
  const text = readFileSync(corpus(`models-2026/${source}`), 'utf8')
  return readModel(parseConfig(text, { source }), { source, ...options })
}

/** Its file was cut short by what says which layers it has. */
const SEARCHED = 'nvidia--Llama-3_3-Nemotron-Super-49B-v1'

describeWithCorpus('configurations of 2026', () => {
  const known = figures.filter(({ file }) => file !== SEARCHED)

  it('all have published figures', () => {
    const files = readdirSync(corpus('models-2026')).map((name) => name.replace(/\.json$/, ''))
    expect(figures.map(({ file }) => file).sort()).toEqual(files.sort())
  })

  it.each(known)('$file has its published parameters', ({ file, parameters, active }) => {
    const model = read(file)
    const counted = countParameters(model)
    // Files cut short may lack the vision tower that the publisher counts.
    expect(Math.abs(counted.total / parameters - 1)).toBeLessThan(
      file.includes('VL-2B') ? 0.02 : 0.01,
    )
    if (active === undefined) return
    const table = model.vocab * model.hidden
    // Publishers count the embedding table, the LM head, both or neither among the active ones, and round.
    const errors = [0, 1, 2].map((n) => Math.abs((counted.active - n * table) / active - 1))
    expect(Math.min(...errors)).toBeLessThan(0.075)
  })

  it.each(known)('$file has a step of prompts and of decoding sequences', ({ file }) => {
    const { ops } = buildStep(read(file), {
      batch: [{ newTokens: 700 }, { newTokens: 1, pastTokens: 9000, count: 4 }],
    })
    expect(ops.length).toBeGreaterThan(12)
  })

  it.each(known.filter(({ kvBytesPerToken }) => kvBytesPerToken !== undefined))(
    '$file keeps its published bytes of KV for a token',
    ({ file, kvBytesPerToken }) => {
      expect(memoryUse(read(file), { dtypes: { kv: 'bf16' } }).kvBytesPerToken).toBe(
        kvBytesPerToken,
      )
    },
  )

  it('says what is missing of a model whose layers were searched, and reads it generically', () => {
    expect(() => read(SEARCHED)).toThrow(
      expect.objectContaining({
        code: 'invalid_config',
        at: { path: 'block_configs' },
        message: expect.stringContaining('generic reading'),
      }),
    )
    const model = read(SEARCHED, { generic: true })
    expect(model.layers).toHaveLength(80)
    expect(model.assumed[0]).toContain('read as a Llama-like decoder')
  })

  it('keeps 7 % of the KV of DeepSeek-V3.2 for a million tokens of V4-Flash, as published', () => {
    const bytes = (file: string) =>
      memoryUse(read(file), { dtypes: { kv: 'fp8_e4m3' } }).sequenceBytes(1e6)
    const share = bytes('deepseek-ai--DeepSeek-V4-Flash') / bytes('nvidia--DeepSeek-V3.2-NVFP4')
    expect(share).toBeCloseTo(0.07, 2)
  })
})
