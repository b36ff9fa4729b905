import type { OpCall } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { findHardware } from '../hardware/find.js'
import { roofline } from './roofline.js'

const BYTES = 1 << 30
const MIB_HALF = { elements: BYTES / 2, dtype: 'bf16' as const }

function network(call: object, name: string): number {
  return roofline.estimate({ ...MIB_HALF, ...call } as OpCall, findHardware(name)).parts.networkS
}

describe('collectives on a switch', () => {
  // 18 links of 25 GB/s, 0.77 us a step
  const bandwidth = 450e9
  const alpha = 0.77e-6

  it.each([
    ['all_reduce', undefined, 14 * alpha + (2 * 7 * BYTES) / 8 / bandwidth],
    ['all_reduce', 'RING_LL128', 14 * alpha + (2 * 7 * BYTES) / 8 / bandwidth],
    ['all_reduce', 'tree', 6 * alpha + (2 * BYTES) / bandwidth],
    ['all_reduce', 'two_shot', 2 * alpha + (2 * 7 * BYTES) / 8 / bandwidth],
    ['all_reduce', 'one_shot', alpha + (7 * BYTES) / bandwidth],
    ['all_gather', undefined, 7 * alpha + (7 * BYTES) / 8 / bandwidth],
    ['reduce_scatter', undefined, 7 * alpha + (7 * BYTES) / 8 / bandwidth],
    ['all_to_all', undefined, alpha + (7 * BYTES) / 8 / bandwidth],
    ['broadcast', undefined, 7 * alpha + BYTES / bandwidth],
    ['send', undefined, alpha + BYTES / bandwidth],
    ['recv', undefined, alpha + BYTES / bandwidth],
  ])('%s (%s)', (op, algorithm, expected) => {
    const call = { op, devices: 8, ...(algorithm === undefined ? {} : { algorithm }) }
    expect(network(call, 'h100_sxm')).toBeCloseTo(expected, 12)
  })

  it('takes the kernel floor besides', () => {
    const spec = findHardware('h100_sxm')
    const estimate = roofline.estimate({ op: 'barrier', devices: 8 }, spec)
    expect(estimate.latencyS).toBeCloseTo(spec.device.kernelLatencyS + 14 * alpha, 12)
  })

  it('is nothing among one device', () => {
    expect(network({ op: 'all_reduce', devices: 1 }, 'h100_sxm')).toBe(0)
  })
})

describe('collectives on fully connected links', () => {
  // seven links of 64 GB/s, one to each peer
  const peer = 64e9
  const alpha = 1.5e-6

  it.each([
    ['all_reduce', 2 * alpha + (2 * BYTES) / 8 / peer],
    ['all_gather', alpha + BYTES / 8 / peer],
    ['all_to_all', alpha + BYTES / 8 / peer],
    ['broadcast', 2 * (alpha + BYTES / 8 / peer)],
    ['send', alpha + BYTES / peer],
  ])('%s goes straight to every peer', (op, expected) => {
    expect(network({ op, devices: 8 }, 'mi300x')).toBeCloseTo(expected, 12)
  })

  it('gives fewer devices only the links between them', () => {
    expect(network({ op: 'all_reduce', devices: 2 }, 'mi300x')).toBeCloseTo(
      2 * alpha + BYTES / peer,
      12,
    )
  })
})

describe('collectives beyond one node', () => {
  it('go through all adapters of a node at once', () => {
    // Two nodes of eight adapters of 50 GB/s; a tree, of which half crosses twice.
    const time = network({ op: 'all_reduce', devices: 16 }, 'h100_sxm')
    expect(time).toBeCloseTo(16 * 0.77e-6 + (2 * 7 * BYTES) / 8 / 450e9, 12)
    const ring = network({ op: 'all_reduce', devices: 16, algorithm: 'ring' }, 'h100_sxm')
    expect(ring).toBeCloseTo(30 * 0.77e-6 + (2 * 15 * BYTES) / 16 / 400e9, 12)
  })
})
