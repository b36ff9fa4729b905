import { describe, expect, it } from 'vitest'
import { host, kernel, type MadeEvent, traceText } from './testing/make-trace.js'
import { LAUNCHED, parseMade } from './testing/samples.js'

describe('a kernel', () => {
  it('is linked to its launch, operator, shapes, types, strides and values', async () => {
    const { kernels, baseTimeNs } = await parseMade(traceText(LAUNCHED))
    expect(kernels).toEqual([
      {
        kind: 'kernel',
        name: 'gemm',
        device: 0,
        stream: 7,
        startNs: 25_000,
        durationNs: 1500,
        grid: [1, 2, 3],
        block: [32, 1, 1],
        correlation: 8,
        shapesFrom: 'profiler',
        opInstance: 0,
        launch: { api: 'cudaLaunchKernel', pid: 100, tid: 1, startNs: 0, durationNs: 5000 },
        op: {
          name: 'aten::mm',
          parents: [],
          args: [
            { kind: 'tensor', shape: [2, 3], dtype: 'bf16', strides: [3, 1] },
            { kind: 'tensor', shape: [3, 4], dtype: 'bf16', strides: [4, 1] },
            { kind: 'scalar', type: 'Scalar', value: '1' },
          ],
        },
      },
    ])
    expect(baseTimeNs).toBe('15000')
  })

  it('takes the innermost operator and names those around it', async () => {
    const { kernels } = await parseMade(
      traceText([host('cpu_op', 'aten::linear', 9, 30), ...LAUNCHED]),
    )
    expect(kernels[0]!.op).toMatchObject({ name: 'aten::mm', parents: ['aten::linear'] })
  })

  it('takes arguments of an enclosing operator where the innermost has no shapes', async () => {
    const { kernels } = await parseMade(
      traceText([...LAUNCHED, host('cpu_op', 'aten::inner', 14, 8, { 'External id': 4 })]),
    )
    expect(kernels[0]!.op).toMatchObject({ name: 'aten::inner', argsFrom: 'aten::mm' })
    expect(kernels[0]!.shapesFrom).toBe('profiler')
  })

  it('is not given the operator of another thread', async () => {
    const [op, launch, gemm] = LAUNCHED
    const { kernels } = await parseMade(
      traceText([{ ...op, tid: 2, args: { 'External id': 99 } }, launch, gemm]),
    )
    expect(kernels[0]!.op).toBeUndefined()
  })

  it('falls back to the External id where no operator encloses the launch', async () => {
    const [op, launch, gemm] = LAUNCHED
    const withId = { ...gemm, args: { ...(gemm.args as MadeEvent), 'External id': 3 } }
    const { kernels } = await parseMade(traceText([{ ...op, tid: 2 }, launch, withId]))
    expect(kernels[0]!.op?.name).toBe('aten::mm')
  })

  it('of an old trace, whose External id is the correlation, is not joined by it', async () => {
    const { kernels } = await parseMade(
      traceText([
        host('cpu_op', 'aten::other', 0, 1, { 'External id': 8, 'Input Dims': [[9]] }),
        host('cuda_runtime', 'cudaLaunchKernel', 15, 5, { 'External id': 8, correlation: 8 }),
        kernel('gemm', 40, 1, { correlation: 8, 'External id': 8 }),
      ]),
    )
    expect(kernels[0]!.op).toBeUndefined()
  })

  it('launched before the window has no launch and is kept', async () => {
    const { kernels } = await parseMade(traceText([kernel('early', 1, 2, { correlation: 77 })]))
    expect(kernels).toMatchObject([{ name: 'early', durationNs: 2000, shapesFrom: 'none' }])
    expect(kernels[0]!.launch).toBeUndefined()
  })

  it('of a graph shares the launch and is not described by the operator around it', async () => {
    const { kernels } = await parseMade(
      traceText([
        LAUNCHED[0],
        host('cuda_runtime', 'cudaGraphLaunch', 15, 5, { correlation: 8 }),
        kernel('a', 40, 1, { correlation: 8, 'graph node id': 5 }),
        kernel('b', 42, 1, { correlation: 8, 'graph node id': 6 }),
      ]),
    )
    expect(kernels.map(({ launch, op, graphNodeId }) => [launch?.api, op, graphNodeId])).toEqual([
      ['cudaGraphLaunch', undefined, 5],
      ['cudaGraphLaunch', undefined, 6],
    ])
    expect(kernels[0]!.scopes).toEqual(['aten::mm'])
  })

  it('kernels come in order of start, equal starts in order of the file', async () => {
    const { kernels } = await parseMade(
      traceText([kernel('c', 3, 1), kernel('a', 1, 1), kernel('b1', 2, 1), kernel('b2', 2, 1)]),
    )
    expect(kernels.map(({ name }) => name)).toEqual(['a', 'b1', 'b2', 'c'])
  })

  it('that a collectives library runs carries message and group', async () => {
    const { kernels } = await parseMade(
      traceText([
        kernel('ncclDevKernel_AllReduce_Sum_bf16_RING_LL(ncclDevKernelArgsStorage<4096ul>)', 1, 2, {
          'Collective name': 'allreduce',
          'In msg nelems': 64,
          'Out msg nelems': 64,
          'Group size': 4,
          dtype: 'BFloat16',
          'Process Group Name': '3',
          'Process Group Ranks': '[0, 1, 2, 3]',
        }),
        kernel('ncclDevKernel_AllGather_RING_LL(x)', 5, 2),
      ]),
    )
    expect(kernels.map(({ kind, collective }) => [kind, collective])).toEqual([
      [
        'collective',
        {
          kind: 'all_reduce',
          dtype: 'bf16',
          inElements: 64,
          outElements: 64,
          groupSize: 4,
          groupName: '3',
          ranks: [0, 1, 2, 3],
        },
      ],
      ['collective', { kind: 'all_gather' }],
    ])
  })
})
