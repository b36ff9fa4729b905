import { classifyTrace } from '@flowsim/kernel-db'
import { findHardware } from '@flowsim/perf-model/hardware'
import { asPredictedFor } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { h100, simulated } from '../fixtures/simulated.js'
import { LAUNCHES, traceOf } from '../fixtures/traces.js'
import { reportData } from './index.js'

describe('reportData', () => {
  it('has every analysis, and the prediction', async () => {
    const trace = await traceOf(LAUNCHES)
    const { operations, kernels, simulation } = simulated(trace)
    const prediction = { hardware: h100, model: 'roofline', kernels, simulation }
    const data = reportData({ trace, operations, generator: 'test', prediction, warnings: ['w'] })
    expect(data).toMatchObject({
      generator: 'test',
      device: { name: 'h100_sxm' },
      breakdown: { windowNs: 52_000, busyNs: 16_000 },
      gemms: [{ count: 1, sumNs: 10_000 }],
      prediction: { model: 'roofline', sameDevice: true },
      warnings: ['w'],
    })
    expect(data.prediction).toMatchObject({ endToEnd: null, unanswered: { count: 1 } })
    expect(data.synthetic).toBeUndefined()
    const predicted = asPredictedFor(trace, 'b200_sxm')
    expect(reportData({ trace: predicted, operations, generator: 'test' })).toMatchObject({
      synthetic: 'flowsim simulate predicted its times for b200_sxm; no GPU ran it.',
      device: { name: 'b200_sxm' },
    })
    const other = { ...prediction, hardware: findHardware('b200_sxm') }
    const elsewhere = reportData({ trace, operations, generator: 'test', prediction: other })
    expect(elsewhere.prediction!.sameDevice).toBe(false)
  })

  it('works without a prediction, a device or kernels', async () => {
    for (const launches of [LAUNCHES, []]) {
      const trace = await traceOf(launches, { devices: [] })
      const data = reportData({ trace, operations: classifyTrace(trace), generator: 'test' })
      expect(data.prediction).toBeUndefined()
      expect(data.device).toBeUndefined()
      expect(data.ranks).toBeUndefined()
    }
  })

  it('compares ranks where there are several', async () => {
    const trace = await traceOf(LAUNCHES)
    const operations = classifyTrace(trace)
    const ranks = [0, 1].map((rank) => ({ rank, trace, operations }))
    const data = reportData({ trace, operations, generator: 'test', ranks })
    expect(data.ranks!.ranks).toHaveLength(2)
  })
})
