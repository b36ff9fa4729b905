import { getModel } from '@flowsim/calibration'
import { findHardware } from '@flowsim/perf-model/hardware'
import type { OpCall } from '@flowsim/trace-schema'
import { describe, expect, test } from 'vitest'
import { EngineKernelTimes } from './engine-kernels.js'
import { findEngine } from './engines/catalogue.js'
import { ENGINE_NAMES } from './engines/engine-facts.js'

const calibrated = getModel('calibrated')
const b200 = findHardware('b200_sxm')
const timesOf = (name: (typeof ENGINE_NAMES)[number]) =>
  new EngineKernelTimes(calibrated, b200, findEngine(name))
const us = (name: (typeof ENGINE_NAMES)[number], call: OpCall) =>
  timesOf(name).timeNs({ call }) / 1000

describe.each(ENGINE_NAMES)('kernels of %s', (name) => {
  test('small all-reduces are of the engine, which reads its peers, large ones of NCCL', () => {
    const reduce = (elements: number): OpCall => ({
      op: 'all_reduce',
      elements,
      devices: 8,
      dtype: 'bf16',
    })
    const nccl = (elements: number) => calibrated.estimate(reduce(elements), b200).latencyS * 1e6
    expect(us(name, reduce(4 * 7168))).toBeLessThan(0.5 * nccl(4 * 7168))
    const large = reduce(2 ** 28)
    expect(us(name, large)).toBeLessThan(1.001 * nccl(2 ** 28) + 2)
  })

  test('a norm of few rows takes a pass over them, not what PyTorch in eager mode takes', () => {
    const norm = { op: 'rmsnorm', rows: 4, cols: 7168, dtype: 'bf16', residual: true } as const
    const eager = calibrated.estimate(norm, b200, { source: 'pytorch' }).latencyS * 1e6
    expect(us(name, norm)).toBeLessThan(0.8 * eager)
  })
})

test('block FP8 experts of few tokens are those of the kernels that the engine has', () => {
  const experts = (tokens: number): OpCall => ({
    op: 'moe',
    tokens,
    hidden: 7168,
    inter: 2048,
    topk: 8,
    experts: 256,
    tensorParallel: 8,
    dtype: 'fp8_e4m3',
    scaling: 'block',
  })
  const measured = calibrated.estimate(experts(8), b200).latencyS * 1e6
  const [vllm, sglang, trtllm] = ENGINE_NAMES.map((name) => us(name, experts(8)))
  expect(trtllm).toBeCloseTo(measured, 6)
  expect(vllm).toBeLessThan(0.8 * measured)
  expect(sglang).toBeLessThan(0.8 * vllm!)
})
