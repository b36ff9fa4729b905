// Execution traces joined to Kineto traces: pairs made after the published layout, with the profiler's members.
import { describe, expect, it } from 'vitest'
import { type ParseOptions, parseExecutionTrace, parseTrace } from '../parse-trace.js'
import {
  CALLS,
  COLLECTIVE,
  executionTraceText,
  type MadeNode,
  oldExecutionTraceText,
} from '../testing/execution-trace.js'
import { bytesOf, host, kernel, type MadeEvent, traceText } from '../testing/make-trace.js'
import { refusal } from '../testing/samples.js'
import type { ExecutionTraceReport } from './join-execution-trace.js'

const read = (nodes: readonly MadeNode[], source = 'et.json') =>
  parseExecutionTrace(bytesOf(executionTraceText(nodes)), { source })

/** An operator that launches one kernel. */
const launched = (name: string, at: number, args: MadeEvent, kernelName = 'gemm') => [
  host('cpu_op', name, at, 8, args),
  host('cuda_runtime', 'cudaLaunchKernel', at + 2, 1, { correlation: at }),
  kernel(kernelName, at + 50, 5, { correlation: at }),
]

async function join(events: readonly MadeEvent[], options: ParseOptions) {
  const reports: ExecutionTraceReport[] = []
  const trace = await parseTrace(bytesOf(traceText(events)), {
    source: 'run.json',
    onExecutionTrace: (report) => reports.push(report),
    ...options,
  })
  return { trace, report: reports[0] }
}

describe('by the number of the call', () => {
  const events = [
    ...launched('aten::addmm', 10, { 'External id': 1, 'Record function id': 5 }),
    ...launched('aten::cat', 20, { 'External id': 2, 'Record function id': 6 }),
    ...launched('aten::relu', 30, { 'External id': 3, 'Record function id': 7 }),
  ]

  it('operators get shapes, types, strides, values and the numbers of their tensors', async () => {
    const { trace, report } = await join(events, { executionTraces: [await read(CALLS)] })
    expect(trace.kernels[0]).toMatchObject({
      shapesFrom: 'profiler',
      op: {
        name: 'aten::addmm',
        args: [
          { kind: 'tensor', shape: [512, 1024], dtype: 'fp16', strides: [1024, 1] },
          { kind: 'tensor', shape: [1024, 2048], dtype: 'fp16', strides: [1, 1024] },
          { kind: 'scalar', type: 'ScalarList', value: '[[7,8],1,"<None>"]' },
          { kind: 'scalar', type: 'Scalar', value: '1' },
          { kind: 'scalar', type: '', value: '' },
        ],
        attributes: { 'Input tensors': '[[3,4],[5,6]]', 'Output tensors': '[[18,19]]' },
      },
    })
    expect(trace.kernels[1]!.op).toMatchObject({
      args: [
        {
          kind: 'tensor_list',
          tensors: [
            { shape: [2, 4], dtype: 'fp32' },
            { shape: [3, 4], dtype: 'fp32' },
          ],
        },
        { kind: 'scalar', value: '0' },
      ],
      attributes: { 'Input tensors': '[[18,19],[20,21]]' },
    })
    expect(trace.kernels[2]!.op!.args).toEqual([])
    expect(report).toEqual({
      source: 'et.json',
      trace: 'run.json',
      by: 'Record function id',
      operators: 3,
      joined: 2,
      withShapes: 2,
      collectives: 0,
      otherNames: 0,
      calls: 2,
    })
  })

  it('the older layout says the same', async () => {
    const old = await parseExecutionTrace(bytesOf(oldExecutionTraceText(CALLS)))
    expect(old.schema).toBe('1.0.1')
    const { trace } = await join(events, { executionTraces: [old] })
    const { trace: other } = await join(events, { executionTraces: [await read(CALLS)] })
    const shapes = (each: typeof trace) =>
      each.kernels.map(({ op }) => op!.args.map((arg) => ({ ...arg, strides: undefined })))
    expect(shapes(trace)).toEqual(shapes(other))
  })

  it('shapes that the profiler recorded itself stay', async () => {
    const own = { 'Record function id': 5, 'Input Dims': [[9, 9]], 'Input type': ['float'] }
    const { trace, report } = await join(launched('aten::addmm', 10, own), {
      executionTraces: [await read(CALLS)],
    })
    expect(trace.kernels[0]!.op!.args).toMatchObject([{ shape: [9, 9], dtype: 'fp32' }])
    expect(report).toMatchObject({ joined: 1, withShapes: 0 })
  })

  it('the numbers of another run are noticed by the names of their calls', async () => {
    const { trace, report } = await join(launched('aten::mul', 10, { 'Record function id': 5 }), {
      executionTraces: [await read(CALLS)],
    })
    expect(trace.kernels[0]!.op!.args).toEqual([])
    expect(report).toMatchObject({ by: null, joined: 0, otherNames: 1 })
  })

  it('of the execution traces of several ranks that one is taken of which the most is in the trace', async () => {
    const other = CALLS.map((node) => ({ ...node, rfId: (node.rfId ?? 0) + 100 }))
    const executionTraces = [await read(other, 'et1.json'), await read(CALLS, 'et0.json')]
    const { report } = await join(events, { executionTraces })
    expect(report).toMatchObject({ source: 'et0.json', joined: 2 })
  })
})

it('collectives get message and group, with its ranks; the trace gets the groups', async () => {
  const nccl = 'ncclDevKernel_AllReduce_Sum_bf16_RING_LL'
  const { trace, report } = await join(
    launched('record_param_comms', 10, { 'Record function id': 9 }, nccl),
    { executionTraces: [await read(COLLECTIVE)] },
  )
  expect(trace.kernels[0]).toMatchObject({
    kind: 'collective',
    collective: {
      kind: 'all_reduce',
      dtype: 'bf16',
      inElements: 4096,
      outElements: 4096,
      groupName: '1',
      groupSize: 2,
      ranks: [2, 3],
    },
  })
  expect(trace.processGroups).toEqual([
    { name: '0', description: 'default_pg', backend: 'cuda:nccl', size: 4, ranks: [0, 1, 2, 3] },
    { name: '1', description: 'TP', backend: 'cuda:nccl', size: 2, ranks: [2, 3] },
  ])
  expect(report).toMatchObject({ joined: 1, collectives: 1 })
})

describe('without that member', () => {
  it('External id is the number, where the names agree', async () => {
    const { report } = await join(
      [
        ...launched('aten::addmm', 10, { 'External id': 5 }),
        ...launched('aten::cat', 20, { 'External id': 6 }),
      ],
      { executionTraces: [await read(CALLS)] },
    )
    expect(report).toMatchObject({ by: 'External id', joined: 2 })
  })

  it('where they do not, nothing is joined', async () => {
    const { report } = await join(
      [
        ...launched('aten::addmm', 10, { 'External id': 5 }),
        ...launched('aten::mul', 20, { 'External id': 6 }),
      ],
      { executionTraces: [await read(CALLS)] },
    )
    expect(report).toMatchObject({ by: null, joined: 0 })
  })
})

it('a file that is not an execution trace is refused; nodes that cannot be read are counted', async () => {
  const error = await refusal(() =>
    parseExecutionTrace(bytesOf(traceText([])), { source: 'run.json' }),
  )
  expect(error).toMatchObject({ code: 'not_a_trace' })
  expect(error.message).toMatch(/^run\.json: is not an execution trace of PyTorch; record one/)
  const { repairs, nodes } = await parseExecutionTrace(
    bytesOf('{"schema": "1.0.1", "nodes": [7, {"name": "a", "rf_id": 3, "inputs": 5}]}'),
  )
  expect(repairs).toMatchObject([{ kind: 'malformed_event', count: 1 }])
  expect([...nodes.keys()]).toEqual([3])
})
