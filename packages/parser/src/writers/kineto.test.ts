import type { KernelTrace } from '@flowsim/trace-schema'
import { expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { parseFile } from '../node.js'
import { parseTrace } from '../parse-trace.js'
import { kinetoLines } from './kineto.js'

const rewritten = (trace: KernelTrace) =>
  parseTrace([new TextEncoder().encode([...kinetoLines(trace)].join(''))], {
    source: trace.source,
    hostCalls: true,
  })

const trace: KernelTrace = {
  schema: 'flowsim.kernel-trace/1',
  source: 'made',
  format: 'kineto',
  producer: { with_stack: 1 },
  devices: [{ id: 0, name: 'NVIDIA H100', computeUnits: 132, computeCapability: '9.0' }],
  rank: 1,
  worldSize: 2,
  processGroups: [{ name: '0', backend: 'cuda:nccl', size: 2, ranks: [0, 1] }],
  baseTimeNs: '1751410836000000123',
  window: { startNs: 0, durationNs: 90_000 },
  eventCount: 0,
  repairs: [],
  annotations: [{ name: 'decode', on: 'host', pid: 1, tid: 1, startNs: 0, durationNs: 80_000 }],
  kernels: [
    {
      kind: 'kernel',
      name: 'gemm "x"',
      device: 0,
      stream: 7,
      startNs: 20_001,
      durationNs: 1001,
      grid: [1, 2, 3],
      block: [128, 1, 1],
      correlation: 5,
      launch: { api: 'cudaLaunchKernel', pid: 1, tid: 1, startNs: 10_000, durationNs: 3000 },
      op: {
        name: 'aten::mm',
        args: [
          { kind: 'tensor', shape: [2, 3], dtype: 'bf16', strides: [3, 1] },
          { kind: 'tensor_list', tensors: [{ shape: [3, 4] }] },
          { kind: 'scalar', type: 'Scalar', value: '1' },
        ],
        parents: ['aten::linear'],
      },
      modules: ['Model_0', 'Linear_0'],
      shapesFrom: 'profiler',
    },
    {
      kind: 'collective',
      name: 'ncclDevKernel_AllReduce_Sum_bf16_RING_LL(x)',
      device: 0,
      stream: 8,
      startNs: 30_000,
      durationNs: 2000,
      correlation: 6,
      launch: { api: 'cuLaunchKernelEx', pid: 1, tid: 1, startNs: 16_000, durationNs: 2000 },
      modules: ['Model_0'],
      shapesFrom: 'none',
      collective: {
        kind: 'all_reduce',
        dtype: 'bf16',
        inElements: 8,
        outElements: 8,
        groupName: '0',
        groupSize: 2,
        ranks: [0, 1],
      },
    },
  ],
}

it('keeps the operators of graph kernels, which share one launch', async () => {
  const launch = { api: 'cudaGraphLaunch', pid: 1, tid: 1, startNs: 0, durationNs: 2000 }
  const mm = (rows: number) => ({
    name: 'aten::mm',
    args: [{ kind: 'tensor' as const, shape: [rows, 8], dtype: 'bf16' as const }],
    parents: ['aten::linear'],
    attributes: { note: 'x' },
  })
  const base = { kind: 'kernel', device: 0, stream: 7, durationNs: 500, correlation: 9 } as const
  const graph: KernelTrace = {
    ...trace,
    annotations: [],
    kernels: [
      {
        ...{ ...base, name: 'gemm', startNs: 10_000, launch, op: mm(2), opInstance: 3 },
        ...{ callStack: ['model.py(7): forward'], modules: ['Linear_0'], shapesFrom: 'capture' },
      },
      {
        ...{ ...base, name: 'split_k', startNs: 11_000, launch, op: mm(2), opInstance: 3 },
        ...{ callStack: ['model.py(7): forward'], modules: ['Linear_0'], shapesFrom: 'capture' },
      },
      { ...base, name: 'gemm', startNs: 12_000, launch, op: mm(4), shapesFrom: 'capture' },
      { ...base, name: 'unknown', startNs: 13_000, launch, shapesFrom: 'none' },
    ],
  }
  const { kernels } = await rewritten(graph)
  const instances = kernels.map(({ opInstance }) => opInstance)
  expect(instances[0]).toBe(instances[1])
  expect(instances[2]).not.toBe(instances[0])
  const without = (all: KernelTrace['kernels']) => all.map(({ opInstance: _, ...rest }) => rest)
  expect(without(kernels)).toEqual(without(graph.kernels))
})

it('what is written is read again', async () => {
  const again = await rewritten(trace)
  expect(again.kernels).toMatchObject(trace.kernels)
  expect(again).toMatchObject({
    producer: trace.producer,
    devices: trace.devices,
    rank: 1,
    worldSize: 2,
    processGroups: trace.processGroups,
    baseTimeNs: trace.baseTimeNs,
    window: trace.window,
    annotations: trace.annotations,
    repairs: [],
  })
})

describeWithCorpus('real traces', () => {
  it.each([
    'sglang-deepseek-h200-tp4-rank0',
    'transformers-qwen1.5-0.5b-mi300x',
    'vllm-piecewise-cudagraph-execution',
  ])('%s keeps its kernels, operators, modules and times', async (name) => {
    const original = await parseFile(corpus(`traces/${name}.trace.json.gz`), { hostCalls: true })
    const again = await rewritten(original)
    const essence = ({ kernels }: KernelTrace) =>
      kernels.map((kernel) => ({
        name: kernel.name,
        startNs: kernel.startNs,
        durationNs: kernel.durationNs,
        stream: kernel.stream,
        op: kernel.op?.name,
        args: kernel.op?.args,
        parents: kernel.op?.parents,
        modules: kernel.modules,
        launch: kernel.launch,
        collective: kernel.collective,
      }))
    expect(essence(again)).toEqual(essence(original))
    expect(again.baseTimeNs).toBe(original.baseTimeNs)
    const calls = ({ hostCalls }: KernelTrace) =>
      hostCalls!.map(({ api, startNs }) => [api, startNs])
    expect(calls(again)).toEqual(calls(original))
  })
})
