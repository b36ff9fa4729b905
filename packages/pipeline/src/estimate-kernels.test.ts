import { classifyTrace } from '@flowsim/kernel-db'
import { findHardware } from '@flowsim/perf-model/hardware'
import { describe, expect, it } from 'vitest'
import { h100, roofline, simulated } from '../fixtures/simulated.js'
import { GEMM, LAUNCHES, MM, traceOf } from '../fixtures/traces.js'
import { estimateKernels } from './index.js'

describe('estimateKernels', () => {
  it('answers for kernels that are charged with an operation', async () => {
    const { estimates } = simulated(await traceOf(LAUNCHES))
    // The split-K sum is part of the product; nothing is known of the third.
    expect(estimates.map((each) => each !== null)).toEqual([true, false, false, true])
    expect(estimates[0]).toMatchObject({ flops: 2 * 256 * 1024 * 512, model: 'roofline' })
  })

  it('has no answer where the device lacks the element type', async () => {
    const operator = { ...MM, types: ['c10::Float8_e4m3fn', 'c10::Float8_e4m3fn'] }
    const kernels = [{ name: GEMM, start: 40, duration: 9 }]
    const trace = await traceOf([{ at: 10, operator, kernels }])
    const operations = classifyTrace(trace)
    expect(estimateKernels(operations, h100, roofline)[0]).not.toBeNull()
    expect(estimateKernels(operations, findHardware('a100_sxm'), roofline)).toEqual([null])
  })

  it('answers equal calls with one estimate', async () => {
    const kernels = [{ name: GEMM, start: 40, duration: 9 }]
    const again = [{ name: GEMM, start: 80, duration: 11 }]
    const { estimates } = simulated(
      await traceOf([
        { at: 10, operator: MM, kernels },
        { at: 60, operator: MM, kernels: again },
      ]),
    )
    expect(estimates[1]).toBe(estimates[0])
  })
})
