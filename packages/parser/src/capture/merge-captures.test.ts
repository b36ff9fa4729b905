import { describe, expect, it } from 'vitest'
import {
  capture,
  graph,
  LAYER,
  type Layer,
  merged,
  mismatch,
  NAMES,
  operator,
  replay,
  rowsOf,
} from '../testing/graphs.js'
import { host } from '../testing/make-trace.js'

describe('kernels of a replayed graph', () => {
  it('get operator, shapes and instance of their captured launch', async () => {
    const { trace, report } = await merged(
      [...replay(1, 0), ...replay(2, 100)],
      [await capture(graph(4, 0))],
    )
    expect(trace.kernels.map(({ op }) => op?.name)).toEqual([
      ...['aten::mm', 'aten::mm', 'norm', 'aten::mm', 'aten::mm'],
      ...['aten::mm', 'aten::mm', 'norm', 'aten::mm', 'aten::mm'],
    ])
    expect(rowsOf(trace)).toEqual(Array(10).fill(4))
    // The kernels of one call share its instance; another replay is another call.
    expect(trace.kernels.map(({ opInstance }) => opInstance)).toEqual([
      0, 0, 1, 2, 2, 3, 3, 4, 5, 5,
    ])
    expect(trace.kernels[0]!.launch?.api).toBe('hipGraphLaunch')
    expect(report).toEqual({
      replays: 2,
      kernels: 10,
      ways: { order: 10, stream: 0, skip: 0, name: 0 },
      unnamed: 0,
      withShapes: 10,
    })
  })

  it('are matched by place alone where the capture names no kernels', async () => {
    const { trace, report } = await merged(replay(1, 0), [await capture(graph(4, 0, LAYER, false))])
    expect(rowsOf(trace)).toEqual(Array(5).fill(4))
    expect(report).toMatchObject({ unnamed: 5, ways: { order: 5 } })
  })

  it('may lack some of the captured launches', async () => {
    const names = NAMES.filter((_, i) => i !== 1)
    const { trace, report } = await merged(replay(1, 0, names), [await capture(graph(4, 0))])
    expect(trace.kernels.map(({ op }) => op?.name)).toEqual([
      'aten::mm',
      'norm',
      'aten::mm',
      'aten::mm',
    ])
    expect(report.ways).toMatchObject({ skip: 4 })
  })

  it('may have run in another order, each name equally often', async () => {
    const layer: Layer = [...LAYER, ['other', ['other_kernel']]]
    const names = ['other_kernel', ...NAMES]
    const { trace, report } = await merged(replay(1, 0, names), [await capture(graph(4, 0, layer))])
    expect(trace.kernels[0]!.op?.name).toBe('other')
    expect(report.ways).toMatchObject({ name: 6 })
  })

  it('of several streams are matched stream by stream', async () => {
    // Captured: a1 a2 b1 b2, the a on one stream, the b on another; they interleave on the device.
    const layer: Layer = [
      ['first', ['x', 'y']],
      ['second', ['x', 'z']],
    ]
    const { trace, report } = await merged(replay(1, 0, ['x', 'x', 'z', 'y'], [1, 2, 2, 1]), [
      await capture(graph(4, 0, layer)),
    ])
    expect(trace.kernels.map(({ name, stream, op }) => [name, stream, op?.name])).toEqual([
      ['x', 1, 'first'],
      ['x', 2, 'second'],
      ['z', 2, 'second'],
      ['y', 1, 'first'],
    ])
    expect(report.ways).toMatchObject({ stream: 4 })
  })

  it('keep the annotations of the replay and take frames and modules of the capture', async () => {
    const frames = [
      host('python_function', 'nn.Module: Mlp_3', 5, 90),
      host('python_function', 'mlp.py(7): forward', 6, 80),
    ]
    const { trace } = await merged(
      [host('user_annotation', 'step[DECODE bs=4]', 0, 5), ...replay(1, 1)],
      [await capture([...frames, ...graph(4, 0)])],
    )
    expect(trace.kernels[0]).toMatchObject({
      scopes: ['step[DECODE bs=4]'],
      modules: ['Mlp_3'],
      callStack: ['mlp.py(7): forward', 'nn.Module: Mlp_3'],
    })
  })

  it('copies and fills are matched by kind, also where ROCm runs them as kernels', async () => {
    const fill = [host('cuda_runtime', 'hipMemsetAsync', 15, 1, { correlation: 3 })]
    const [begin, ...rest] = graph(4, 1)
    const { trace } = await merged(replay(1, 0, ['__amd_rocclr_fillBufferAligned', ...NAMES]), [
      await capture([begin!, ...fill, ...rest]),
    ])
    expect(rowsOf(trace)).toEqual([undefined, ...Array(5).fill(4)])
  })

  it('launched by a runtime call and the driver call within it count once', async () => {
    const driver = host('cuda_driver', 'cuLaunchKernel', 11.2, 0.5, { correlation: 9 })
    const { report } = await merged(replay(1, 0), [await capture([...graph(4, 0), driver])])
    expect(report.ways).toMatchObject({ order: 5 })
  })

  it('outside of graphs are left as they are', async () => {
    const { trace } = await merged(
      [...operator('aten::mm', 9, 50, ['alone'], { executed: true }), ...replay(77, 0)],
      [await capture(graph(4, 0))],
    )
    expect(trace.kernels.find(({ name }) => name === 'alone')).toMatchObject({
      shapesFrom: 'profiler',
    })
  })
})

describe('a mismatch', () => {
  it('says which graph launch, which kernel and both names', async () => {
    const names = NAMES.with(3, 'another_gemm')
    const message = await mismatch(
      merged([...replay(1, 0), ...replay(2, 100, names)], [await capture(graph(4, 0))]),
    )
    expect(message).toBe(
      'run.json: graph launch 2 (hipGraphLaunch, correlation 2, at 100000 ns) runs "another_gemm" as kernel 4 of 5, where capture.json, graph 1, has "gemm" as launch 4 of 5; capture the same model, engine and batch size, or leave --capture out',
    )
  })

  it('of lengths says which is longer', async () => {
    const message = await mismatch(
      merged(replay(1, 0, [...NAMES, 'more']), [await capture(graph(4, 0, LAYER, false))]),
    )
    expect(message).toContain('runs "more" as kernel 6 of 6')
    expect(message).toContain('ends there (5 launches)')
  })

  it('of several streams cannot be settled without names', async () => {
    const streams = [1, 2, 1, 2, 1]
    const shuffled = ['gemm', 'gemm', 'splitk', 'norm_kernel']
    const run = merged(replay(1, 0, shuffled, streams), [await capture(graph(4, 0, LAYER, false))])
    expect(await mismatch(run)).toContain('graph launch 1')
  })
})

describe('a pass without graphs as a capture', () => {
  const eager = (rows: number, at: number) =>
    LAYER.flatMap(([name, names], i) =>
      operator(name, rows, at + i, names, { named: false, executed: true }),
    )

  it('gives the shapes of the place where the names stand one after the other', async () => {
    const before = operator('prepare', 99, 1, ['gemm'], { named: false, executed: true })
    const after = operator('sample', 99, 9, ['norm_kernel'], { named: false, executed: true })
    const { trace, report } = await merged(replay(1, 0), [
      await capture([...before, ...eager(4, 3), ...after]),
    ])
    expect(rowsOf(trace)).toEqual(Array(5).fill(4))
    expect(report.ways).toMatchObject({ order: 5 })
  })

  it('may hold launches that the graph lacks', async () => {
    const names = NAMES.filter((name) => name !== 'norm_kernel')
    const { trace } = await merged(replay(1, 0, names), [await capture(eager(4, 3))])
    expect(rowsOf(trace)).toEqual(Array(4).fill(4))
  })

  it('of several steps is asked for the step of the batch size', async () => {
    const steps = [
      host('user_annotation', 'step[DECODE bs=8]', 9, 40),
      ...eager(8, 1),
      host('user_annotation', 'step[DECODE bs=4]', 99, 40),
      ...eager(4, 10),
    ]
    const { trace } = await merged(
      [host('user_annotation', 'step[DECODE bs=4]', 0, 9), ...replay(1, 1)],
      [await capture(steps)],
    )
    expect(rowsOf(trace)).toEqual(Array(5).fill(4))
  })

  it('of several batch sizes whose steps are not marked is asked for one of them', async () => {
    const captures = [await capture([...eager(8, 1), ...eager(4, 10), ...eager(2, 20)])]
    const message = await mismatch(merged(replay(1, 0), captures))
    expect(message).toContain('fits capture.json at batch sizes 8, 4, 2; name the size')
    const replays = [...replay(1, 0), ...replay(2, 100)]
    const { trace } = await merged(replays, captures, { captureBatchSize: 3 })
    expect(rowsOf(trace)).toEqual(Array(10).fill(4))
  })

  it('without a kernel or a launch is refused', async () => {
    await expect(capture([host('cpu_op', 'x', 0, 1)])).rejects.toMatchObject({ code: 'no_kernels' })
  })
})
