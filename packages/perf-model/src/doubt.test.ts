import type { OpCall } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { DOUBT, doubted, isDoubtful } from './doubt.js'
import { findHardware } from './hardware/find.js'
import { roofline } from './models/roofline.js'

const h100 = findHardware('h100_sxm')
const gemm: OpCall = { op: 'matmul', m: 8192, n: 8192, k: 8192, dtype: 'bf16' }
const norm: OpCall = { op: 'rmsnorm', rows: 65_536, cols: 8192, dtype: 'bf16' }

describe.each([gemm, norm])('$op', (call) => {
  const least = roofline.estimate(call, h100).latencyS

  it('is doubtful where it would need more than three times the peak or the bandwidth', () => {
    expect(isDoubtful(call, (least / DOUBT) * 1.01, h100)).toBe(false)
    expect(isDoubtful(call, (least / DOUBT) * 0.99, h100)).toBe(true)
  })
})

it('a kernel is not doubtful for being shorter than a launch usually takes', () => {
  expect(isDoubtful({ ...gemm, m: 1, n: 8, k: 8 }, 5e-7, h100)).toBe(false)
})

it('what the roofline cannot tell is not doubted', () => {
  const fp8: OpCall = { ...gemm, dtype: 'fp8_e4m3' }
  expect(isDoubtful(fp8, 1e-9, findHardware('a100_sxm'))).toBe(false)
})

it('bounds of a doubtful estimate are wider by as much as it is doubted', () => {
  const estimate = roofline.estimate(gemm, h100)
  const { latencyS, p10S, p90S } = doubted(estimate)
  expect(latencyS).toBe(estimate.latencyS)
  expect(p10S).toBeCloseTo(estimate.p10S / DOUBT, 12)
  expect(p90S).toBeCloseTo(estimate.p90S * DOUBT, 12)
})
