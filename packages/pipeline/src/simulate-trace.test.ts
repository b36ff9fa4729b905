import { classifyTrace } from '@flowsim/kernel-db'
import { findHardware } from '@flowsim/perf-model/hardware'
import { describe, expect, it } from 'vitest'
import { h100, simulated } from '../fixtures/simulated.js'
import { GEMM, LAUNCHES, MM, traceOf } from '../fixtures/traces.js'
import { predictKernels, simulateTrace } from './index.js'

describe('simulateTrace', () => {
  it('has no total where nothing is predicted, never the measured one', async () => {
    const trace = await traceOf(LAUNCHES)
    const operations = classifyTrace(trace)
    const none = operations.map(() => null)
    const prediction = predictKernels(trace, operations, h100, { there: none })
    const { summary } = simulateTrace({
      trace,
      operations,
      prediction,
      hardware: h100,
      model: 'none',
    })
    expect(new Set(Object.values(summary.predicted))).toEqual(new Set([null]))
    expect(summary.byOp.map(({ predictedNs }) => predictedNs)).toEqual([null, null])
    expect(summary.answered).toEqual({ count: 0, timeShare: 0, measuredNs: 0 })
    expect(summary.unanswered).toEqual({ count: 3, timeShare: 1 })
    expect(summary.transfers).toEqual({
      count: 1,
      measuredNs: 2000,
      answered: { count: 0, measuredNs: 0 },
      predictedNs: null,
    })
  })

  it('compares what is predicted by operation; helpers go with the kernel that they help', async () => {
    const { simulation, estimates } = simulated(await traceOf(LAUNCHES))
    const { summary } = simulation
    const predictedNs = estimates[0]!.latencyS * 1e9
    expect(summary).toMatchObject({
      schema: 'flowsim.simulation-summary/1',
      source: 'made.json',
      hardware: 'h100_sxm',
      model: 'roofline',
      measured: { kernelSumNs: 14_000, busyNs: 16_000 },
      answered: { count: 2, timeShare: 10 / 14, measuredNs: 10_000 },
      unanswered: { count: 1, timeShare: 4 / 14 },
      doubtful: { count: 0, timeShare: 0 },
      relativeTo: null,
    })
    expect(summary.predicted.kernelSumNs).toBe(Math.round(predictedNs))
    expect(summary.transfers).toEqual({
      count: 1,
      measuredNs: 2000,
      answered: { count: 1, measuredNs: 2000 },
      predictedNs: Math.round(estimates[3]!.latencyS * 1e9),
    })
    // A quarter is not predicted.
    expect(summary.predicted).toMatchObject({ busyNs: null, endToEndNs: null, endToEndP10Ns: null })
    expect(summary.byOp).toMatchObject([
      {
        op: 'matmul',
        count: 2,
        measuredNs: 10_000,
        predictedNs: Math.round(predictedNs),
        answered: { count: 2, measuredNs: 10_000 },
        // The product and its helper together.
        mape: expect.closeTo(Math.abs(predictedNs / 10_000 - 1), 12),
        bias: expect.closeTo(predictedNs / 10_000 - 1, 12),
      },
      { op: 'memcpy', count: 1, measuredNs: 2000 },
    ])
  })

  it('is slower on slower hardware', async () => {
    const square = [8192, 8192]
    const operator = { ...MM, dims: [square, square] }
    const launches = [0, 1, 2, 3].map((i) => ({
      at: 10 + 20 * i,
      operator,
      kernels: [{ name: GEMM, start: 100 + 1500 * i, duration: 1500 }],
    }))
    const trace = await traceOf(launches)
    const on = (name: string) => simulated(trace, findHardware(name)).simulation.summary.predicted
    expect(on('a100_sxm').endToEndNs).toBeGreaterThan(2 * on('h100_sxm').endToEndNs!)
  })

  it('takes a trace without kernels for one of no time', async () => {
    const { simulation } = simulated(await traceOf([]))
    expect(simulation.summary).toMatchObject({
      measured: { kernelSumNs: 0, busyNs: 0, endToEndNs: 0 },
      predicted: { kernelSumNs: null, busyNs: 0, endToEndNs: 0 },
      byOp: [],
      unanswered: { count: 0, timeShare: 0 },
    })
  })
})
