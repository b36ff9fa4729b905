import { classifyTrace } from '@flowsim/kernel-db'
import { findHardware } from '@flowsim/perf-model/hardware'
import { describe, expect, it } from 'vitest'
import { h100, roofline } from '../fixtures/simulated.js'
import { GEMM, H100, LAUNCHES, MM, traceOf } from '../fixtures/traces.js'
import { estimateKernels, predictKernels, simulateTrace } from './index.js'

/** What the operator MM does. */
const MM_CALL = { op: 'matmul', m: 256, n: 1024, k: 512, dtype: 'bf16' } as const

describe('predictKernels', () => {
  const on = async (
    name: string,
    options: { absolute?: boolean; devices?: object[]; duration?: number } = {},
  ) => {
    const { duration = 90, devices = [H100] } = options
    const kernels = [{ name: GEMM, start: 40, duration }]
    const trace = await traceOf([{ at: 10, operator: MM, kernels }], { devices })
    const hardware = findHardware(name)
    return predictKernels(trace, classifyTrace(trace), hardware, roofline, options)
  }

  it('is the model alone on the device of the trace', async () => {
    const { estimates, relativeTo, isElsewhere } = await on('h100_sxm')
    expect([relativeTo, isElsewhere]).toEqual([null, false])
    expect(estimates).toEqual([roofline.estimate(MM_CALL, h100)])
  })

  it('scales what was measured by the ratio of estimates on another device', async () => {
    const alone = roofline.estimate(MM_CALL, findHardware('a100_sxm')).latencyS
    const { estimates, relativeTo } = await on('a100_sxm')
    expect(relativeTo?.name).toBe('h100_sxm')
    // It took far longer than the roofline here, so it will there.
    expect(estimates[0]!.latencyS).toBeGreaterThan(5 * alone)
    expect((await on('a100_sxm', { absolute: true })).estimates[0]!.latencyS).toBe(alone)
  })

  it('is the model alone where the device of the trace is not known, or something else estimated', async () => {
    const { relativeTo, isElsewhere } = await on('a100_sxm', { devices: [] })
    expect([relativeTo, isElsewhere]).toEqual([null, true])
    const trace = await traceOf(LAUNCHES)
    const operations = classifyTrace(trace)
    const a100 = findHardware('a100_sxm')
    const estimates = estimateKernels(operations, a100, roofline)
    expect(predictKernels(trace, operations, a100, { there: estimates })).toMatchObject({
      estimates,
      relativeTo: null,
    })
  })

  it('counts kernels that cannot be, and is unsure of them', async () => {
    const operator = {
      ...MM,
      dims: [
        [8192, 8192],
        [8192, 8192],
      ],
    }
    const kernels = [{ name: GEMM, start: 40, duration: 9 }]
    const trace = await traceOf([{ at: 10, operator, kernels }])
    const operations = classifyTrace(trace)
    const prediction = predictKernels(trace, operations, h100, roofline)
    expect([...prediction.doubtful]).toEqual([1])
    const [plain] = estimateKernels(operations, h100, roofline)
    expect(prediction.estimates[0]!.p10S).toBeLessThan(plain!.p10S / 2)
    const { summary } = simulateTrace({
      trace,
      operations,
      prediction,
      hardware: h100,
      model: 'roofline',
    })
    expect(summary.doubtful).toEqual({ count: 1, timeShare: 1 })
    expect(summary.predicted).toMatchObject({ busyNs: null, endToEndNs: null })
  })
})
