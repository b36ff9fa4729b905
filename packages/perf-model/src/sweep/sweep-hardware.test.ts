import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chipArea } from '../area/chip-area.js'
import { designCost } from '../area/design-cost.js'
import { readHardware } from '../hardware/read.js'
import { tile } from '../models/tile/model.js'
import { template } from '../testing/template.js'
import { transformerBlock, transformerCalls } from '../transformer-block.js'
import { type Aims, paretoFront } from './pareto.js'
import { type SweepResult, sweepHardware } from './sweep-hardware.js'

const block = {
  batch: 1,
  sequence: 2048,
  width: 4096,
  heads: 32,
  tensorParallel: 4,
  dtype: 'fp16',
} as const
const workload = {
  latency: transformerCalls({ ...block, phase: 'decode' }),
  throughput: transformerCalls({ ...block, phase: 'prefill' }),
  yields: 2048,
}
const CORES = 'device.compute_chiplet.core_count'
const CHANNELS = 'device.io.memory_channel_active_count'

describe('sweepHardware', () => {
  const axes = { [CORES]: [32, 64, 128], [CHANNELS]: [2, 5] }

  it('times and measures every combination, the last axis fastest', () => {
    const { points, axes: names } = sweepHardware(template, axes, workload)
    expect(names).toEqual([CORES, CHANNELS])
    expect(points.map((point) => point.values)).toEqual([
      [32, 2],
      [32, 5],
      [64, 2],
      [64, 5],
      [128, 2],
      [128, 5],
    ])
    const [, , , same] = points
    const hardware = readHardware(template)
    expect(same!.areaMm2).toBe(4 * chipArea(template).totalMm2)
    expect(same!.cost.totalUsd).toBe(4 * designCost(template).totalUsd!)
    expect(points[4]!.cost.diesUsd!).toBeGreaterThan(same!.cost.diesUsd!)
    const { totalS } = transformerBlock({ ...block, phase: 'decode' }, hardware, { model: tile })
    expect(same!.latencyS).toBeGreaterThan(0)
    const tiles = sweepHardware(template, { [CORES]: [64] }, workload, { model: tile })
    expect(tiles.points[0]!.latencyS).toBeCloseTo(totalS, 12)
  })

  it('times by a related mode what the exhaustive one has no layout for, and says so', () => {
    const modes = ['exhaustive', 'heuristic-GPU'].map((mode) =>
      sweepHardware(template, { [CORES]: [32, 64] }, workload, { model: tile, mode }),
    )
    const [every, service] = modes as [SweepResult, SweepResult]
    // Attention of one query and products of one row are vectors, which it does not tile.
    expect(every.otherMode).toEqual({ mode: 'heuristic-GPU', ops: ['bmm', 'layernorm', 'matmul'] })
    expect(service.otherMode).toBeNull()
    for (const [at, point] of every.points.entries()) {
      expect(point.latencyS).toBe(service.points[at]!.latencyS)
      expect(point.throughputPerS).toBeGreaterThan(service.points[at]!.throughputPerS)
    }
  })

  it('lets physical counts follow the active ones', () => {
    const { points } = sweepHardware(template, { [CORES]: [64, 128] }, workload)
    const larger = structuredClone(template)
    larger.device.compute_chiplet.physical_core_count = 144
    expect(points[1]!.areaMm2).toBe(4 * chipArea(larger).totalMm2)
  })

  it('leaves the template as it was', () => {
    const before = structuredClone(template)
    sweepHardware(template, axes, workload)
    expect(template).toEqual(before)
  })

  it('leaves out what does not fit on a die', () => {
    const all = sweepHardware(template, axes, workload)
    const limit = 4 * chipArea(template).totalMm2
    const { points, tooLarge } = sweepHardware(template, axes, workload, {
      maxAreaMm2: chipArea(template).totalMm2,
    })
    expect(points).toEqual(all.points.filter((point) => point.areaMm2 <= limit))
    expect(tooLarge).toBe(all.points.length - points.length)
    expect(tooLarge).toBeGreaterThan(0)
  })

  it('takes operations that depend on the design', () => {
    const { points } = sweepHardware(template, { device_count: [1, 2, 4] }, (design) => ({
      latency: transformerCalls({ ...block, phase: 'decode', tensorParallel: design.device_count }),
      throughput: transformerCalls({
        ...block,
        phase: 'prefill',
        tensorParallel: design.device_count,
      }),
      yields: 2048,
    }))
    expect(points[2]!.throughputPerS).toBeGreaterThan(2 * points[0]!.throughputPerS)
    expect(points[2]!.areaMm2).toBe(4 * points[0]!.areaMm2)
  })

  it.each([
    [{ 'device.cores': [1] }, 'device.cores'],
    [{ [CORES]: [] }, CORES],
    [{ [CORES]: [64, -1] }, CORES],
    [{ [CORES]: [1.5] }, CORES],
    [{ 'device.memory_protocol': ['DDR4'] }, 'device.memory_protocol'],
    [{ device: [1] }, 'device'],
  ])('names the axis at fault: %j', (wrong, field) => {
    expect(() => sweepHardware(template, wrong, workload)).toThrow(
      expect.objectContaining({ code: 'invalid_hardware', at: { path: field } }),
    )
  })

  it('refuses more designs than can be held', () => {
    const many = Array.from({ length: 1001 }, (_, index) => index + 1)
    expect(() => sweepHardware(template, { [CORES]: many, device_count: many }, workload)).toThrow(
      expect.objectContaining({ code: 'invalid_dimension', at: { path: 'axes' } }),
    )
  })
})

describe('paretoFront', () => {
  const better = (a: Aims, b: Aims) =>
    a.latencyS <= b.latencyS &&
    a.areaMm2 <= b.areaMm2 &&
    a.throughputPerS >= b.throughputPerS &&
    (a.latencyS < b.latencyS || a.areaMm2 < b.areaMm2 || a.throughputPerS > b.throughputPerS)
  const equal = (a: Aims, b: Aims) =>
    a.latencyS === b.latencyS && a.areaMm2 === b.areaMm2 && a.throughputPerS === b.throughputPerS

  it('is what comparing every pair gives', () => {
    const grade = fc.integer({ min: 0, max: 6 })
    const point = fc.record({ latencyS: grade, throughputPerS: grade, areaMm2: grade })
    fc.assert(
      fc.property(fc.array(point, { maxLength: 60 }), (points) => {
        const slow = points.filter(
          (a, index) =>
            !points.some((b) => better(b, a)) && !points.slice(0, index).some((b) => equal(a, b)),
        )
        expect(paretoFront(points)).toEqual(slow)
      }),
      { numRuns: 2000, seed: 5 },
    )
  })
})
