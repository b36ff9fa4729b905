import type { WorkloadRequest } from '@flowsim/trace-schema'
import { describe, expect, test } from 'vitest'
import { instance, options, request, routing } from '../../../../test/cluster.js'
import { simulateFlowsim } from '../engine.js'
import type { FlowsimOptions } from '../options.js'
import { ROUTING_POLICIES } from './routers/index.js'

const four = ['a', 'b', 'c', 'd'].map((name) =>
  instance({ name, kv: { blocks: 400 }, scheduler: { maxNumBatchedTokens: 512 } }),
)

/** Where each request went. */
function placesOf(
  requests: readonly WorkloadRequest[],
  given: FlowsimOptions['routing'],
): string[] {
  const { requests: table } = simulateFlowsim(requests, options(four, { routing: given }))
  return [...table].map((record) => record.instance)
}

/** Requests on each instance. */
const counts = (places: readonly string[]) =>
  ['a', 'b', 'c', 'd'].map((name) => places.filter((place) => place === name).length)

/** Conversations of five rounds, one every 20 ms, whose first 96 tokens are the same system prompt. */
const conversations = Array.from({ length: 200 }, (_, i): WorkloadRequest => {
  const conversation = Math.floor(i / 5)
  const round = i % 5
  // Blocks of 16 tokens: six that all share, then those of the conversation.
  const own = Array.from({ length: 4 + round }, (_, block) => 1000 * (conversation + 1) + block)
  return request(i, {
    arrivalNs: (round * 40 + conversation) * 20_000_000,
    inputTokens: 16 * (6 + own.length),
    outputTokens: 4,
    blockHashes: [0, 1, 2, 3, 4, 5, ...own],
    blockHashTokens: 16,
  })
}).sort((a, b) => a.arrivalNs - b.arrivalNs)

describe('routers that go by prefixes', () => {
  const policies = ['prefix-aware', 'overlap', 'weighted'] as const

  test.each(policies)('%s: a system prompt that all share does not send all to one', (policy) => {
    for (const index of ['precise', 'approximate'] as const) {
      const share = Math.max(...counts(placesOf(conversations, routing(policy, { index }))))
      expect(share).toBeLessThan(100)
    }
  })

  test.each(['prefix-aware', 'weighted'] as const)(
    '%s: a conversation stays where its history is',
    (policy) => {
      const places = placesOf(conversations, routing(policy))
      const homes = new Map<number, Set<string>>()
      for (const [i, { blockHashes }] of conversations.entries()) {
        const conversation = blockHashes![6]!
        homes.set(conversation, (homes.get(conversation) ?? new Set()).add(places[i]!))
      }
      const faithful = [...homes.values()].filter((places) => places.size === 1).length
      expect(faithful).toBeGreaterThan(30)
    },
  )

  test('prefix-aware: below the threshold the instance that holds least takes it', () => {
    // A quarter of each prompt is shared with the one before, the rest with none.
    const strangers = Array.from({ length: 40 }, (_, i) =>
      request(i, {
        arrivalNs: i * 50_000_000,
        inputTokens: 64,
        blockHashes: [i >> 1, 100 + i, 200 + i, 300 + i],
        blockHashTokens: 16,
      }),
    )
    expect(counts(placesOf(strangers, routing('prefix-aware')))).toEqual([10, 10, 10, 10])
    const pairs = placesOf(strangers, routing('prefix-aware', { cacheThreshold: 0.2 }))
    for (let i = 0; i < 40; i += 2) expect(pairs[i + 1]).toBe(pairs[i])
  })

  test('prefix-aware: loads that have drifted apart come first', () => {
    const same = Array.from({ length: 60 }, (_, i) =>
      request(i, { inputTokens: 64, prefixGroup: `g${i % 3}`, prefixTokens: 64, arrivalNs: i }),
    )
    const drift = (balanceAbsThreshold: number) => {
      const loads = counts(placesOf(same, routing('prefix-aware', { balanceAbsThreshold })))
      return Math.max(...loads) - Math.min(...loads)
    }
    expect(drift(2)).toBeLessThanOrEqual(3)
    expect(drift(32)).toBeGreaterThan(10)
  })

  test('overlap: what is cached counts against what is in use', () => {
    const first = request(0, {
      inputTokens: 64,
      prefixGroup: 'g',
      prefixTokens: 64,
      outputTokens: 1,
    })
    const again = { ...first, id: 'again', arrivalNs: 500_000_000 }
    const other = request(1, { inputTokens: 32, arrivalNs: 499_000_000, outputTokens: 100 })
    // Sixteen blocks are cached on one instance; another request there holds eight.
    const places = placesOf([first, other, again], routing('overlap'))
    expect(places[2]).toBe(places[0])
    const light = placesOf([first, other, again], routing('overlap', { overlapWeight: 0 }))
    expect(light[2]).not.toBe(light[1])
  })
})

test('a session stays on its instance', () => {
  const requests = Array.from({ length: 24 }, (_, i) =>
    request(i, { session: `s${i % 6}`, round: Math.floor(i / 6), thinkNs: 1_000_000 }),
  )
  const places = placesOf(requests, routing('session'))
  for (const [i, place] of places.entries()) expect(place).toBe(places[i % 6])
  expect(counts(places)).toEqual([8, 8, 4, 4])
})

test('a router that looks rarely goes by what was when it looked', () => {
  // Busy when it looks at 30 ms, the first instance is soon idle again.
  const busy = request(99, { arrivalNs: 28_000_000, inputTokens: 400, outputTokens: 4 })
  const later = Array.from({ length: 19 }, (_, i) =>
    request(i, { arrivalNs: 30_000_000 + i * 1_500_000, outputTokens: 1 }),
  )
  const toTheFirst = (stalenessNs: number) => {
    const given = routing('weighted', { stalenessNs, scorers: { 'kv-utilization': 1 } })
    const [home, ...others] = placesOf([request(98), busy, ...later], given).slice(1)
    return others.filter((place) => place === home).length
  }
  expect(toTheFirst(30_000_000)).toBe(0)
  expect(toTheFirst(0)).toBeGreaterThan(0)
})

describe('scorers that remember', () => {
  test('no-hit-lru: prompts that none holds go round, those that one holds do not count', () => {
    const cold = (id: number) =>
      request(id, { arrivalNs: id * 1e6, inputTokens: 40, outputTokens: 1 })
    const warm = (id: number) => ({
      ...cold(id),
      prefixGroup: 'g',
      prefixTokens: 40,
      inputTokens: 44,
    })
    const given = routing('weighted', { scorers: { 'no-hit-lru': 1, 'prefix-cache': 0.1 } })
    const spread = placesOf(
      Array.from({ length: 8 }, (_, i) => cold(i)),
      given,
    )
    expect(spread).toEqual(['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd'])
    // The second of the group goes where the first is; the cold ones go on from there.
    const mixed = [warm(0), warm(20), cold(40), cold(60), cold(80)]
    expect(placesOf(mixed, given)).toEqual(['a', 'a', 'b', 'c', 'd'])
  })

  test('session-affinity: a session stays, as far as other scorers let it', () => {
    const requests = Array.from({ length: 16 }, (_, i) =>
      request(i, { session: `s${i % 4}`, round: Math.floor(i / 4), thinkNs: 1_000_000 }),
    )
    const scorers = { 'session-affinity': 2, 'load-balance': 1 }
    const places = placesOf(requests, routing('weighted', { scorers }))
    expect(counts(places)).toEqual([4, 4, 4, 4])
    for (const [i, place] of places.entries()) expect(place).toBe(places[i % 4])
  })
})

describe('an index of what engines report', () => {
  const prompt = { inputTokens: 64, prefixGroup: 'g', prefixTokens: 64, outputTokens: 1 }
  const first = request(0, { ...prompt, arrivalNs: 0 })
  const again = (id: number, arrivalNs: number) => request(id, { ...prompt, arrivalNs })

  test('is as old as the router’s last look', () => {
    const isHome = (stalenessMs: number, afterMs: number) => {
      const given = routing('overlap', { stalenessNs: stalenessMs * 1e6 })
      const [home, place] = placesOf([first, again(1, afterMs * 1e6)], given)
      return place === home
    }
    // The router looks at 0, when nothing is cached, and again at 100 ms.
    expect(isHome(0, 50)).toBe(true)
    expect(isHome(100, 50)).toBe(false)
    expect(isHome(100, 120)).toBe(true)
  })

  test('still holds what an engine has evicted since', () => {
    const small = four.map((each) => ({ ...each, kv: { ...each.kv, blocks: 24 } }))
    // At the look at 50 ms the first instance holds the prompt; three others evict it before it comes again.
    const others = Array.from({ length: 12 }, (_, i) =>
      request(10 + i, { inputTokens: 80, arrivalNs: (60 + i) * 1e6, outputTokens: 1 }),
    )
    const look = request(50, { inputTokens: 8, arrivalNs: 50_000_000, outputTokens: 1 })
    const requests = [first, look, ...others, again(99, 95_000_000)]
    const cachedOf = (stalenessNs: number) => {
      const { requests: table } = simulateFlowsim(
        requests,
        options(small, { routing: routing('overlap', { stalenessNs }) }),
      )
      const records = [...table]
      return { home: records[0]!.instance, last: records.at(-1)! }
    }
    const stale = cachedOf(50_000_000)
    expect(stale.last).toMatchObject({ instance: stale.home, cachedTokens: 0 })
  })

  test('is the state of the moment where the router looks at every instant', () => {
    const run = (stalenessNs: number) =>
      placesOf(conversations, routing('prefix-aware', { stalenessNs }))
    expect(run(1)).toEqual(run(0))
  })
})

test.each(ROUTING_POLICIES)('%s sends nothing to an instance that takes no requests', (policy) => {
  const autoscaling = {
    min: 2,
    max: 4,
    intervalNs: 1e12,
    startupNs: 0,
    upKvUse: 1,
    upQueue: 1000,
    downKvUse: 0,
    downStabilisationNs: 0,
  }
  const { requests } = simulateFlowsim(
    conversations.slice(0, 60),
    options(four, {
      routing: routing(policy),
      autoscaling: { prefill: autoscaling, decode: null },
    }),
  )
  const places = [...requests].map((record) => record.instance)
  expect(counts(places).slice(2)).toEqual([0, 0])
})
