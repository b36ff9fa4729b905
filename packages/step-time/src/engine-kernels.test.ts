import { getModel } from '@flowsim/calibration'
import { type LatencyModel, roofline } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import type { OpCall } from '@flowsim/trace-schema'
import { describe, expect, test } from 'vitest'
import { EngineKernelTimes, type KernelOptions } from './engine-kernels.js'
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
  const before = new EngineKernelTimes(calibrated, b200, findEngine('trtllm', '1.1'))
  expect(before.timeNs({ call: experts(8) }) / 1000).toBeCloseTo(measured, 6)
  for (const name of ENGINE_NAMES) expect(us(name, experts(8))).toBeLessThan(0.9 * measured)
})

test('block FP8 experts of many tokens take what the kernel of the engine takes over the measured one', () => {
  const call: OpCall = {
    op: 'moe',
    tokens: 8192,
    hidden: 4096,
    inter: 1024,
    topk: 10,
    experts: 512,
    tensorParallel: 4,
    dtype: 'fp8_e4m3',
    scaling: 'block',
  }
  const { gapUs, unmeasuredExperts } = findEngine('sglang').kernels
  expect(unmeasuredExperts.blockTrtllmMany).toBeGreaterThan(1)
  const measured = calibrated.estimate(call, b200).latencyS * 1e6
  expect(us('sglang', call) - gapUs).toBeCloseTo(unmeasuredExperts.blockTrtllmMany! * measured, 6)
  // Hopper's are others.
  const h200 = findHardware('h200_sxm')
  const onHopper = new EngineKernelTimes(calibrated, h200, findEngine('sglang')).timeNs({ call })
  expect(onHopper / 1e3 - gapUs).toBeCloseTo(calibrated.estimate(call, h200).latencyS * 1e6, 6)
})

test('4-bit experts under 16-bit activations are as measured in TensorRT-LLM, narrower 16-bit ones in others', () => {
  const h200 = findHardware('h200_sxm')
  const call: OpCall = {
    op: 'moe',
    tokens: 4,
    hidden: 2880,
    inter: 2880,
    topk: 4,
    experts: 128,
    dtype: 'bf16',
    weightDtype: 'fp4_e2m1',
    scaling: 'block',
  }
  const measured = calibrated.estimate(call, h200).latencyS * 1e9
  const of = (name: (typeof ENGINE_NAMES)[number]) =>
    new EngineKernelTimes(calibrated, h200, findEngine(name)).timeNs({ call })
  expect(of('trtllm')).toBeCloseTo(measured, 6)
  expect(of('vllm')).toBeLessThan(0.9 * measured)
})

test('attention to an FP8 cache multiplies in FP8, and takes no longer than with a 16-bit one', () => {
  const h100 = findHardware('h100_sxm')
  const prompts = {
    op: 'attention',
    phase: 'prefill',
    batch: 1,
    queryLen: 4096,
    kvLen: 4096,
    heads: 32,
    kvHeads: 8,
    headDim: 128,
    causal: true,
    dtype: 'bf16',
  } as const
  const ns = (call: OpCall) =>
    new EngineKernelTimes(calibrated, h100, findEngine('trtllm')).timeNs({ call })
  const narrow: OpCall = { ...prompts, kvDtype: 'fp8_e4m3' }
  expect(ns(narrow)).toBeCloseTo(ns({ ...prompts, dtype: 'fp8_e4m3' }), 6)
  expect(ns(narrow)).toBeLessThan(1.05 * ns(prompts))
  // Kernels that widen keys and values, which were measured too.
  expect(calibrated.estimate(narrow, h100).latencyS * 1e9).toBeGreaterThan(3 * ns(narrow))
})

describe('a norm of what was summed over the devices', () => {
  const norm = { op: 'rmsnorm', rows: 4, cols: 7168, dtype: 'bf16', residual: true } as const
  const ns = (options: KernelOptions, hardware = b200, version = '0.19') =>
    new EngineKernelTimes(calibrated, hardware, findEngine('vllm', version), options).timeNs({
      call: norm,
    })

  test('is in the all-reduce with tensor parallelism, where the engine has such a kernel', () => {
    expect(ns({ tensorParallel: 8 })).toBe(0)
    expect(ns({ tensorParallel: 8 }, b200, '0.15')).toBeGreaterThan(0)
    expect(ns({ tensorParallel: 8 }, findHardware('a100_sxm'))).toBeGreaterThan(0)
    expect(ns({ tensorParallel: 1 })).toBeGreaterThan(0)
    expect(ns({ tensorParallel: 2, dataParallel: 4 })).toBeGreaterThan(0)
  })

  test('is a kernel by itself after large messages', () => {
    const times = new EngineKernelTimes(calibrated, b200, findEngine('vllm', '0.19'), {
      tensorParallel: 8,
    })
    expect(times.timeNs({ call: { ...norm, rows: 8192 } })).toBeGreaterThan(0)
  })

  test('is so in SGLang for models with experts only', () => {
    const of = (hasExperts: boolean) =>
      new EngineKernelTimes(calibrated, b200, findEngine('sglang'), {
        tensorParallel: 8,
        hasExperts,
      }).timeNs({ call: norm })
    expect(of(true)).toBe(0)
    expect(of(false)).toBeGreaterThan(0)
  })
})

describe('which kernel answers', () => {
  const h100 = findHardware('h100_sxm')
  /** Says which calls it is asked for, and answers by their source. */
  const spy = (name: string, answer: (source: string | undefined) => number) => {
    const asked: string[] = []
    const model: LatencyModel = {
      name,
      supports: () => true,
      estimate(call, hardware, options) {
        asked.push(`${call.op} ${options?.source ?? ''}`.trim())
        const base = roofline.estimate(call, hardware)
        return { ...base, latencyS: answer(options?.source) }
      },
    }
    return { model, asked }
  }
  const op = (call: Parameters<typeof roofline.estimate>[0]) => ({
    call,
    name: call.op,
    module: '',
    layer: 0,
    count: 1,
    varies: 'tokens' as const,
  })
  const allReduce = op({ op: 'all_reduce', elements: 4096, devices: 8, dtype: 'bf16' })

  test('the faster of NCCL and the own all-reduce', () => {
    const { model, asked } = spy('calibrated', (source) => (source === undefined ? 3 : 2))
    expect(new EngineKernelTimes(model, h100, findEngine('trtllm')).timeNs(allReduce)).toBe(2e9)
    expect(asked).toEqual(['all_reduce', 'all_reduce trtllm/TRTLLM'])
  })

  test('what a measured kernel does with its work is not counted again', () => {
    const write = op({ op: 'kv_cache_write', tokens: 4, width: 64, dtype: 'bf16' })
    const route = op({ op: 'moe_route', tokens: 4, experts: 8, topk: 2, dtype: 'fp32' })
    for (const each of [write, route]) {
      const fitted = new EngineKernelTimes(
        spy('calibrated', () => 1).model,
        h100,
        findEngine('vllm'),
      )
      expect(fitted.timeNs(each)).toBe(0)
      expect(
        new EngineKernelTimes(roofline, h100, findEngine('vllm')).timeNs(each),
      ).toBeGreaterThan(0)
    }
  })

  test('quantisation by whole rows is part of the kernel before, by blocks it is not', () => {
    const times = new EngineKernelTimes(roofline, h100, findEngine('vllm'))
    const quantize = (groupSize?: number) =>
      op({
        op: 'quantize',
        rows: 64,
        cols: 4096,
        dtype: 'bf16',
        outDtype: 'fp8_e4m3',
        ...(groupSize === undefined ? {} : { groupSize }),
      })
    expect(times.timeNs(quantize())).toBe(0)
    expect(times.timeNs(quantize(128))).toBeGreaterThan(0)
  })
})
