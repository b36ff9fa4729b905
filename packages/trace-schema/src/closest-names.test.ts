import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closestNames, didYouMean } from './closest-names.js'

const MODELS = ['llama-3.1-8b', 'llama-3.1-70b', 'deepseek-v3', 'qwen3-8b', 'gpt-oss-20b']
const OPS = ['matmul', 'bmm', 'moe', 'attention', 'softmax', 'layernorm', 'rmsnorm', 'all_reduce']

describe('the closest names', () => {
  it.each([
    ['matmull', OPS, ['matmul']],
    ['allreduce', OPS, ['all_reduce']],
    ['RMSNorm', OPS, ['rmsnorm']],
    ['atention', OPS, ['attention']],
    ['lama3', MODELS, ['llama-3.1-8b', 'llama-3.1-70b']],
    ['llamma', MODELS, ['llama-3.1-8b', 'llama-3.1-70b']],
    ['deepsek', MODELS, ['deepseek-v3']],
    ['quantum', OPS, []],
    ['', OPS, []],
  ])('of %s are those that it was meant to be', (word, names, close) => {
    expect(closestNames(word, names)).toEqual(close)
  })

  it('are a question, or nothing', () => {
    expect(didYouMean('matmull', OPS)).toBe('; did you mean matmul?')
    expect(didYouMean('lama3', MODELS)).toBe('; did you mean llama-3.1-8b or llama-3.1-70b?')
    expect(didYouMean('quantum', OPS)).toBe('')
  })

  it('are found with one letter changed, whatever the name', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz'
    fc.assert(
      fc.property(
        fc.constantFrom(...MODELS, 'attention'),
        fc.nat(),
        fc.nat(25),
        (name, at, letter) => {
          const i = at % name.length
          const typed = name.slice(0, i) + letters[letter]! + name.slice(i + 1)
          expect(closestNames(typed, [...MODELS, ...OPS], { most: 20 })).toContain(name)
        },
      ),
    )
  })

  it('of a word of any length take little time', () => {
    expect(closestNames('a'.repeat(1e7), MODELS)).toEqual([])
  })
})
