import { describe, expect, test } from 'vitest'
import { instance, options, request } from '../../../../test/cluster.js'
import { simulateFlowsim } from '../engine.js'
import { OUTPUT_WEIGHT, PROMPT_WEIGHT } from './fair-queue.js'

const ONE = { maxNumSeqs: 1, maxNumBatchedTokens: 512 }

/** Which of two greedy clients ran when, with the requests of the first all before those of the second. */
function order(order: 'fcfs' | 'fair', lengths: [number, number], count = 40): string[] {
  const requests = ['a', 'b'].flatMap((sloClass, c) =>
    Array.from({ length: count }, (_, i) =>
      request(c * count + i, { sloClass, inputTokens: lengths[c]!, outputTokens: 4 }),
    ),
  )
  const { requests: done } = simulateFlowsim(
    requests,
    options([
      instance({ scheduler: { ...ONE, order }, kv: { blocks: 400, prefixCaching: false } }),
    ]),
  )
  return [...done]
    .toSorted((x, y) => x.scheduledNs! - y.scheduledNs!)
    .map(({ sloClass }) => sloClass!)
}

describe('the order fair', () => {
  test('takes turns where one client came first with all its requests', () => {
    expect(order('fcfs', [20, 20]).slice(0, 40)).toEqual(Array(40).fill('a'))
    const turns = order('fair', [20, 20])
    expect(turns.slice(0, 6)).toEqual(['a', 'b', 'a', 'b', 'a', 'b'])
  })

  // Theorem 4.4 with one sequence at a time: max(w_p L, w_q M), counted with what runs.
  test.each<[number, number]>([
    [20, 60],
    [100, 7],
    [33, 34],
  ])('prompts of %i and %i tokens: served tokens differ by at most a request', (a, b) => {
    const served = { a: 0, b: 0 }
    const left = { a: 40, b: 40 }
    const most = PROMPT_WEIGHT * Math.max(a, b) + OUTPUT_WEIGHT * 4
    for (const client of order('fair', [a, b]) as ('a' | 'b')[]) {
      served[client] += PROMPT_WEIGHT * (client === 'a' ? a : b) + OUTPUT_WEIGHT * 4
      left[client]--
      if (left.a === 0 || left.b === 0) return
      expect(Math.abs(served.a - served.b)).toBeLessThanOrEqual(most)
    }
  })

  test('a client that was away does not catch up on what it did not ask for', () => {
    const early = Array.from({ length: 20 }, (_, i) => request(i, { sloClass: 'a' }))
    const late = Array.from({ length: 4 }, (_, i) =>
      request(20 + i, { sloClass: 'b', arrivalNs: 60e6 }),
    )
    const { requests } = simulateFlowsim(
      [...early, ...late],
      options([instance({ scheduler: { ...ONE, order: 'fair' }, kv: { prefixCaching: false } })]),
    )
    const after = [...requests]
      .filter(({ scheduledNs }) => scheduledNs! > 60e6)
      .toSorted((x, y) => x.scheduledNs! - y.scheduledNs!)
      .map(({ sloClass }) => sloClass)
      .join('')
    expect(after).toMatch(/^a?(ba){3}b/)
  })
})
