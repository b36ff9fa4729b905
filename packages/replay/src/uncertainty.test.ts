import { describe, expect, it } from 'vitest'
import { buildGraph } from './build-graph.js'
import { replay } from './replay.js'
import { makeTrace } from './testing/make-trace.js'
import { normalQuantile, type Quantiles, uniform } from './uncertainty.js'

/** 100 kernels of 100 µs back to back; `name` gives each a name. */
const backToBack = (name: (i: number) => string) =>
  buildGraph(
    makeTrace(
      Array.from({ length: 100 }, (_, i) => ({
        name: name(i),
        launch: [5 * i, 5] as const,
        at: 7 + 101 * i,
        takes: 100,
      })),
    ),
  )
const different = backToBack((i) => `kernel_${i}`)
const same = backToBack(() => 'kernel')
const [p10Ns, p90Ns] = [0.8, 1.25].map((factor) => different.durationNs.map((ns) => ns * factor))
const bounds = { p10Ns: p10Ns!, p90Ns: p90Ns! }

/** Half the distance of the bounds, relative to the sum of the kernels. */
function spread(graph: ReturnType<typeof buildGraph>, options: object): number {
  const result = replay(graph, { ...bounds, ...options })
  const { p10Ns, p90Ns } = result.bounds!.endToEnd
  return (p90Ns - p10Ns) / 2 / result.kernelSumNs
}

describe('bounds of totals', () => {
  it('are absent without bounds of the kernels', () => {
    expect(replay(different)).toMatchObject({ bounds: null })
  })

  it('lie around it', () => {
    const { endToEndNs, busyNs, kernelSumNs, bounds: of } = replay(different, bounds)
    for (const [ns, { p10Ns, p90Ns }] of [
      [endToEndNs, of!.endToEnd],
      [busyNs, of!.busy],
      [kernelSumNs, of!.kernelSum],
    ] as const) {
      expect(p10Ns).toBeLessThan(ns)
      expect(p90Ns).toBeGreaterThan(ns)
    }
  })

  it('of kernels that err alike are those of one kernel', () => {
    const one = (1.25 - 0.8) / 2
    expect(spread(same, { samples: 2000, common: 0 })).toBeCloseTo(one, 1)
    expect(spread(different, { samples: 2000, common: 1 })).toBeCloseTo(one, 2)
  })

  it('of kernels that err independently shrink with the square root of their number', () => {
    expect(spread(different, { samples: 2000, common: 0 })).toBeCloseTo((1.25 - 0.8) / 2 / 10, 2)
  })

  it('can be told which kernels err alike', () => {
    const groups = new Uint32Array(100)
    expect(spread(different, { samples: 2000, common: 0, groups })).toBeCloseTo(0.225, 1)
  })

  it('are narrow where launches decide', () => {
    const launchBound = buildGraph(
      makeTrace(
        Array.from({ length: 100 }, (_, i) => ({
          launch: [100 * i, 5] as const,
          at: 100 * i + 7,
          takes: 10,
        })),
      ),
    )
    const {
      endToEndNs,
      busyNs,
      bounds: of,
    } = replay(launchBound, {
      p10Ns: new Float64Array(100).fill(8000),
      p90Ns: new Float64Array(100).fill(12_500),
    })
    const width = ({ p10Ns, p90Ns }: Quantiles) => p90Ns - p10Ns
    expect(width(of!.endToEnd) / endToEndNs).toBeLessThan(0.001)
    // Busy time is as uncertain as its kernels all the same.
    expect(width(of!.busy) / busyNs).toBeGreaterThan(0.2)
  })

  it('are the same for the same seed, and others for another', () => {
    const at = (seed: number) => replay(different, { ...bounds, seed }).bounds!.endToEnd.p90Ns
    expect(at(7)).toBe(at(7))
    expect(at(7)).not.toBe(at(8))
  })

  it('are the time itself where every kernel is certain', () => {
    const certain = { p10Ns: different.durationNs, p90Ns: different.durationNs }
    const { endToEndNs, bounds: of } = replay(different, certain)
    expect(of!.endToEnd).toEqual({ p10Ns: endToEndNs, p90Ns: endToEndNs })
  })

  it.each([
    [{ samples: 1 }, 'samples: 1; give a whole number from 2 up'],
    [{ common: 2 }, 'common: 2; give a share from 0 to 1'],
    [{ p10Ns: [1] }, 'p10Ns, p90Ns: 1 and 100 values for 100 kernels'],
  ])('refuse %o', (options, message) => {
    expect(() => replay(different, { ...bounds, ...options })).toThrow(message)
  })
})

describe('random numbers', () => {
  it('are uniform', () => {
    const random = uniform(1)
    const counts = new Array<number>(10).fill(0)
    for (let i = 0; i < 100_000; i++) counts[Math.floor(10 * random())]!++
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400)
  })

  it('become normal by the quantile', () => {
    expect([0.001, 0.1, 0.5, 0.9, 0.975].map((p) => normalQuantile(p))).toEqual([
      expect.closeTo(-3.0902323, 6),
      expect.closeTo(-1.2815516, 6),
      expect.closeTo(0, 6),
      expect.closeTo(1.2815516, 6),
      expect.closeTo(1.959964, 6),
    ])
  })
})
