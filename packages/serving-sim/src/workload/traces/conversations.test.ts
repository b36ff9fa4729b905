import { describe, expect, test } from 'vitest'
import { fault, files, prepare } from '../../../test/prepare.js'
import { readTrace } from '../read-trace.js'
import { syntheticRequests } from '../synthetic.js'

const TEXT = JSON.stringify([
  {
    id: 'one',
    conversations: [
      { from: 'human', value: 'x'.repeat(100) },
      { from: 'gpt', value: 'y'.repeat(42) },
      { from: 'human', value: 'x'.repeat(10) },
      { from: 'gpt', value: 'y'.repeat(8) },
    ],
  },
  { id: 'empty', conversations: [{ from: 'gpt', value: 'unasked' }] },
])

describe('ShareGPT with its texts', () => {
  test('each answer is a request, whose prompt is all that was said before', () => {
    const { format, requests } = readTrace(TEXT, { source: 'share.json' })
    expect(format).toBe('conversations')
    const tokens = requests.map(({ session, round, inputTokens, outputTokens }) => [
      session,
      round,
      inputTokens,
      outputTokens,
    ])
    expect(tokens).toEqual([
      ['one', 0, 25, 11],
      ['one', 1, 38, 2],
    ])
    const [first] = readTrace(TEXT, { source: 'share.json', charactersPerToken: 2 }).requests
    expect(first!.inputTokens).toBe(50)
  })

  const config = (more: string) => `
workload: { type: trace, file: share.json, arrival: { process: constant, ratePerS: 2 }${more} }
stepTime: { type: linear, perStepUs: 1000 }
kv: { blocks: 100 }
`
  test('the rule that counts tokens is said, unless it is stated', () => {
    const said = (more: string) =>
      prepare(config(more), files({ 'share.json': TEXT })).assumptions.find(
        ({ setting }) => setting === 'workload.charactersPerToken',
      )?.value
    expect(said('')).toBe(4)
    expect(said(', charactersPerToken: 3.5')).toBeUndefined()
  })

  test('a round comes so long after the answer before it', () => {
    const { requests } = prepare(config(', thinkS: 7'), files({ 'share.json': TEXT })).run()
    const [first, second] = [0, 1].map((i) => requests.record(i))
    expect(second!.arrivalNs).toBe(first!.finishedNs! + 7e9)
  })

  test('a turn without a text is one line with its place', () => {
    const bad = '{"id":"a","conversations":[{"from":"human"}]}'
    expect(fault(config(''), files({ 'share.json': bad }))).toMatch(
      /a turn of a conversation needs the texts from and value/,
    )
  })
})

describe('agents that call tools', () => {
  test('so many rounds are results of tools, as long as those take, in a growing prompt', () => {
    const requests = syntheticRequests({
      seed: 3,
      requests: 4000,
      arrival: { process: 'constant', ratePerS: 1 },
      inputTokens: 100,
      outputTokens: 30,
      sessions: {
        rounds: 20,
        thinkS: 60,
        tools: { share: 0.8, durationS: 2, resultTokens: 500 },
      },
    })
    const later = requests.filter(({ round }) => round! > 0)
    const tools = later.filter(({ thinkNs }) => thinkNs === 2e9)
    expect(tools.length / later.length).toBeCloseTo(0.8, 1)
    expect(later.length - tools.length).toBe(later.filter(({ thinkNs }) => thinkNs === 60e9).length)
    for (const [i, { round, inputTokens, thinkNs }] of requests.entries()) {
      if (round === 0) continue
      const grown = inputTokens - requests[i - 1]!.inputTokens - 30
      expect(grown).toBe(thinkNs === 2e9 ? 500 : 100)
    }
  })
})
