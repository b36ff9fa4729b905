import { describe, expect, test } from 'vitest'
import type { HeadRequest } from './client.js'
import { simulateHead } from './engine.js'
import type { GivenHeadOptions } from './options.js'

const request = (i: number, arrivalUs: number, more: Partial<HeadRequest> = {}): HeadRequest => ({
  id: `r${i}`,
  arrivalUs,
  inputTokens: 64,
  outputTokens: 10,
  ...more,
})

const run = (requests: readonly HeadRequest[], options: Partial<GivenHeadOptions>) =>
  simulateHead(requests, {
    latency: {
      stepUs: (batch) => 10_000 + batch.prefillTokenSum,
      queueingUs: () => 0,
      tokenUs: 0,
      postDecodeUs: 0,
    },
    totalKvBlocks: 1000,
    ...options,
  })

const states = (result: ReturnType<typeof run>) => result.requests.map(({ state }) => state)
const places = (result: ReturnType<typeof run>) => result.requests.map(({ instance }) => instance)
const fresh = { snapshotRefreshUs: 0, cacheSignalDelayUs: 0 }
const limits = { capacity: 10_000, refillPerS: 1000, overloadThreshold: 0, minPriority: 3 }

describe('admission', () => {
  test('a token bucket starts full, costs a prompt its tokens and fills at its rate', () => {
    const requests = [0, 1, 2, 3, 4, 5, 6].map((second) =>
      request(second, second * 1e6, { inputTokens: 4000 }),
    )
    const result = run(requests, { admission: { ...limits, policy: 'token-bucket' } })
    // 10,000 → 6,000; 7,000 → 3,000; 4,000 → 0; 1,000; 2,000; 3,000; 4,000 → 0.
    const [yes, no] = ['completed', 'rejected']
    expect(states(result)).toEqual([yes, yes, yes, no, no, no, yes])
    expect(result.cluster.injected_requests).toBe(4)
    const all = run(requests, { admission: { ...limits, policy: 'reject-all' } })
    expect(new Set(states(all))).toEqual(new Set([no]))
  })

  test('tiers are shed above a load, which all decisions of an instant see as it was before', () => {
    const admission = { ...limits, policy: 'tier-shed' as const }
    const batch = { sloClass: 'batch' }
    const together = [request(0, 0), request(1, 0, batch)]
    const later = [request(2, 1, batch), request(3, 1)]
    expect(states(run([...together, ...later], { admission }))).toEqual([
      'completed',
      'completed',
      'rejected',
      'completed',
    ])
    const patient = { ...admission, overloadThreshold: 100 }
    expect(states(run([...together, ...later], { admission: patient }))).not.toContain('rejected')
  })

  test('the gateway sheds negative priorities where queues or KV are full, by what it last saw', () => {
    const admission = { ...limits, policy: 'gaie-legacy' as const }
    const queue = Array.from({ length: 6 }, (_, i) => request(i, 0))
    const late = [
      request(6, 20_000, { sloClass: 'sheddable' }),
      request(7, 20_000, { sloClass: 'standard' }),
    ]
    const seen = run([...queue, ...late], { admission, maxNumSeqs: 1, ...fresh })
    expect(states(seen).slice(6)).toEqual(['rejected', 'completed'])
    // At 20 ms nothing has been seen yet with the default of 50 ms.
    const stale = run([...queue, ...late], { admission, maxNumSeqs: 1 })
    expect(states(stale).slice(6)).toEqual(['completed', 'completed'])
  })
})

describe('routing', () => {
  const shared = (i: number, arrivalUs: number) =>
    request(i, arrivalUs, { prefixGroup: 'p', prefixTokens: 48, inputTokens: 64 })
  const spaced = Array.from({ length: 12 }, (_, i) => shared(i, i * 400_000))

  test('weighted: a shared prefix stays where it is cached, once that is known', () => {
    const weighted = { numInstances: 4, routingPolicy: 'weighted' as const }
    const known = places(run(spaced, { ...weighted, ...fresh }))
    expect(new Set(known).size).toBe(1)
    const unknown = places(run(spaced, { ...weighted, cacheSignalDelayUs: 1e9 }))
    expect(new Set(unknown).size).toBeGreaterThan(1)
    // A signal of 50 ms is old enough for requests that are 400 ms apart.
    expect(new Set(places(run(spaced, weighted))).size).toBe(1)
  })

  test('weights are shares of their sum, scores are added up, the highest wins', () => {
    const burst = Array.from({ length: 8 }, (_, i) => shared(i, i * 1000))
    const by = (scorers: NonNullable<GivenHeadOptions['scorers']>) => {
      const options = { numInstances: 2, routingPolicy: 'weighted' as const, scorers, ...fresh }
      const here = places(run(burst, options))
      return here.filter((place) => place === here[0]).length
    }
    expect(by({ 'precise-prefix-cache': 2, 'load-balance': 1 })).toBe(8)
    expect(by({ 'precise-prefix-cache': 1, 'load-balance': 2 })).toBe(by({ 'load-balance': 1 }))
    expect(by({ 'load-balance': 1 })).toBe(4)
    expect(by({ 'active-requests': 1 })).toBe(4)
  })

  test('prefix-affinity goes by what was sent where, at once', () => {
    const options = {
      numInstances: 4,
      routingPolicy: 'weighted' as const,
      scorers: { 'prefix-affinity': 1 },
    }
    const together = Array.from({ length: 8 }, (_, i) => shared(i, i))
    const here = places(run(together, options))
    expect(new Set(here).size).toBe(1)
    // Prompts that nobody shares are spread by the draw.
    const strangers = Array.from({ length: 12 }, (_, i) => request(i, i * 1000))
    expect(new Set(places(run(strangers, options))).size).toBeGreaterThan(1)
  })

  test('no-hit-lru spreads prompts that none has cached, longest unused first', () => {
    const options = {
      numInstances: 3,
      routingPolicy: 'weighted' as const,
      scorers: { 'no-hit-lru': 1 },
      ...fresh,
    }
    const cold = Array.from({ length: 9 }, (_, i) => request(i, i * 1000))
    const here = places(run(cold, options))
    // Never used ones come first, in their order, then each in its turn.
    expect(here).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2])
    // A prompt that one has cached is neutral, so the draw decides, and changes no turn.
    const warm = [
      shared(0, 0),
      shared(1, 500_000),
      ...cold.map((_, i) => request(9 + i, 1e6 + i * 1000)),
    ]
    const [first, , ...rest] = places(run(warm, options))
    expect(first).toBe(0)
    expect(rest.slice(0, 3)).toEqual([1, 2, 0])
  })

  test('load is what waits, runs and is in flight, the first two as last seen', () => {
    const options = { numInstances: 2, seed: 3 }
    const requests = Array.from({ length: 9 }, (_, i) => request(i, i * 1000))
    const least = places(run(requests, { ...options, ...fresh, routingPolicy: 'least-loaded' }))
    const counts = [0, 1].map((place) => least.filter((one) => one === place).length)
    expect(Math.abs(counts[0]! - counts[1]!)).toBe(1)
    const busiest = run(requests, { ...options, ...fresh, routingPolicy: 'always-busiest' })
    expect(new Set(places(busiest))).toEqual(new Set([0]))
  })

  test('decisions take their time', () => {
    const [first] = run([request(0, 100)], {
      admissionLatencyUs: 20,
      routingLatencyUs: 3,
    }).requests
    expect(first!.schedulingDelayUs).toBe(23)
  })
})
