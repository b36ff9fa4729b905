import { isKernel } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { simulated } from '../fixtures/simulated.js'
import { GEMM, LAUNCHES, traceOf } from '../fixtures/traces.js'
import { KERNEL_TIME_COLUMNS, kernelTimes } from './index.js'

describe('kernelTimes', () => {
  it('has a row for each kernel, with the reason where there is no estimate', async () => {
    const trace = await traceOf(LAUNCHES)
    const { operations, estimates, kernels } = simulated(trace)
    const rows = [...kernelTimes(trace, operations, kernels)].map((row) =>
      Object.fromEntries(row.map((cell, i) => [KERNEL_TIME_COLUMNS[i], cell])),
    )
    expect(rows).toMatchObject([
      {
        index: 0,
        name: GEMM,
        op: 'matmul',
        dimensions: '{"m":256,"n":1024,"k":512,"dtype":"bf16"}',
        measured_us: 9,
        predicted_us: Number((estimates[0]!.latencyS * 1e6).toPrecision(6)),
        flops: 2 * 256 * 1024 * 512,
        bytes: 2 * (256 * 512 + 512 * 1024 + 256 * 1024),
        model: 'roofline',
        note: '',
      },
      { op: 'matmul', predicted_us: '', note: "part of another kernel's operation" },
      { op: '', note: 'unknown kernel', flops: '', bytes: '' },
      { op: 'memcpy', measured_us: 2, note: '' },
    ])
    expect(trace.kernels.map(isKernel)).toEqual([true, true, true, false])
  })
})
