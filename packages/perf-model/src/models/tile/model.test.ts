import { OP_NAMES, type OpCall } from '@flowsim/trace-schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PerfModelError } from '../../errors.js'
import { findHardware, listHardware } from '../../hardware/find.js'
import { anyCall, SAMPLES } from '../../testing/calls.js'
import { roofline } from '../roofline.js'
import { tile } from './model.js'
import { llmcompassArrayCycles, mendedArrayCycles } from './systolic-array.js'

const a100 = findHardware('a100_sxm')
const h100 = findHardware('h100_sxm')
const gemm = { op: 'matmul', m: 4096, n: 4096, k: 4096, dtype: 'bf16' } as const
const time = (call: OpCall, hardware = a100, options = {}) =>
  tile.estimate(call, hardware, options).latencyS

describe('our own mode mends LLMCompass', () => {
  it('charges an array that is partly idle for 2 % more, not less', () => {
    // 8 of 16 rows in use: half of the array
    const ideal = 8 * 4096 * 4096
    expect(llmcompassArrayCycles(8, 4096, 4096, 16, 16, 1)).toBe(Math.ceil((ideal / 128) * 0.98))
    expect(mendedArrayCycles(8, 4096, 4096, 16, 16, 1)).toBe(Math.ceil(ideal / 128 / 0.98))
  })

  it('spreads a batch of small products over the cores', () => {
    const one = { op: 'matmul', m: 64, n: 64, k: 512, dtype: 'bf16' } as const
    const batch = { ...one, op: 'bmm', batch: 96 } as const
    const floor = a100.device.kernelLatencyS
    const apart = 96 * (time(one, a100, { l2: 'warm' }) - floor)
    const together = tile.estimate(batch, a100, { l2: 'warm' })
    expect(together.latencyS - floor).toBeLessThan(apart / 2)
    expect(together.notes?.[0]).toBe('32 of 96 products at a time')
  })

  it('never joins a batch along K, which LLMCompass takes for the same work', () => {
    const batch = { op: 'bmm', batch: 64, m: 512, n: 512, k: 64, dtype: 'fp16' } as const
    const { latencyS, flops } = tile.estimate(batch, a100)
    expect(latencyS).toBeGreaterThan(flops / 312e12)
  })

  it.each([
    ['fp8_e4m3', 'h100_sxm', 1.7],
    ['int8', 'a100_sxm', 1.7],
    ['fp4_e2m1', 'b200_sxm', 3],
  ])('computes %s on %s at the rate of its units', (dtype, name, factor) => {
    const hardware = findHardware(name)
    const large = { ...gemm, m: 8192, n: 8192, k: 8192 }
    const half = time(large, hardware)
    const narrow = time({ ...large, dtype: dtype as 'int8' }, hardware)
    expect(half / narrow).toBeGreaterThan(factor)
  })

  it('moves each operand in its own bytes', () => {
    const decode = { op: 'matmul', m: 8, n: 16384, k: 16384, dtype: 'bf16' } as const
    const packed = { ...decode, weightDtype: 'int4' } as const
    expect(time(decode) / time(packed)).toBeGreaterThan(3)
  })

  it('adds the shortest time of a kernel', () => {
    const tiny = tile.estimate({ op: 'matmul', m: 1, n: 16, k: 16, dtype: 'bf16' }, a100)
    expect(tiny.latencyS).toBeGreaterThan(a100.device.kernelLatencyS)
    expect(tiny).toMatchObject({ bound: 'launch', parts: { launchS: a100.device.kernelLatencyS } })
    expect(time({ ...gemm, k: 0 })).toBe(a100.device.kernelLatencyS)
  })

  it('reads nothing from main memory that a warm L2 holds', () => {
    const decode = { op: 'matmul', m: 16, n: 4096, k: 4096, dtype: 'bf16' } as const
    const l40s = findHardware('l40s')
    expect(time(decode, l40s, { l2: 'warm' })).toBeLessThan(time(decode, l40s) / 3)
  })

  it('sends packet headers along', () => {
    const call = { op: 'all_reduce', elements: 1 << 26, devices: 8, dtype: 'bf16' } as const
    const { parts } = tile.estimate(call, a100)
    const payload = (2 * 7 * 2 ** 27) / 8 / 300e9
    expect(parts.networkS - 14 * 1.06e-6).toBeCloseTo(payload * (1 + 16 / 256), 9)
  })

  it('runs the experts of a mixture as grouped products', () => {
    const estimate = tile.estimate(SAMPLES.moe, h100)
    expect(estimate.latencyS).toBeGreaterThan(roofline.estimate(SAMPLES.moe, h100).latencyS)
    expect(estimate.notes?.join()).not.toContain('roofline')
  })
})

describe('every operation', () => {
  it.each(OP_NAMES)('%s has an answer, and says when it is a roofline', (op) => {
    const { latencyS, model, notes } = tile.estimate(SAMPLES[op], h100)
    expect(latencyS).toBeGreaterThan(0)
    expect(model).toBe('tile')
    const laidOut = ['matmul', 'bmm', 'grouped_gemm', 'moe', 'softmax', 'layernorm', 'gelu']
    const collective = 'devices' in SAMPLES[op]
    const fallback = notes?.includes('roofline: the tile model has no layout for it') ?? false
    expect(fallback).toBe(!laidOut.includes(op) && !collective)
  })

  it('answers on hardware without a tile description by its roofline', () => {
    const p100 = findHardware('p100_pcie')
    const estimate = tile.estimate({ ...gemm, dtype: 'fp32' }, p100)
    expect(estimate.latencyS).toBe(roofline.estimate({ ...gemm, dtype: 'fp32' }, p100).latencyS)
  })

  it('gives finite times whose parts add up, inside p10 and p90', () => {
    const devices = listHardware().filter((spec) => spec.device.tile !== undefined)
    fc.assert(
      fc.property(anyCall(), fc.constantFrom(...devices), (call, spec) => {
        try {
          const { latencyS, p10S, p90S, parts } = tile.estimate(call, spec)
          const sum = parts.computeS + parts.memoryS + parts.launchS + parts.networkS
          return (
            Number.isFinite(p90S) &&
            Math.abs(sum - latencyS) <= 1e-12 * latencyS &&
            0 <= p10S &&
            p10S <= latencyS &&
            latencyS <= p90S
          )
        } catch (error) {
          return error instanceof PerfModelError && (error.at?.path ?? '') !== ''
        }
      }),
      { numRuns: 300, seed: 4 },
    )
  })
})

describe('a product', () => {
  const size = fc.oneof(
    fc.integer({ min: 1, max: 64 }),
    fc.integer({ min: 1, max: 64 }).map((n) => 128 * n),
    fc.integer({ min: 1, max: 8192 }),
  )
  const device = fc.constantFrom(
    ...['a100_sxm', 'h100_sxm', 'l40s', 'mi300x', 't4'].map((name) => findHardware(name)),
  )

  it('never takes less than its roofline', () => {
    fc.assert(
      fc.property(
        size,
        size,
        size,
        fc.integer({ min: 1, max: 40 }),
        device,
        (m, n, k, batch, name) => {
          const spec = findHardware(name)
          const call = { op: 'bmm', batch, m, n, k, dtype: 'fp16' } as const
          return time(call, spec) >= roofline.estimate(call, spec).latencyS * (1 - 1e-9)
        },
      ),
      { numRuns: 150, seed: 6 },
    )
  })

  it('gets no faster when it grows, but for 5 % of tile quantum', () => {
    fc.assert(
      fc.property(
        size,
        size,
        size,
        fc.constantFrom('m', 'n', 'k'),
        fc.constantFrom(1, 16, 100, 512),
        device,
        (m, n, k, grown, more, name) => {
          const spec = findHardware(name)
          const call = { op: 'matmul', m, n, k, dtype: 'fp16' } as const
          const larger = { ...call, [grown]: call[grown] + more }
          return time(larger, spec) >= time(call, spec) * 0.95
        },
      ),
      { numRuns: 300, seed: 8 },
    )
  })
})
