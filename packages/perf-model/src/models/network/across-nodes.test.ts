import { busFactor, type CollectiveCall, type HardwareSpec } from '@flowsim/trace-schema'
import { describe, expect, it, test } from 'vitest'
import { findHardware } from '../../hardware/find.js'
import { acrossNodesTime } from './across-nodes.js'

const GIB = 2 ** 30

function timeS(
  op: string,
  devices: number,
  bytes: number,
  hardware: HardwareSpec | string,
): number {
  const spec = typeof hardware === 'string' ? findHardware(hardware) : hardware
  const call = { op, devices, elements: bytes / 2, dtype: 'bf16' } as CollectiveCall
  return acrossNodesTime(call, spec, { reach: 'nccl' })
}

/** GB/s, as nccl-tests count them. */
function busBandwidth(
  op: 'all_reduce' | 'all_gather' | 'reduce_scatter' | 'all_to_all',
  devices: number,
  hardware: HardwareSpec | string,
): number {
  return (busFactor(op, devices) * GIB) / timeS(op, devices, GIB, hardware) / 1e9
}

/** A device whose host of eight has fewer or other adapters. */
function withNetwork(name: string, network: object): HardwareSpec {
  const spec = findHardware(name)
  return {
    ...spec,
    system: { ...spec.system, network: { ...spec.system.network!, ...network } },
  }
}

describe('bus bandwidths that operators of clusters publish', () => {
  it.each([16, 32, 64, 128, 256])('%i H100 with eight NDR adapters a node: 370 to 450', (n) => {
    expect(busBandwidth('all_reduce', n, 'h100_sxm')).toBeGreaterThan(370)
    expect(busBandwidth('all_reduce', n, 'h100_sxm')).toBeLessThan(450)
  })

  it('H200 as H100, 8 A100 230 to 250', () => {
    expect(busBandwidth('all_reduce', 32, 'h200_sxm')).toBe(
      busBandwidth('all_reduce', 32, 'h100_sxm'),
    )
    expect(busBandwidth('all_reduce', 8, 'a100_sxm')).toBeGreaterThan(230)
    expect(busBandwidth('all_reduce', 8, 'a100_sxm')).toBeLessThan(250)
  })

  it('nodes of L40S that share one NDR adapter are slower than their links', () => {
    const one = busBandwidth(
      'all_reduce',
      64,
      withNetwork('h100_sxm', { adaptersPerDevice: 0.125 }),
    )
    expect(one).toBeGreaterThan(40)
    expect(one).toBeLessThan(60)
  })

  it.each([16, 32])('%i H100 take 20 to 40 us for a small message', (n) => {
    expect(timeS('all_reduce', n, 1024, 'h100_sxm')).toBeGreaterThan(20e-6)
    expect(timeS('all_reduce', n, 1024, 'h100_sxm')).toBeLessThan(40e-6)
  })

  it('an all-to-all among many nodes goes at the adapter of each device', () => {
    const each = busBandwidth('all_to_all', 256, 'h100_sxm')
    expect(each).toBeGreaterThan(45)
    expect(each).toBeLessThan(51)
  })
})

describe('nodes', () => {
  test('an NVL72 is one: 72 devices need no adapter, 144 do', () => {
    for (const name of ['gb200', 'gb300']) {
      expect(busBandwidth('all_to_all', 72, name)).toBeGreaterThan(700)
      expect(busBandwidth('all_to_all', 144, name)).toBeLessThan(220)
    }
  })

  test('gather and scatter are the halves of an all-reduce by rings', () => {
    expect(busBandwidth('all_gather', 64, 'h100_sxm')).toBe(
      busBandwidth('reduce_scatter', 64, 'h100_sxm'),
    )
  })

  test('more adapters are never slower, nor are nodes whose switches add up', () => {
    for (const devices of [16, 64, 256]) {
      const one = busBandwidth('all_reduce', devices, 'h100_sxm')
      const two = busBandwidth(
        'all_reduce',
        devices,
        withNetwork('h100_sxm', { adaptersPerDevice: 2 }),
      )
      const sharp = busBandwidth(
        'all_reduce',
        devices,
        withNetwork('h100_sxm', { switchReduces: true }),
      )
      expect(two).toBeGreaterThanOrEqual(one)
      expect(sharp).toBeGreaterThanOrEqual(one)
    }
  })

  test('several nodes without a described network are refused', () => {
    expect(() => timeS('all_reduce', 16, GIB, 'v100_sxm2')).toThrow(
      'system.network is not described',
    )
  })
})
