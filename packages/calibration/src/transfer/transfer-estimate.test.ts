import type { Estimate } from '@flowsim/trace-schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import facts from './transfer.json' with { type: 'json' }
import { transferEstimate } from './transfer-estimate.js'
import { unansweredTime } from './unanswered.js'

/** An estimate with bounds at a factor of its time. */
const estimate = (latencyS: number, factor: number): Estimate => ({
  schema: 'flowsim.estimate/1',
  latencyS,
  p10S: latencyS / factor,
  p90S: latencyS * factor,
  flops: 1,
  bytes: 1,
  bound: 'memory',
  parts: { computeS: 0, memoryS: latencyS * 0.75, launchS: latencyS * 0.25, networkS: 0 },
  model: 'calibrated',
  hardware: 'there',
  profile: null,
})
const RHO = facts.correlation.value.calibrated

describe('transferEstimate', () => {
  it('is the estimate there where the one here was right', () => {
    const there = estimate(20e-6, 1.5)
    const here = { measuredS: 10e-6, estimate: estimate(10e-6, 1.5) }
    expect(transferEstimate(there, here).latencyS).toBeCloseTo(20e-6, 12)
  })

  it('carries over the correlated part of the error of a model that is as unsure there as here', () => {
    const there = estimate(20e-6, 2)
    const here = { measuredS: 15e-6, estimate: estimate(10e-6, 2) }
    expect(Math.log(transferEstimate(there, here).latencyS / 20e-6) / Math.log(1.5)).toBeCloseTo(
      RHO,
      1,
    )
  })

  it('carries over more where the model is less sure there, and less where it is surer', () => {
    const at = (factor: number) =>
      transferEstimate(estimate(20e-6, factor), {
        measuredS: 12e-6,
        estimate: estimate(10e-6, 1.5),
      }).latencyS
    expect(at(1.2)).toBeLessThan(at(1.5))
    expect(at(1.5)).toBeLessThan(at(2))
    expect(at(1.01)).toBeCloseTo(20e-6, 6)
  })

  it('is measured × ratio where the measured time is far from what the model can err', () => {
    const here = { measuredS: 100e-6, estimate: estimate(10e-6, 1.05) }
    const factor = transferEstimate(estimate(20e-6, 1.05), here).latencyS / 20e-6
    expect(factor).toBeGreaterThan(8)
    expect(factor).toBeLessThanOrEqual(10)
    // Without bounds, a model has no errors to correct.
    const exact = { measuredS: 13e-6, estimate: estimate(10e-6, 1) }
    expect(transferEstimate(estimate(20e-6, 1), exact).latencyS / 20e-6).toBeCloseTo(1.2, 1)
  })

  it('is surer than the model alone, rises with the measured time, and its parts add up', () => {
    const factor = fc.double({ min: 1, max: 4, noNaN: true })
    const time = fc.double({ min: 1e-7, max: 1, noNaN: true })
    fc.assert(
      fc.property(time, time, time, factor, factor, (measuredS, hereS, thereS, f, g) => {
        const there = estimate(thereS, g)
        const at = (s: number) =>
          transferEstimate(there, { measuredS: s, estimate: estimate(hereS, f) })
        const { latencyS, p10S, p90S, parts } = at(measuredS)
        expect(p10S).toBeLessThanOrEqual(latencyS * (1 + 1e-12))
        expect(p90S).toBeGreaterThanOrEqual(latencyS * (1 - 1e-12))
        expect(p90S / p10S).toBeLessThanOrEqual((there.p90S / there.p10S) * (1 + 1e-9))
        expect(at(measuredS * 2).latencyS).toBeGreaterThanOrEqual(latencyS)
        const sum = Object.values(parts).reduce((a, b) => a + b, 0)
        expect(sum / latencyS).toBeCloseTo(1, 9)
      }),
    )
  })

  it('carries over more of what a formula leaves out than of what a fit leaves', () => {
    const time = (model: string) =>
      transferEstimate(
        { ...estimate(20e-6, 2), model },
        { measuredS: 15e-6, estimate: { ...estimate(10e-6, 2), model } },
      ).latencyS
    expect(time('roofline')).toBeGreaterThan(time('calibrated'))
    expect(time('something else')).toBe(time('roofline'))
  })

  it('leaves an estimate alone where nothing was measured', () => {
    const there = estimate(20e-6, 1.5)
    expect(transferEstimate(there, { measuredS: 0, estimate: there })).toBe(there)
  })
})

it('what stands in for a kernel without an estimate changes as the others do, and is unsure', () => {
  const { ns, p10Ns, p90Ns } = unansweredTime(1000, 0.6)
  expect(ns).toBe(600)
  expect(p90Ns / ns).toBeCloseTo(ns / p10Ns, 9)
  expect(p90Ns / ns).toBeGreaterThan(1.5)
})
