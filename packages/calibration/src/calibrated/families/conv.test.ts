import { findHardware } from '@flowsim/perf-model/hardware'
import type { OpCall, OpCallOf } from '@flowsim/trace-schema'
import { expect, it } from 'vitest'
import { createCalibrated } from '../calibrated.js'

const model = createCalibrated()
const h100 = findHardware('h100_sxm')
const patches: OpCallOf<'conv'> = {
  op: 'conv',
  batch: 4,
  inChannels: 3,
  outChannels: 768,
  inputSize: [224, 224],
  outputSize: [14, 14],
  kernelSize: [16, 16],
  groups: 1,
  dtype: 'bf16',
}
const us = (call: OpCall) => model.estimate(call, h100).latencyS * 1e6

it('gathering three channels one by one takes longer than the product that they make', () => {
  const product = us({ op: 'matmul', m: 4 * 14 * 14, n: 768, k: 768, dtype: 'bf16' })
  expect(us(patches)).toBeGreaterThan(2 * product)
})

it('channels that fill a vector are gathered at once', () => {
  const three = us({ ...patches, batch: 64 })
  const eight = us({ ...patches, batch: 64, inChannels: 8 })
  expect(eight).toBeLessThan(three * 1.5)
})

it('a convolution of one tap needs no other order of channels', () => {
  const wide = { ...patches, inChannels: 64, outChannels: 64, inputSize: [512, 512], batch: 32 }
  const one = us({ ...wide, outputSize: [512, 512], kernelSize: [1, 1] })
  const nine = us({ ...wide, outputSize: [510, 510], kernelSize: [3, 3] })
  expect(one).toBeLessThan(0.75 * nine)
})

it('a channel by itself is convolved without tiles', () => {
  const channels = { ...patches, inChannels: 64, outChannels: 64, inputSize: [128, 128] }
  const dense = { ...channels, outputSize: [126, 126], kernelSize: [3, 3], batch: 64 }
  const bound = model.estimate({ ...dense, groups: 64 }, h100)
  expect(bound.latencyS).toBeLessThan(20 * model.estimate(dense, h100).latencyS)
  expect(bound.flops * 64).toBe(model.estimate(dense, h100).flops)
})
