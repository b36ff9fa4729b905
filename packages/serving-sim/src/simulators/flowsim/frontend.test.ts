import { expect, test } from 'vitest'
import { instance, options, request } from '../../../test/cluster.js'
import { simulateFlowsim } from './engine.js'

const scheduled = (frontend: object, copies: number, requests = 1) =>
  simulateFlowsim(
    Array.from({ length: requests }, (_, i) => request(i, { inputTokens: 20 })),
    options(
      Array.from({ length: copies }, () => instance({ scheduler: { maxNumSeqs: 64 } })),
      { frontend: { requestNs: 0, busyNs: 0, inputTokenNs: 0, otherRequestNs: 0, ...frontend } },
    ),
  )

test('a request that is alone is seen after its own time and that of its tokens', () => {
  const { requests } = scheduled(
    { requestNs: 3e6, busyNs: 9e6, inputTokenNs: 1000, otherRequestNs: 1e6 },
    1,
  )
  expect(requests.record(0).scheduledNs).toBe(3e6 + 20 * 1000)
})

test('a busy server takes longer by the same time, whatever the number of others', () => {
  const { requests } = scheduled({ busyNs: 9e6 }, 1, 3)
  const seen = [0, 1, 2].map((i) => requests.record(i).scheduledNs! - requests.record(i).arrivalNs)
  expect(seen[0]).toBe(0)
  expect(seen[1]).toBeGreaterThanOrEqual(9e6)
  expect(seen[2]).toBeLessThan(9e6 + 5e6)
})

test('the others that are there are an equal share of each instance', () => {
  const seen = (copies: number) => {
    const { requests } = scheduled({ otherRequestNs: 1e6 }, copies, 4)
    return [0, 1, 2, 3].map((i) => requests.record(i).scheduledNs! - requests.record(i).arrivalNs)
  }
  // Each of those that arrive together finds those before it there; steps of a millisecond are under way.
  const [alone, shared] = [seen(1), seen(2)]
  expect(alone[0]).toBe(0)
  expect(alone[3]).toBeGreaterThanOrEqual(3e6)
  expect(shared[3]).toBeGreaterThanOrEqual(1.5e6)
  expect(shared[3]).toBeLessThan(alone[3]!)
})
