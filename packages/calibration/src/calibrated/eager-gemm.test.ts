import { findHardware } from '@flowsim/perf-model/hardware'
import { expect, it } from 'vitest'
import { calibrated } from './calibrated.js'
import { eagerTimes } from './eager-gemm.js'

const gemm = { op: 'matmul', m: 788, n: 768, k: 768, dtype: 'bf16' } as const
const h100 = findHardware('h100_sxm')
const us = (n: number, source?: string) =>
  calibrated.estimate({ ...gemm, n }, h100, source === undefined ? {} : { source }).latencyS * 1e6

it('small products of PyTorch on Hopper take microseconds more than in the tables of engines', () => {
  const more = us(768, 'pytorch') - us(768)
  expect(more).toBeGreaterThan(1)
  expect(more).toBeLessThan(5)
})

it('products whose rows are not whole vectors take longer', () => {
  expect(eagerTimes({ ...gemm, n: 769 }, h100, 100)).toBeGreaterThan(
    1.5 * eagerTimes(gemm, h100, 100),
  )
})

it('nothing is added where nothing was measured: other devices, 32 bits, other operations', () => {
  expect(eagerTimes(gemm, findHardware('a100_sxm'), 10)).toBe(1)
  expect(eagerTimes({ ...gemm, dtype: 'fp32' }, h100, 10)).toBe(1)
  expect(eagerTimes({ op: 'copy', elements: 10, dtype: 'bf16' }, h100, 10)).toBe(1)
})

it('the launch in rows of eager products is taken away, but not what the shortest product takes', () => {
  const tiny = { op: 'matmul', m: 12, n: 6, k: 2, dtype: 'fp32' } as const
  for (const name of ['b200_sxm', 'v100_pcie_32g', 'h100_sxm']) {
    const hardware = findHardware(name)
    const options = { source: 'engine' }
    const { latencyS } = calibrated.estimate(tiny, hardware, options)
    expect(latencyS, name).toBeGreaterThan(hardware.device.kernelLatencyS + 1.5e-6)
  }
})
