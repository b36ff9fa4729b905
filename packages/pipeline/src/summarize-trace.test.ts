import { classifyTrace } from '@flowsim/kernel-db'
import { asPredictedFor } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { GEMM, H100, LAUNCHES, MM, traceOf } from '../fixtures/traces.js'
import { busiestDevice, hardwareOfTrace, summarizeTrace } from './index.js'

describe('summarizeTrace', () => {
  it('counts kernels and times; copies have their own entries', async () => {
    const trace = await traceOf(LAUNCHES)
    expect(summarizeTrace(trace, classifyTrace(trace), ['a.csv'])).toEqual({
      schema: 'flowsim.parse-summary/1',
      source: 'made.json',
      device: 'NVIDIA H100 80GB HBM3',
      rank: null,
      worldSize: null,
      events: 9,
      kernels: { count: 3, uniqueNames: 3, sumNs: 14_000, busyNs: 14_000, windowNs: 24_000 },
      memcpy: { count: 1, sumNs: 2000, bytes: 4096 },
      memset: { count: 0, sumNs: 0, bytes: 0 },
      known: { count: 2, timeShare: 10 / 14, names: 2 },
      dimensions: { count: 2, timeShare: 10 / 14 },
      shapes: { count: 2, timeShare: 10 / 14 },
      unlinked: { count: 0, timeNs: 0 },
      repairs: [],
      outputs: ['a.csv'],
    })
  })

  it('takes kernels that run at once for one busy time', async () => {
    const kernels = [
      { name: GEMM, start: 40, duration: 10 },
      { name: GEMM, start: 45, duration: 10, stream: 8 },
    ]
    const trace = await traceOf([{ at: 10, operator: MM, kernels }])
    expect(summarizeTrace(trace, classifyTrace(trace)).kernels).toMatchObject({
      sumNs: 20_000,
      busyNs: 15_000,
      windowNs: 15_000,
    })
  })

  it('has zeros, not NaN, for a trace without kernels', async () => {
    const trace = await traceOf([])
    const summary = summarizeTrace(trace, classifyTrace(trace))
    expect(summary).toMatchObject({
      device: null,
      kernels: { count: 0, sumNs: 0, busyNs: 0, windowNs: 0 },
      known: { count: 0, timeShare: 0 },
      shapes: { count: 0, timeShare: 0 },
    })
  })
})

describe('the device of a trace', () => {
  const A100 = { id: 1, name: 'NVIDIA A100-SXM4-80GB', numSms: 108 }
  const on = (device: number, start: number) => ({ name: GEMM, start, duration: 5, device })

  it('is the one that ran most kernels', async () => {
    const kernels = [on(0, 40), on(1, 40), on(1, 50)]
    const trace = await traceOf([{ at: 10, operator: MM, kernels }], { devices: [H100, A100] })
    expect(busiestDevice(trace)?.name).toBe('NVIDIA A100-SXM4-80GB')
    expect(hardwareOfTrace(trace)?.name).toBe('a100_sxm')
    expect(summarizeTrace(trace, classifyTrace(trace)).device).toBe('NVIDIA A100-SXM4-80GB')
  })

  it('is that of the prediction in a predicted trace, unknown where the catalogue has none', async () => {
    const trace = await traceOf(LAUNCHES)
    expect(hardwareOfTrace(asPredictedFor(trace, 'b200_sxm'))?.name).toBe('b200_sxm')
    expect(hardwareOfTrace(asPredictedFor(trace, 'made in a file'))).toBeUndefined()
  })

  it('is found where no kernel ran, and unknown where the catalogue has none', async () => {
    expect(hardwareOfTrace(await traceOf([]))?.name).toBe('h100_sxm')
    const strange = { id: 0, name: 'GPU 9000', numSms: 3 }
    expect(hardwareOfTrace(await traceOf(LAUNCHES, { devices: [strange] }))).toBeUndefined()
    expect(hardwareOfTrace(await traceOf([], { devices: [] }))).toBeUndefined()
  })
})
