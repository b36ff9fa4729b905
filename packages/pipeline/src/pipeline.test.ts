import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { getModel } from '@flowsim/calibration'
import { classifyTrace } from '@flowsim/kernel-db'
import { parseFile } from '@flowsim/parser/node'
import { findHardware } from '@flowsim/perf-model/hardware'
import { renderReport } from '@flowsim/report'
import { isKernel, type KernelTrace } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { GEMM, H100, LAUNCHES, MM, traceOf } from '../fixtures/traces.js'
import * as pipeline from './index.js'
import {
  busiestDevice,
  estimateKernels,
  hardwareOfTrace,
  KERNEL_TIME_COLUMNS,
  kernelTimes,
  predictKernels,
  reportData,
  simulateTrace,
  summarizeTrace,
} from './index.js'

const roofline = getModel('roofline')
const h100 = findHardware('h100_sxm')
/** What the operator MM does. */
const MM_CALL = { op: 'matmul', m: 256, n: 1024, k: 512, dtype: 'bf16' } as const

function simulated(trace: KernelTrace, hardware = h100) {
  const operations = classifyTrace(trace)
  const kernels = predictKernels(trace, operations, hardware, roofline)
  const { estimates } = kernels
  const of = { trace, operations, prediction: kernels }
  const simulation = simulateTrace({ ...of, hardware, model: 'roofline' })
  return { operations, estimates, kernels, simulation }
}

describe('summarizeTrace', () => {
  it('counts kernels and times; copies have their own entries', async () => {
    const trace = await traceOf(LAUNCHES)
    expect(summarizeTrace(trace, classifyTrace(trace), ['a.csv'])).toEqual({
      schema: 'flowsim.parse-summary/1',
      source: 'made.json',
      device: 'NVIDIA H100 80GB HBM3',
      rank: null,
      worldSize: null,
      events: 9,
      kernels: { count: 3, uniqueNames: 3, sumNs: 14_000, busyNs: 14_000, windowNs: 24_000 },
      memcpy: { count: 1, sumNs: 2000, bytes: 4096 },
      memset: { count: 0, sumNs: 0, bytes: 0 },
      known: { count: 2, timeShare: 10 / 14, names: 2 },
      dimensions: { count: 2, timeShare: 10 / 14 },
      shapes: { count: 2, timeShare: 10 / 14 },
      unlinked: { count: 0, timeNs: 0 },
      repairs: [],
      outputs: ['a.csv'],
    })
  })

  it('takes kernels that run at once for one busy time', async () => {
    const kernels = [
      { name: GEMM, start: 40, duration: 10 },
      { name: GEMM, start: 45, duration: 10, stream: 8 },
    ]
    const trace = await traceOf([{ at: 10, operator: MM, kernels }])
    expect(summarizeTrace(trace, classifyTrace(trace)).kernels).toMatchObject({
      sumNs: 20_000,
      busyNs: 15_000,
      windowNs: 15_000,
    })
  })

  it('has zeros, not NaN, for a trace without kernels', async () => {
    const trace = await traceOf([])
    const summary = summarizeTrace(trace, classifyTrace(trace))
    expect(summary).toMatchObject({
      device: null,
      kernels: { count: 0, sumNs: 0, busyNs: 0, windowNs: 0 },
      known: { count: 0, timeShare: 0 },
      shapes: { count: 0, timeShare: 0 },
    })
  })
})

describe('the device of a trace', () => {
  const A100 = { id: 1, name: 'NVIDIA A100-SXM4-80GB', numSms: 108 }
  const on = (device: number, start: number) => ({ name: GEMM, start, duration: 5, device })

  it('is the one that ran most kernels', async () => {
    const kernels = [on(0, 40), on(1, 40), on(1, 50)]
    const trace = await traceOf([{ at: 10, operator: MM, kernels }], { devices: [H100, A100] })
    expect(busiestDevice(trace)?.name).toBe('NVIDIA A100-SXM4-80GB')
    expect(hardwareOfTrace(trace)?.name).toBe('a100_sxm')
    expect(summarizeTrace(trace, classifyTrace(trace)).device).toBe('NVIDIA A100-SXM4-80GB')
  })

  it('is found where no kernel ran, and unknown where the catalogue has none', async () => {
    expect(hardwareOfTrace(await traceOf([]))?.name).toBe('h100_sxm')
    const strange = { id: 0, name: 'GPU 9000', numSms: 3 }
    expect(hardwareOfTrace(await traceOf(LAUNCHES, { devices: [strange] }))).toBeUndefined()
    expect(hardwareOfTrace(await traceOf([], { devices: [] }))).toBeUndefined()
  })
})

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
})

describe('predictKernels', () => {
  const on = async (
    name: string,
    options: { absolute?: boolean; devices?: object[]; duration?: number } = {},
  ) => {
    const { duration = 90, devices = [H100] } = options
    const kernels = [{ name: GEMM, start: 40, duration }]
    const trace = await traceOf([{ at: 10, operator: MM, kernels }], { devices })
    const hardware = findHardware(name)
    return predictKernels(trace, classifyTrace(trace), hardware, roofline, options)
  }

  it('is the model alone on the device of the trace', async () => {
    const { estimates, relativeTo, isElsewhere } = await on('h100_sxm')
    expect([relativeTo, isElsewhere]).toEqual([null, false])
    expect(estimates).toEqual([roofline.estimate(MM_CALL, h100)])
  })

  it('scales what was measured by the ratio of estimates on another device', async () => {
    const alone = roofline.estimate(MM_CALL, findHardware('a100_sxm')).latencyS
    const { estimates, relativeTo } = await on('a100_sxm')
    expect(relativeTo?.name).toBe('h100_sxm')
    // It took far longer than the roofline here, so it will there.
    expect(estimates[0]!.latencyS).toBeGreaterThan(5 * alone)
    expect((await on('a100_sxm', { absolute: true })).estimates[0]!.latencyS).toBe(alone)
  })

  it('is the model alone where the device of the trace is not known, or something else estimated', async () => {
    const { relativeTo, isElsewhere } = await on('a100_sxm', { devices: [] })
    expect([relativeTo, isElsewhere]).toEqual([null, true])
    const trace = await traceOf(LAUNCHES)
    const operations = classifyTrace(trace)
    const a100 = findHardware('a100_sxm')
    const estimates = estimateKernels(operations, a100, roofline)
    expect(predictKernels(trace, operations, a100, { there: estimates })).toMatchObject({
      estimates,
      relativeTo: null,
    })
  })

  it('counts kernels that cannot be, and is unsure of them', async () => {
    const operator = {
      ...MM,
      dims: [
        [8192, 8192],
        [8192, 8192],
      ],
    }
    const kernels = [{ name: GEMM, start: 40, duration: 9 }]
    const trace = await traceOf([{ at: 10, operator, kernels }])
    const operations = classifyTrace(trace)
    const prediction = predictKernels(trace, operations, h100, roofline)
    expect([...prediction.doubtful]).toEqual([1])
    const [plain] = estimateKernels(operations, h100, roofline)
    expect(prediction.estimates[0]!.p10S).toBeLessThan(plain!.p10S / 2)
    const { summary } = simulateTrace({
      trace,
      operations,
      prediction,
      hardware: h100,
      model: 'roofline',
    })
    expect(summary.doubtful).toEqual({ count: 1, timeShare: 1 })
  })
})

describe('simulateTrace', () => {
  it('has no total where nothing is predicted, never the measured one', async () => {
    const trace = await traceOf(LAUNCHES)
    const operations = classifyTrace(trace)
    const none = operations.map(() => null)
    const prediction = predictKernels(trace, operations, h100, { there: none })
    const { summary } = simulateTrace({
      trace,
      operations,
      prediction,
      hardware: h100,
      model: 'none',
    })
    expect(new Set(Object.values(summary.predicted))).toEqual(new Set([null]))
    expect(summary.byOp.map(({ predictedNs }) => predictedNs)).toEqual([null, null])
    expect(summary.answered).toEqual({ count: 0, timeShare: 0, measuredNs: 0 })
    expect(summary.unanswered).toEqual({ count: 3, timeShare: 1 })
    expect(summary.transfers).toEqual({
      count: 1,
      measuredNs: 2000,
      answered: { count: 0, measuredNs: 0 },
      predictedNs: null,
    })
  })

  it('compares what is predicted by operation; helpers go with the kernel that they help', async () => {
    const { simulation, estimates } = simulated(await traceOf(LAUNCHES))
    const { summary } = simulation
    const predictedNs = estimates[0]!.latencyS * 1e9
    expect(summary).toMatchObject({
      schema: 'flowsim.simulation-summary/1',
      source: 'made.json',
      hardware: 'h100_sxm',
      model: 'roofline',
      measured: { kernelSumNs: 14_000, busyNs: 16_000 },
      answered: { count: 2, timeShare: 10 / 14, measuredNs: 10_000 },
      unanswered: { count: 1, timeShare: 4 / 14 },
      doubtful: { count: 0, timeShare: 0 },
      relativeTo: null,
    })
    expect(summary.predicted.kernelSumNs).toBe(Math.round(predictedNs))
    expect(summary.transfers).toEqual({
      count: 1,
      measuredNs: 2000,
      answered: { count: 1, measuredNs: 2000 },
      predictedNs: Math.round(estimates[3]!.latencyS * 1e9),
    })
    // A quarter is not predicted.
    expect(summary.predicted).toMatchObject({ busyNs: null, endToEndNs: null, endToEndP10Ns: null })
    expect(summary.byOp).toMatchObject([
      {
        op: 'matmul',
        count: 2,
        measuredNs: 10_000,
        predictedNs: Math.round(predictedNs),
        answered: { count: 2, measuredNs: 10_000 },
        // The product and its helper together.
        mape: expect.closeTo(Math.abs(predictedNs / 10_000 - 1), 12),
        bias: expect.closeTo(predictedNs / 10_000 - 1, 12),
      },
      { op: 'memcpy', count: 1, measuredNs: 2000 },
    ])
  })

  it('is slower on slower hardware', async () => {
    const square = [8192, 8192]
    const operator = { ...MM, dims: [square, square] }
    const launches = [0, 1, 2, 3].map((i) => ({
      at: 10 + 20 * i,
      operator,
      kernels: [{ name: GEMM, start: 100 + 1500 * i, duration: 1500 }],
    }))
    const trace = await traceOf(launches)
    const on = (name: string) => simulated(trace, findHardware(name)).simulation.summary.predicted
    expect(on('a100_sxm').endToEndNs).toBeGreaterThan(2 * on('h100_sxm').endToEndNs!)
  })

  it('takes a trace without kernels for one of no time', async () => {
    const { simulation } = simulated(await traceOf([]))
    expect(simulation.summary).toMatchObject({
      measured: { kernelSumNs: 0, busyNs: 0, endToEndNs: 0 },
      predicted: { kernelSumNs: null, busyNs: 0, endToEndNs: 0 },
      byOp: [],
      unanswered: { count: 0, timeShare: 0 },
    })
  })
})

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

describe('reportData', () => {
  it('has every analysis, and the prediction', async () => {
    const trace = await traceOf(LAUNCHES)
    const { operations, kernels, simulation } = simulated(trace)
    const prediction = { hardware: h100, model: 'roofline', kernels, simulation }
    const data = reportData({ trace, operations, generator: 'test', prediction, warnings: ['w'] })
    expect(data).toMatchObject({
      generator: 'test',
      device: { name: 'h100_sxm' },
      breakdown: { windowNs: 52_000, busyNs: 16_000 },
      gemms: [{ count: 1, sumNs: 10_000 }],
      prediction: { model: 'roofline', sameDevice: true },
      warnings: ['w'],
    })
    expect(data.prediction).toMatchObject({ endToEnd: null, unanswered: { count: 1 } })
    expect(data.synthetic).toBeUndefined()
    const other = { ...prediction, hardware: findHardware('b200_sxm') }
    const elsewhere = reportData({ trace, operations, generator: 'test', prediction: other })
    expect(elsewhere.prediction!.sameDevice).toBe(false)
  })

  it('works without a prediction, a device or kernels', async () => {
    for (const launches of [LAUNCHES, []]) {
      const trace = await traceOf(launches, { devices: [] })
      const data = reportData({ trace, operations: classifyTrace(trace), generator: 'test' })
      expect(data.prediction).toBeUndefined()
      expect(data.device).toBeUndefined()
      expect(data.ranks).toBeUndefined()
    }
  })

  it('compares ranks where there are several', async () => {
    const trace = await traceOf(LAUNCHES)
    const operations = classifyTrace(trace)
    const ranks = [0, 1].map((rank) => ({ rank, trace, operations }))
    const data = reportData({ trace, operations, generator: 'test', ranks })
    expect(data.ranks!.ranks).toHaveLength(2)
  })
})

describe('README', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

  it('lists only what there is', () => {
    const listed = [...readme.matchAll(/^- (.*?):/gms)].flatMap(([, names]) =>
      [...names!.matchAll(/`(\w+)`/g)].map(([, name]) => name!),
    )
    expect(listed.length).toBeGreaterThan(10)
    expect(Object.keys(pipeline)).toEqual(expect.arrayContaining(listed))
  })

  it('shows a program that runs', async () => {
    const demo = fileURLToPath(
      new URL(
        '../../../examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz',
        import.meta.url,
      ),
    )
    const code = /```ts\n(.*?)```/s.exec(readme)![1]!
    const printed: unknown[] = []
    const written = new Map<string, string>()
    const names = {
      ...{ classifyTrace, parseFile, findHardware, getModel, renderReport, ...pipeline },
      console: { log: (...values: unknown[]) => printed.push(...values) },
      writeFileSync: (path: string, text: string) => written.set(path, text),
    }
    const program = code.replace(/^import .*\n/gm, '').replace("'trace.json.gz'", 'demo')
    const run = new Function('demo', ...Object.keys(names), `return (async () => {${program}})()`)
    await run(demo, ...Object.values(names))
    expect(printed[0]).toMatchObject({ count: expect.any(Number) })
    expect(printed[1]).toBeGreaterThan(0)
    expect(printed[2]).toBeGreaterThan(0)
    expect(written.get('report.html')).toContain('my program')
  })
})
