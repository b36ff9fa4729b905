import { describe, expect, it, test } from 'vitest'
import { findHardware } from '../../hardware/find.js'
import { type ExpertRows, expertCommunication } from './expert-communication.js'

const H800 = findHardware('h800')

/** DeepSeek V3's rows: 7,168 wide, 8 of 256 experts, in FP8 there and in BF16 back. */
function rows(
  direction: ExpertRows['direction'],
  more: Pick<ExpertRows, 'kernels' | 'tokens' | 'devices'> & Partial<ExpertRows>,
): ExpertRows {
  const elementBytes = direction === 'dispatch' ? 1 : 2
  return { direction, topk: 8, experts: 256, hidden: 7168, elementBytes, ...more }
}

function totalUs(query: ExpertRows, hardware = H800): number {
  const { deviceS, flightS } = expertCommunication(query, hardware)
  return (deviceS + flightS) * 1e6
}

describe("DeepEP's unit tests on H800", () => {
  // docs/legacy.md: 128 tokens a rank.
  it.each([
    ['dispatch', 8, 77],
    ['dispatch', 16, 118],
    ['dispatch', 32, 155],
    ['dispatch', 64, 173],
    ['dispatch', 128, 192],
    ['dispatch', 256, 194],
    ['combine', 8, 114],
    ['combine', 16, 195],
    ['combine', 32, 273],
    ['combine', 64, 314],
    ['combine', 128, 369],
    ['combine', 256, 360],
  ] as const)('low latency, %s at EP %i: %i us within 15 %%', (direction, devices, us) => {
    const query = rows(direction, { kernels: 'low_latency', tokens: 128, devices })
    expect(Math.abs(totalUs(query) / us - 1)).toBeLessThan(0.15)
  })

  // 4,096 tokens a rank, in four nodes at most; the bandwidth counts rows of a rank's own node.
  it.each([
    ['dispatch', 32, 58],
    ['dispatch', 64, 51],
    ['combine', 32, 57],
    ['combine', 64, 50],
  ] as const)('normal, %s at EP %i: %i GB/s within 15 %%', (direction, devices, published) => {
    const nodes = devices / 8
    const groups = { count: nodes, chosen: 4 }
    const query = rows(direction, { kernels: 'normal', tokens: 4096, devices, groups })
    const { flightS } = expertCommunication(query, H800)
    const bytes = 4096 * 4 * (1 - 0.75 ** 8) * 7168 * (direction === 'dispatch' ? 1 : 2)
    expect(Math.abs(bytes / flightS / 1e9 / published - 1)).toBeLessThan(0.15)
  })

  it('inside of a node goes at the links', () => {
    const { flightS } = expertCommunication(
      rows('dispatch', { kernels: 'normal', tokens: 4096, devices: 8 }),
      H800,
    )
    const bytes = 4096 * 8 * (1 - (7 / 8) ** 8) * (7 / 8) * 7168
    expect(bytes / flightS / 1e9).toBeGreaterThan(140)
    expect(bytes / flightS / 1e9).toBeLessThan(160)
  })
})

test('a token whose experts lie in few groups goes to few nodes', () => {
  const of = (groups?: ExpertRows['groups']) =>
    totalUs(rows('dispatch', { kernels: 'normal', tokens: 8192, devices: 64, groups }))
  expect(of({ count: 8, chosen: 4 })).toBeLessThan(0.75 * of())
})

test('all devices of an NVL72 are one node', () => {
  const query = rows('combine', { kernels: 'low_latency', tokens: 128, devices: 64 })
  expect(totalUs(query, findHardware('gb200'))).toBeLessThan(0.5 * totalUs(query))
})

test('the busiest device decides', () => {
  const query = rows('combine', { kernels: 'normal', tokens: 4096, devices: 32 })
  const even = expertCommunication(query, H800)
  const skewed = expertCommunication({ ...query, skew: 1.5 }, H800)
  expect(skewed.flightS).toBeCloseTo(1.5 * even.flightS, 12)
  expect(skewed.deviceS).toBe(even.deviceS)
})
