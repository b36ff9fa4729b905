import { describe, expect, it } from 'vitest'
import { readStepLabel, stepOf } from './step-label.js'

describe('readStepLabel', () => {
  it("reads vLLM's sums", () => {
    expect(
      readStepLabel(
        'execute_64_context_1(sq40sk50sqsq1600sqsk2000)_generation_2(sq2sk300sqsq2sqsk300)',
      ),
    ).toEqual({
      // One prompt of 40 tokens after 10 in the cache: 40·50 − (40² − 40)/2 pairs.
      context: { count: 1, queryTokens: 40, kvTokens: 50, pairs: 1220 },
      generation: { count: 2, queryTokens: 2, kvTokens: 300, pairs: 300 },
    })
  })

  it('reads the shorter labels of older versions', () => {
    expect(readStepLabel('execute_context_9(8155)_generation_37(37)')).toEqual({
      context: { count: 9, queryTokens: 8155 },
      generation: { count: 37, queryTokens: 37 },
    })
    expect(readStepLabel('execute_context_0(0)_generation_16(96)')?.context.count).toBe(0)
  })

  it("reads SGLang's", () => {
    expect(readStepLabel('step[DECODE bs=32 toks=32]')?.generation).toEqual({
      count: 32,
      queryTokens: 32,
    })
    expect(readStepLabel('step[EXTEND bs=1 toks=1024]')?.context).toEqual({
      count: 1,
      queryTokens: 1024,
    })
  })

  it('reads nothing else', () => {
    for (const text of ['', 'ProfilerStep#3', 'execute_context_x(1)_generation_1(1)', 'step[]']) {
      expect(readStepLabel(text)).toBeUndefined()
    }
  })
})

describe('stepOf', () => {
  it('takes the innermost step', () => {
    const step = stepOf(['step[DECODE bs=1 toks=1]', 'step[DECODE bs=2 toks=2]', 'layer'])
    expect(step?.generation.count).toBe(2)
    expect(stepOf(undefined)).toBeUndefined()
  })
})
