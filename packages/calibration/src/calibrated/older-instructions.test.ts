import { findHardware } from '@flowsim/perf-model/hardware'
import type { OpCall } from '@flowsim/trace-schema'
import { expect, it } from 'vitest'
import { calibrated } from './calibrated.js'

const LENGTH = 16384
const HEADS = 16
const WIDTH = 128

/** Operations a second that PyTorch's attention reaches on a device. */
function reached(name: string, source = 'pytorch'): number {
  const call: OpCall = {
    op: 'attention',
    phase: 'prefill',
    batch: 1,
    queryLen: LENGTH,
    kvLen: LENGTH,
    heads: HEADS,
    kvHeads: HEADS,
    headDim: WIDTH,
    causal: false,
    dtype: 'bf16',
  }
  const { latencyS } = calibrated.estimate(call, findHardware(name), { source })
  return (4 * LENGTH ** 2 * HEADS * WIDTH) / latencyS
}

// arXiv 2307.08691, figure 5: 227 TFLOP/s on A100; nothing of A100 was fitted to.
it('attention of PyTorch is as fast on A100 as published, by rows of H100', () => {
  expect(reached('a100_sxm') / 1e12).toBeGreaterThan(205)
  expect(reached('a100_sxm') / 1e12).toBeLessThan(250)
})

it('attention of PyTorch gains little from a later generation than Ampere, that of engines does', () => {
  const units = 148 / 132
  expect(reached('b200_sxm') / reached('h100_sxm')).toBeLessThan(1.1 * units)
  expect(reached('b200_sxm', 'engine') / reached('h100_sxm', 'engine')).toBeGreaterThan(1.5)
})
