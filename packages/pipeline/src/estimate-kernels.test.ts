import { classifyTrace } from '@flowsim/kernel-db'
import type { EstimateOptions, LatencyModel } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import type { KernelOperation, OpCall } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { h100, roofline, simulated } from '../fixtures/simulated.js'
import { GEMM, LAUNCHES, MM, traceOf } from '../fixtures/traces.js'
import type { Launched } from './distinct-questions.js'
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

  it('asks a model once for each operation, owner and number of threads', () => {
    const call: OpCall = { op: 'matmul', m: 256, n: 1024, k: 512, dtype: 'bf16' }
    const operation = (): KernelOperation => ({
      op: 'matmul',
      family: 'gemm',
      call: { ...call },
      tensors: [],
      rule: null,
    })
    const shared = operation()
    const operations = [shared, shared, operation(), shared, shared]
    const launched = (name: string, x: number): Launched => ({
      name,
      grid: [x, 1, 1],
      block: [32, 1, 1],
    })
    const kernels = [
      launched('nvjet_a', 4),
      launched('nvjet_b', 4),
      launched('nvjet_a', 4),
      launched('nvjet_a', 8),
      launched('ampere_a', 4),
    ]
    const asked: (EstimateOptions | undefined)[] = []
    const model: LatencyModel = {
      ...roofline,
      estimate: (of, hardware, options) => {
        asked.push(options)
        return roofline.estimate(of, hardware, options)
      },
    }
    const estimates = estimateKernels(operations, h100, model, { kernels, l2: 'warm' })
    expect(estimates.map((each) => estimates.indexOf(each))).toEqual([0, 0, 0, 3, 4])
    expect(asked).toEqual([
      { l2: 'warm', source: 'engine', threads: 128 },
      { l2: 'warm', source: 'engine', threads: 256 },
      { l2: 'warm', source: 'pytorch', threads: 128 },
    ])
  })
})
