import { describe, expect, test } from 'vitest'
import { instance, options, request } from '../../../../test/cluster.js'
import { simulateFlowsim } from '../engine.js'
import type { InstanceOptions } from '../options.js'

const prefill = (name: string, more: Parameters<typeof instance>[0] = {}) =>
  instance({ name, role: 'prefill', ...more })
const decode = (more: Parameters<typeof instance>[0] = {}) =>
  instance({ name: 'd', role: 'decode', ...more })

/** When the first tokens of prompts of 20 tokens (5 MB) reach the client, at 1 GB/s and without latency. */
function firstTokensNs(instances: InstanceOptions[], count: number, outputTokens = 2): number[] {
  const { requests } = simulateFlowsim(
    Array.from({ length: count }, (_, id) => request(id, { outputTokens })),
    options(instances, { transfer: { latencyNs: 0, bandwidthBytesPerS: 1e9 } }),
  )
  return [...requests].map(({ firstTokenNs }) => firstTokenNs!)
}

describe('KV on its way from prefill to decode', () => {
  test('transfers to one instance wait for each other, wherever they come from', () => {
    const [first, second] = firstTokensNs([prefill('p0'), prefill('p1'), decode()], 2)
    expect(first).toBe(1_020_000 + 5_000_000)
    expect(second).toBe(1_020_000 + 10_000_000)
  })

  test('instances that decode have their own links', () => {
    const times = firstTokensNs([prefill('p0'), prefill('p1'), decode(), decode({ name: 'e' })], 2)
    expect(times).toEqual([6_020_000, 6_020_000])
  })

  test('replicas of the attention have their own links', () => {
    const replicas = { devices: 2, kv: { replicas: 2, blocks: 80 } }
    const [first, second] = firstTokensNs([prefill('p0'), prefill('p1'), decode(replicas)], 2)
    expect([first, second]).toEqual([6_020_000, 6_020_000])
  })

  test('few senders take longer for many receivers', () => {
    // Four devices receive 5 MB each; two send 10 MB each.
    const [first] = firstTokensNs([prefill('p0', { devices: 2 }), decode({ devices: 4 })], 1)
    expect(first).toBe(1_020_000 + 10_000_000)
  })

  test('a first token waits for the end of the step of the decode side', () => {
    const [first, second] = firstTokensNs([prefill('p0'), decode()], 2, 40)
    // The second comes after 10 ms of links, while the decode side makes tokens of the first.
    expect(first).toBe(1_020_000 + 5_000_000 + 20_000)
    expect(second).toBeGreaterThan(11_040_000)
    expect(second).toBeLessThan(11_040_000 + 1_010_000)
  })

  test('a sequence keeps its blocks where it was prefilled until the other side has room', () => {
    const { requests, instances } = simulateFlowsim(
      [0, 1].map((id) => request(id, { outputTokens: 12 })),
      options([prefill('p0'), decode({ kv: { blocks: 9 } })], {
        transfer: { latencyNs: 0, bandwidthBytesPerS: 1e9 },
      }),
    )
    const [one, two] = [...requests]
    // Eight blocks of the first leave one; the second needs five.
    expect(two!.firstTokenNs).toBe(one!.finishedNs! + 5_000_000)
    expect(instances[0]!.kvBlocks!.peak).toBe(10)
  })
})
