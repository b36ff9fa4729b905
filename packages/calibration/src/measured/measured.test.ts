import { roofline } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import type { OpCallOf } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { measured } from './measured.js'
import { NearestPoints } from './nearest.js'

const hardware = findHardware('h100_sxm')
const gemm = (m: number, n = 4096, k = 4096): OpCallOf<'matmul'> => ({
  op: 'matmul',
  m,
  n,
  k,
  dtype: 'bf16',
})
/** A machine that takes 1.5 times the roofline and 3 us. */
const machineUs = (call: OpCallOf<'matmul'>) =>
  roofline.estimate(call, hardware).latencyS * 1.5e6 + 3
const rowsOf = (ms: number[]) =>
  ms.map((m) => ({ call: gemm(m), hardware, latencyUs: machineUs(gemm(m)) }))

describe('measured', () => {
  const rows = rowsOf([256, 512, 1024, 2048, 4096])

  it('answers a measured shape with the median of its rows', () => {
    const again = [90, 130, 100].map((latencyUs) => ({ call: gemm(300), hardware, latencyUs }))
    const model = measured([...rows, ...again], { fallback: roofline })
    const estimate = model.estimate(gemm(300), hardware)
    expect(estimate.latencyS).toBeCloseTo(100e-6, 12)
    expect(estimate.notes).toEqual(['measured'])
    expect(estimate.model).toBe('measured')
    expect(estimate.p10S).toBeLessThan(90e-6)
    expect(estimate.p90S).toBeGreaterThan(110e-6)
  })

  it('answers whatever framework is named: rows need not say whose they are', () => {
    const call = {
      op: 'embedding',
      tokens: 4096,
      hidden: 4096,
      vocab: 64128,
      dtype: 'bf16',
    } as const
    const options = { threads: 1 << 20 }
    const model = measured([{ call, hardware, latencyUs: 20, options }])
    for (const source of [undefined, 'pytorch', 'vllm']) {
      const asked = source === undefined ? options : { ...options, source }
      expect(model.estimate(call, hardware, asked)).toMatchObject({
        latencyS: 20e-6,
        notes: ['measured'],
      })
    }
  })

  it('interpolates between measured shapes along the fallback model', () => {
    const model = measured(rows, { fallback: roofline })
    const estimate = model.estimate(gemm(1536), hardware)
    expect(estimate.latencyS * 1e6).toBeCloseTo(machineUs(gemm(1536)), 0)
    expect(estimate.notes?.[0]).toMatch(/^between \d measured rows$/)
    const { computeS, memoryS, launchS, networkS } = estimate.parts
    expect(computeS + memoryS + launchS + networkS).toBeCloseTo(estimate.latencyS, 12)
  })

  it('takes rows of copies over the bus too', () => {
    const copy = { op: 'memcpy', bytes: 1 << 20, direction: 'host_to_device' } as const
    const model = measured([{ call: copy, hardware, latencyUs: 47 }])
    expect(model.estimate(copy, hardware).latencyS).toBeCloseTo(47e-6, 12)
    const back = model.estimate({ ...copy, direction: 'device_to_host' }, hardware)
    expect(back.notes?.[0]).toMatch(/^no measured row of memcpy/)
  })

  it('tells the sizes of a collective apart', () => {
    const reduce = (elements: number) =>
      ({ op: 'all_reduce', elements, devices: 8, dtype: 'bf16' }) as const
    const rows = [18, 20, 22].map((power, i) => ({
      call: reduce(2 ** power),
      hardware,
      latencyUs: [30, 45, 90][i]!,
    }))
    const model = measured(rows)
    expect(model.estimate(reduce(2 ** 18), hardware).latencyS).toBeCloseTo(30e-6, 12)
    expect(model.estimate(reduce(2 ** 22), hardware).latencyS).toBeCloseTo(90e-6, 12)
    const between = model.estimate(reduce(2 ** 19), hardware).latencyS
    expect(between).toBeGreaterThan(30e-6)
    expect(between).toBeLessThan(45e-6)
  })

  it('falls back outside the rows and says so', () => {
    const model = measured(rows, { fallback: roofline })
    for (const call of [gemm(8192), gemm(1024, 16384), gemm(64)]) {
      const estimate = model.estimate(call, hardware)
      expect(estimate.latencyS).toBe(roofline.estimate(call, hardware).latencyS)
      expect(estimate.notes?.[0]).toBe('outside the measured rows: roofline')
    }
    const other = model.estimate({ ...gemm(1024), dtype: 'fp8_e4m3' }, hardware)
    expect(other.notes?.[0]).toMatch(/^no measured row of matmul in these types/)
  })

  it('keeps devices apart', () => {
    const model = measured(rows, { fallback: roofline })
    const note = model.estimate(gemm(1024), findHardware('a100_sxm')).notes?.[0]
    expect(note).toMatch(/on a100_sxm: roofline$/)
  })

  it('refuses an empty list', () => {
    expect(() => measured([])).toThrow('no row')
    expect(() => measured([{ call: gemm(8), hardware, latencyUs: Number.NaN }])).toThrow('no row')
  })
})

describe('NearestPoints', () => {
  it('finds what a full search finds', () => {
    const count = 300
    const points = Float64Array.from(
      { length: count * 2 },
      (_, i) => (Math.sin(i * 12.9898) * 43.758) % 1,
    )
    const tree = new NearestPoints(points, 2)
    const query = Float64Array.of(0.1, -0.2)
    const all = Array.from({ length: count }, (_, index) => ({
      index,
      squared: (points[2 * index]! - 0.1) ** 2 + (points[2 * index + 1]! + 0.2) ** 2,
    })).sort((a, b) => a.squared - b.squared || a.index - b.index)
    expect(tree.near(query, 5, 10).map(({ index }) => index)).toEqual(
      all.slice(0, 5).map(({ index }) => index),
    )
    const close = all.filter(({ squared }) => squared <= 0.01)
    expect(tree.near(query, 100, 0.1)).toHaveLength(close.length)
  })
})
