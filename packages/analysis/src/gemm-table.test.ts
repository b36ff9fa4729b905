import type { HardwareSpec, OpCall } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { handMade } from '../fixtures/hand-made.js'
import { gemmTable } from './gemm-table.js'

// 2·1000³ FLOPs; 6 MB.
const call: OpCall = { op: 'matmul', m: 1000, n: 1000, k: 1000, dtype: 'bf16' }
const gemm = { family: 'gemm', call, op: 'aten::mm', name: 'nvjet' } as const
const reduction = { family: 'gemm', does: 'matmul', auxiliary: true, name: 'splitK' } as const

const hardware: HardwareSpec = {
  schema: 'flowsim.hardware-spec/1',
  name: 'test',
  title: 'Test',
  aliases: [],
  vendor: 'other',
  device: {
    computeUnits: 1,
    clockHz: 1e9,
    matrixFlopsPerS: { bf16: 1e15 },
    vectorFlopsPerS: { bf16: 1e14 },
    memory: [{ name: 'dram', bandwidthBytesPerS: 1e12 }],
    kernelLatencyS: 0,
    launchLatencyS: 0,
  },
  system: { devices: 1, topology: 'none' },
  sources: {},
}

describe('gemmTable', () => {
  it('groups products by shape and type and gives what they achieved', () => {
    const { trace, operations } = handMade([
      { ...gemm, at: [0, 10] },
      { ...gemm, at: [10, 40], op: 'aten::linear', name: 'cutlass' },
      { ...gemm, at: [40, 50], call: { ...call, m: 1 } },
      { at: [50, 60] },
    ])
    const [row, other] = gemmTable(trace, operations)
    expect(row).toMatchObject({
      call,
      operators: ['aten::mm', 'aten::linear'],
      kernels: ['nvjet', 'cutlass'],
      count: 2,
      sumNs: 40_000,
      meanNs: 20_000,
      minNs: 10_000,
      maxNs: 30_000,
      flops: 2e9,
      bytes: 6e6,
      ceilingS: null,
      rooflineShare: null,
    })
    expect(row!.flopsPerS).toBeCloseTo(4e9 / 40e-6)
    expect(row!.bytesPerS).toBeCloseTo(12e6 / 40e-6)
    expect(other!.count).toBe(1)
  })

  it('charges the helpers of the same operator call to the product', () => {
    const { trace, operations } = handMade([
      { at: [0, 1], kind: 'memset', op: 'aten::mm', opInstance: 4 },
      { ...gemm, at: [1, 11], opInstance: 4 },
      { ...reduction, at: [11, 14], op: 'aten::mm', opInstance: 4 },
      { at: [14, 15], kind: 'memset', op: 'aten::zero_', opInstance: 5 },
    ])
    expect(gemmTable(trace, operations)).toMatchObject([
      { count: 1, sumNs: 14_000, helperNs: 4_000 },
    ])
  })

  it('takes neighbours under the same operator where calls have no number', () => {
    const { trace, operations } = handMade([
      { at: [0, 1], kind: 'memset', op: 'aten::mm' },
      { ...gemm, at: [1, 11] },
      { ...reduction, at: [11, 14], op: 'aten::mm' },
      { at: [14, 20] },
      { ...reduction, at: [20, 24], op: 'aten::mm' },
    ])
    expect(gemmTable(trace, operations)).toMatchObject([{ sumNs: 14_000, helperNs: 4_000 }])
  })

  it('compares with the roofline of a device', () => {
    const { trace, operations } = handMade([{ ...gemm, at: [0, 12] }])
    // 2e9 FLOPs at 1e15 take 2 µs, 6 MB at 1 TB/s take 6 µs.
    const [row] = gemmTable(trace, operations, { hardware })
    expect(row!.bound).toBe('memory')
    expect(row!.ceilingS).toBeCloseTo(6e-6)
    expect(row!.rooflineShare).toBeCloseTo(0.5)
  })

  it('compares with any ceiling', () => {
    const { trace, operations } = handMade([{ ...gemm, at: [0, 10] }])
    const [row] = gemmTable(trace, operations, { ceiling: () => 1e-6 })
    expect(row!.rooflineShare).toBeCloseTo(0.1)
  })

  it('does not guess a ceiling for a type that the device does not list', () => {
    const { trace, operations } = handMade([
      { ...gemm, at: [0, 10], call: { ...call, dtype: 'fp64' } },
    ])
    expect(gemmTable(trace, operations, { hardware })[0]!.ceilingS).toBeNull()
  })
})
