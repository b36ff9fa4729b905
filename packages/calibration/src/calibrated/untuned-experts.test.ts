import { findHardware } from '@flowsim/perf-model/hardware'
import type { OpCallOf } from '@flowsim/trace-schema'
import { expect, it } from 'vitest'
import { groupedGemmQuery } from './queries/gemm.js'
import { untunedTimes } from './untuned-experts.js'

const experts = (more: Partial<OpCallOf<'grouped_gemm'>> = {}): OpCallOf<'grouped_gemm'> => ({
  op: 'grouped_gemm',
  groups: 256,
  topk: 8,
  m: 65_536,
  n: 1024,
  k: 7168,
  dtype: 'bf16',
  ...more,
})

/** How much longer than one microsecond: the bound itself. */
function boundUs(call: OpCallOf<'grouped_gemm'>, device = 'h200_sxm'): number {
  const { query } = groupedGemmQuery(call, {})
  return untunedTimes(call, query as never, findHardware(device), 1)
}

it('blocks of 64 x 64 have 32 operations for each byte that the last cache gives', () => {
  const flops = 2 * 65_536 * 1024 * 7168
  const { device } = findHardware('h200_sxm')
  const clock = device.matrixClockHz ?? device.clockHz
  const bytesPerUs = (device.computeUnits * 0.45 * 64 * clock) / 1e6
  expect(boundUs(experts())).toBeCloseTo(flops / 32 / bytesPerUs, 3)
})

it('fewer tokens than experts are in blocks of 16 x 32: a row each costs what sixteen do', () => {
  const few = boundUs(experts({ m: 256 }))
  expect(boundUs(experts({ m: 1024, topk: 8 }))).toBeCloseTo(few, 6)
  expect(few).toBeLessThan(boundUs(experts()))
})

it('says nothing where the table is slower, of other types, and of devices of other vendors', () => {
  const { query } = groupedGemmQuery(experts(), {})
  expect(untunedTimes(experts(), query as never, findHardware('h200_sxm'), 1e6)).toBe(1)
  expect(boundUs(experts({ dtype: 'fp8_e4m3' }))).toBe(1)
  expect(boundUs(experts(), 'mi300x')).toBe(1)
})
