import { expect, test } from 'vitest'
import { instance, options, request, tier } from '../../../../test/cluster.js'
import { simulateFlowsim } from '../engine.js'
import type { InstanceOptions } from '../options.js'

test('a shared prefix is computed once', () => {
  const shared = { prefixGroup: 'p', prefixTokens: 16 }
  const { requests, batches } = simulateFlowsim(
    [request(0, shared), request(1, { ...shared, arrivalNs: 1 })],
    options([instance()]),
  )
  expect(batches![1]).toMatchObject({ prefillTokens: 4, decodeTokens: 1 })
  expect([...requests].map(({ cachedTokens }) => cachedTokens)).toEqual([0, 16])
})

test('where states are kept every so many tokens, a prefix is found up to there', () => {
  const cached = (snapshotTokens: number) =>
    simulateFlowsim(
      [
        request(0, { prefixGroup: 'a', prefixTokens: 16 }),
        request(1, { prefixGroup: 'a', prefixTokens: 16, arrivalNs: 50_000_000 }),
      ],
      options([instance({ kv: { snapshotTokens } })]),
    ).requests.record(1).cachedTokens
  expect([0, 8, 12, 32].map(cached)).toEqual([16, 16, 12, 0])
})

test('windows and states take blocks beside those of the tokens', () => {
  const run = (extraBlocks: InstanceOptions['kv']['extraBlocks']) =>
    simulateFlowsim([request(0)], options([instance({ kv: { extraBlocks } })])).report
  const even = run(null)
  const windowed = run((tokens) => Math.min(tokens, 8) / 2)
  expect(windowed.kvBlocks!.peak).toBe(even.kvBlocks!.peak + 4)
  expect(windowed.steps).toBe(even.steps)
})

test('a conversation finds what was said before', () => {
  const session = { session: 's', thinkNs: 500 }
  const { requests } = simulateFlowsim(
    [
      request(0, { ...session, inputTokens: 20, outputTokens: 5 }),
      request(1, { ...session, inputTokens: 40, outputTokens: 5 }),
    ],
    options([instance()]),
  )
  const [first, second] = [...requests]
  expect(second!.arrivalNs).toBe(first!.finishedNs! + 500)
  // 24 of the first 25 tokens are in the cache: the last output was never an input.
  expect(second!.cachedTokens).toBe(24)
})

test('a prompt that begins anew finds nothing of its session, however long it is', () => {
  const session = { session: 's', thinkNs: 500, round: 0 }
  const { requests } = simulateFlowsim(
    [
      request(0, { ...session, inputTokens: 20, outputTokens: 5 }),
      request(1, { ...session, inputTokens: 40, outputTokens: 5 }),
    ],
    options([instance()]),
  )
  expect([...requests].map(({ cachedTokens }) => cachedTokens)).toEqual([0, 0])
})

test('hashed blocks of different requests are the same tokens', () => {
  const hashed = (ids: number[]) => ({ blockHashes: ids, blockHashTokens: 8, inputTokens: 24 })
  const { requests } = simulateFlowsim(
    [
      request(0, hashed([7, 8, 9])),
      request(1, { ...hashed([7, 8, 11]), arrivalNs: 1 }),
      request(2, { ...hashed([5, 8, 9]), arrivalNs: 2 }),
    ],
    options([instance()]),
  )
  expect([...requests].map(({ cachedTokens }) => cachedTokens)).toEqual([0, 16, 0])
})

test('evicted prefixes come back from the host', () => {
  const shared = { prefixGroup: 'p', prefixTokens: 40, inputTokens: 44, outputTokens: 1 }
  const run = (blocks: number) =>
    simulateFlowsim(
      [
        request(0, shared),
        request(1, { arrivalNs: 50e6, inputTokens: 64, outputTokens: 1 }),
        request(2, { ...shared, arrivalNs: 100e6 }),
      ],
      options([instance({ kv: { blocks: 16, tiers: [tier('host', blocks)] } })]),
    )
  expect(run(0).requests.record(2).cachedTokens).toBe(0)
  expect(run(100).requests.record(2).cachedTokens).toBe(40)
})
