import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { decodeHalvesNs, type HalfTimes, prefillHalvesNs } from './two-batches.js'

const NONE: HalfTimes = {
  before: 0,
  after: 0,
  shared: 0,
  experts: 0,
  dispatchDevice: 0,
  dispatchFlight: 0,
  combineDevice: 0,
  combineFlight: 0,
}
const anyTimes = fc.record(
  Object.fromEntries(Object.keys(NONE).map((key) => [key, fc.integer({ min: 0, max: 1000 })])),
) as fc.Arbitrary<HalfTimes>

const computed = (half: HalfTimes) => half.before + half.after + half.shared + half.experts
const sent = (half: HalfTimes) => half.dispatchFlight + half.combineFlight
const busy = (half: HalfTimes) => half.dispatchDevice + half.combineDevice

describe.each([
  ['prompts', prefillHalvesNs],
  ['decodes', decodeHalvesNs],
])('two halves of %s', (_, halvesNs) => {
  test('take no less than what they compute, and no more than one after the other', () => {
    fc.assert(
      fc.property(anyTimes, (half) => {
        const ns = halvesNs(half)
        expect(ns).toBeGreaterThanOrEqual(2 * computed(half))
        expect(ns).toBeLessThanOrEqual(2 * (computed(half) + busy(half) + sent(half)) + 1e-9)
      }),
    )
  })

  test('take what they compute where nothing is sent', () => {
    const half = { ...NONE, before: 1, after: 3, shared: 2, experts: 4 }
    expect(halvesNs(half)).toBe(20)
  })

  test('are never faster for what is sent more slowly', () => {
    fc.assert(
      fc.property(anyTimes, fc.integer({ min: 0, max: 500 }), (half, more) => {
        const slower = { ...half, combineFlight: half.combineFlight + more }
        expect(halvesNs(slower)).toBeGreaterThanOrEqual(halvesNs(half))
      }),
    )
  })
})

it('prompts hide what is sent behind attention and experts, but for the last results', () => {
  const half = { ...NONE, after: 10, experts: 10, shared: 1, dispatchFlight: 9, combineFlight: 9 }
  // Results of the second half return during two shared experts.
  expect(prefillHalvesNs(half)).toBe(2 * 20 + 9)
})

it('decodes hide dispatch behind shared experts and projections, combination behind attention', () => {
  const half = { ...NONE, before: 4, after: 8, shared: 2, experts: 5 }
  expect(decodeHalvesNs({ ...half, dispatchFlight: 6, combineFlight: 8 })).toBe(2 * 19)
  expect(decodeHalvesNs({ ...half, dispatchFlight: 7, combineFlight: 10 })).toBe(2 * 22)
})
