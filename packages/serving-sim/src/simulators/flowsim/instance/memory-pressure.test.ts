import { describe, expect, test } from 'vitest'
import { instance, options, request, tier } from '../../../../test/cluster.js'
import { simulateFlowsim } from '../engine.js'
import type { SchedulerOptions } from '../options.js'

type Kv = Parameters<typeof instance>[0]
const run = (requests: Parameters<typeof simulateFlowsim>[0], overrides: Kv) =>
  simulateFlowsim(requests, options([instance(overrides)]))

describe('the watermark', () => {
  // Five blocks each, of twelve; the first one grows into two more.
  const two = [
    request(0, { inputTokens: 20, outputTokens: 8 }),
    request(1, { inputTokens: 20, outputTokens: 1, arrivalNs: 1 }),
  ]
  const secondStarts = (watermark: number) => {
    const { requests } = run(two, { scheduler: { watermark }, kv: { blocks: 12 } })
    return [requests.record(1).scheduledNs!, requests.record(0).finishedNs!] as const
  }

  test('keeps blocks free for those that run', () => {
    const [starts, firstEnds] = secondStarts(0.25)
    expect(starts).toBe(firstEnds)
  })

  test('of nothing lets in whoever fits', () => {
    const [starts, firstEnds] = secondStarts(0)
    expect(starts).toBeLessThan(firstEnds)
  })

  test('does not hold for who would be alone', () => {
    const { report } = run(two.slice(0, 1), { scheduler: { watermark: 1 }, kv: { blocks: 12 } })
    expect(report.requests).toEqual({ completed: 1 })
  })
})

describe('copies between device and host', () => {
  // The prefix of the third leaves the device while the second runs, and is on the host then.
  const three = [
    request(0, { inputTokens: 40, outputTokens: 1, prefixGroup: 'a', prefixTokens: 40 }),
    request(1, { inputTokens: 60, outputTokens: 1, arrivalNs: 50_000_000 }),
    request(2, {
      inputTokens: 44,
      outputTokens: 1,
      arrivalNs: 100_000_000,
      prefixGroup: 'a',
      prefixTokens: 40,
    }),
  ]
  const offloaded = (hostBandwidthBytesPerS: number, hostLatencyNs: number) =>
    run(three, {
      scheduler: { maxNumBatchedTokens: 256 },
      kv: { blocks: 16, tiers: [tier('host', 40)], hostBandwidthBytesPerS, hostLatencyNs },
    }).requests.record(2)

  test('a prefix that lies on the host comes back at the speed of the link', () => {
    const fast = offloaded(1e15, 0)
    const slow = offloaded(1e9, 500)
    expect(slow.cachedTokens).toBe(fast.cachedTokens)
    // Nine of its ten blocks of a megabyte, at a gigabyte a second; one is still on the device.
    expect(fast.cachedTokens).toBe(40)
    expect((slow.finishedNs! - fast.finishedNs!) / 1e3).toBeCloseTo(9000.5, 1)
  })

  test('what is swapped out and in again takes the link twice', () => {
    const pressed = (hostBandwidthBytesPerS: number) =>
      run(
        [0, 1].map((i) => request(i, { inputTokens: 60, outputTokens: 40 })),
        {
          scheduler: { maxNumBatchedTokens: 256, preemption: 'swap' },
          kv: { blocks: 40, swapBlocks: 40, hostBandwidthBytesPerS, hostLatencyNs: 0 },
        },
      )
    const [fast, slow] = [pressed(1e15), pressed(1e9)]
    expect(fast.report.preemptions).toBe(1)
    // Twenty blocks go out when both have 80 tokens; they come back with room for one more.
    expect(1000 * (slow.report.durationS - fast.report.durationS)).toBeCloseTo(20 + 21, 3)
  })
})

describe('who is preempted', () => {
  const preemptions = (order: SchedulerOptions['order'], priorities: number[]) => {
    const requests = priorities.map((priority, i) =>
      request(i, { inputTokens: 60, outputTokens: 40, priority }),
    )
    const { requests: table } = run(requests, {
      scheduler: { maxNumBatchedTokens: 256, order },
      kv: { blocks: 40 },
    })
    return priorities.map((_, i) => table.record(i).preemptions > 0)
  }

  test('is the least urgent where requests have priorities', () => {
    expect(preemptions('priority', [5, 1])).toEqual([true, false])
    expect(preemptions('priority', [1, 5])).toEqual([false, true])
  })

  test('is the later one among equals, and whoever came last where order is by arrival', () => {
    expect(preemptions('priority', [1, 1])).toEqual([false, true])
    expect(preemptions('fcfs', [5, 1])).toEqual([false, true])
  })
})
