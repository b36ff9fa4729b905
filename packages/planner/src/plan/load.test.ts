import { describe, expect, it } from 'vitest'
import { parseLimit } from './limits.js'
import { freshTokensOf, loadOf } from './load.js'

const request = (inputTokens: number, outputTokens: number, more = {}) => ({
  id: '',
  arrivalNs: 0,
  inputTokens,
  outputTokens,
  ...more,
})

describe('the load of requests', () => {
  const lengths = [100, 100, 100, 100, 9600].map((input) => request(input, 10))

  it('a limit of most requests does not ask of a prompt what only the longest needs', () => {
    const limits = ['ttft.p50S<=1', 'e2e.maxS<=20'].map(parseLimit)
    const { inputTokens, prompts, mostTpotS } = loadOf({ requests: lengths, limits })
    expect(inputTokens).toBe(2000)
    expect(prompts).toEqual([
      { tokens: 100, mostS: 1 },
      { tokens: 9600, mostS: 20 },
    ])
    expect(mostTpotS).toBe(2)
  })

  it('a limit of a class is one of its requests', () => {
    const requests = [request(10, 1, { sloClass: 'gold' }), request(1000, 1)]
    const { prompts } = loadOf({ requests, limits: [parseLimit('gold:ttft.maxS<=1')] })
    expect(prompts).toEqual([{ tokens: 10, mostS: 1 }])
  })

  it('what came before is not computed again: prefixes, blocks, rounds of a session', () => {
    const shared = { prefixGroup: 'a', prefixTokens: 80 }
    expect(freshTokensOf([request(100, 1, shared), request(100, 1, shared)])).toEqual([100, 20])
    const blocks = (...blockHashes: number[]) => ({ blockHashes, blockHashTokens: 16 })
    expect(freshTokensOf([request(40, 1, blocks(1, 2)), request(50, 1, blocks(1, 2, 3))])).toEqual([
      40, 18,
    ])
    const round = (number: number) => ({ session: 's', round: number })
    expect(freshTokensOf([request(100, 20, round(0)), request(150, 5, round(1))])).toEqual([
      100, 30,
    ])
  })

  it('prompts that share nothing are all to be computed', () => {
    const { inputTokens, freshTokens } = loadOf({ requests: lengths, limits: [] })
    expect(freshTokens).toBe(inputTokens)
  })
})
