import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { KernelTrace } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { TraceParseError } from '../errors.js'
import { type ParseOptions, parseCapture, parseTrace } from '../parse-trace.js'
import { bytesOf, host, kernel, type MadeEvent, traceText } from '../testing/make-trace.js'
import type { Capture } from './captured-graph.js'
import type { CaptureReport } from './merge-captures.js'

const capture = (events: MadeEvent[], source = 'capture.json') =>
  parseCapture([bytesOf(traceText(events))], { source })

async function merged(
  execution: MadeEvent[],
  captures: Capture[],
  options: ParseOptions = {},
): Promise<{ trace: KernelTrace; report: CaptureReport }> {
  let report: CaptureReport | undefined
  const trace = await parseTrace([bytesOf(traceText(execution))], {
    source: 'run.json',
    captures,
    onCaptures: (each) => {
      report = each
    },
    ...options,
  })
  return { trace, report: report! }
}

async function mismatch(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(TraceParseError)
  expect((error as TraceParseError).code).toBe('capture_mismatch')
  return (error as TraceParseError).message
}

/** One operator that launches kernels of the names given; `at` counts in units of 10 µs. */
function operator(
  name: string,
  rows: number,
  at: number,
  kernels: readonly string[],
  { named = true, executed = false } = {},
): MadeEvent[] {
  const ts = 10 * at
  const events = [
    host('cpu_op', name, ts, 8, {
      'External id': at,
      'Input Dims': [
        [rows, 16],
        [16, 16],
      ],
      'Input type': ['c10::BFloat16', 'c10::BFloat16'],
    }),
  ]
  kernels.forEach((each, i) => {
    const correlation = 100 * at + i
    events.push(
      host('cuda_runtime', 'hipLaunchKernel', ts + 1 + i, 1, {
        correlation,
        ...(named ? { kernel: each } : {}),
      }),
    )
    if (executed) events.push(kernel(each, ts + 5000 + i, 1, { correlation, grid: [rows, 1, 1] }))
  })
  return events
}

type Layer = [operator: string, kernels: string[]][]
const LAYER: Layer = [
  ['aten::mm', ['gemm', 'splitk']],
  ['norm', ['norm_kernel']],
  ['aten::mm', ['gemm', 'splitk']],
]
const NAMES = LAYER.flatMap(([, names]) => names)

/** The capture of one graph, its operators with `rows` rows. */
function graph(rows: number, at: number, layer = LAYER, named = true): MadeEvent[] {
  return [
    host('cuda_runtime', 'hipStreamBeginCapture', 10 * at, 1),
    ...layer.flatMap(([name, names], i) => operator(name, rows, at + 1 + i, names, { named })),
    host('cuda_runtime', 'hipStreamEndCapture', 10 * (at + 1 + layer.length), 1),
  ]
}

/** A graph launch and its kernels. */
function replay(
  correlation: number,
  at: number,
  names: readonly string[] = NAMES,
  streams: readonly number[] = [],
): MadeEvent[] {
  return [
    host('cuda_runtime', 'hipGraphLaunch', at, 2, { correlation }),
    ...names.map((name, i) =>
      kernel(name, at + 10 + i, 1, { correlation, stream: streams[i] ?? 7 }),
    ),
  ]
}

const rowsOf = ({ kernels }: KernelTrace) =>
  kernels.map(({ op, shapesFrom }) => {
    const [first] = op?.args ?? []
    return shapesFrom === 'capture' && first?.kind === 'tensor' ? first.shape[0] : undefined
  })

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

describe('the batch size', () => {
  const buckets = [...graph(8, 0), ...graph(4, 10), ...graph(2, 20)]
  const step = (name: string, at: number) => host('user_annotation', name, at, 5)

  it('of SGLang steps picks the smallest captured size that holds it', async () => {
    const { trace } = await merged(
      [
        ...[step('step[DECODE bs=3 x=1]', 0), ...replay(1, 1)],
        ...[step('step[DECODE bs=2]', 100), ...replay(2, 101)],
        ...[step('step[DECODE bs=5]', 200), ...replay(3, 201)],
      ],
      [await capture(buckets)],
    )
    expect(rowsOf(trace)).toEqual([...Array(5).fill(4), ...Array(5).fill(2), ...Array(5).fill(8)])
  })

  it.each([
    ['execute_3_context_0(sq0sk0)_generation_3(sq3sk9)'],
    ['execute_context_1(1)_generation_2(2)'],
  ])('of vLLM steps: %s', async (label) => {
    const { trace } = await merged([step(label, 0), ...replay(1, 1)], [await capture(buckets)])
    expect(rowsOf(trace)).toEqual(Array(5).fill(4))
  })

  it('of a file is in its name', async () => {
    const files = [
      await capture(graph(40, 0), 'bs_4_rank0.json.gz'),
      await capture(graph(80, 0), 'bs_8_rank0.json.gz'),
    ]
    const { trace } = await merged([step('step[DECODE bs=4]', 0), ...replay(1, 1)], files)
    expect(rowsOf(trace)).toEqual(Array(5).fill(40))
  })

  it('must be named where nothing tells it and shapes differ', async () => {
    const captures = [await capture(buckets)]
    const message = await mismatch(merged(replay(1, 0), captures))
    expect(message).toMatch(
      /^run\.json: graph launch 1 \(hipGraphLaunch, correlation 1, at 0 ns\) fits captures of different shapes \(batch sizes 8, 4, 2\).*--capture-batch/,
    )
    const { trace } = await merged(replay(1, 0), captures, { captureBatchSize: 8 })
    expect(rowsOf(trace)).toEqual(Array(5).fill(8))
  })

  it('that no capture has is an error', async () => {
    const message = await mismatch(
      merged([step('step[DECODE bs=16]', 0), ...replay(1, 1)], [await capture(buckets)]),
    )
    expect(message).toContain('graph launch 1')
    expect(message).toContain('has a batch size that no capture has (step[DECODE bs=16])')
  })

  it('of speculative steps is not that of the capture', async () => {
    const run = merged(
      [step('step[TARGET_VERIFY bs=2]', 0), ...replay(1, 1)],
      [await capture(buckets)],
    )
    expect(await mismatch(run)).toContain('--capture-batch')
  })
})

describe('graphs of a step that were captured piece by piece', () => {
  it('are replayed in the order of their capture', async () => {
    const layer = (n: number) => [
      host('python_function', `nn.Module: Layer_${n}`, 100 * n, 90),
      ...graph(4, 10 * n),
    ]
    const { trace } = await merged(
      [
        host('user_annotation', 'step[DECODE bs=4]', 0, 50),
        ...[...replay(1, 1), ...replay(2, 20), ...replay(3, 40)],
        host('user_annotation', 'step[DECODE bs=4]', 100, 50),
        ...[...replay(4, 101), ...replay(5, 120), ...replay(6, 140)],
      ],
      [await capture([0, 1, 2].flatMap(layer))],
    )
    const layers = ['Layer_0', 'Layer_1', 'Layer_2'].flatMap((name) => Array(5).fill(name))
    expect(trace.kernels.map(({ modules }) => modules?.[0])).toEqual([...layers, ...layers])
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

  it('without a kernel or a launch is refused', async () => {
    await expect(capture([host('cpu_op', 'x', 0, 1)])).rejects.toMatchObject({ code: 'no_kernels' })
  })
})

// The corpus has no execution trace together with its capture. Both are made out of one real trace without
// graphs, whose operators are known: kernels of a span are given to one graph launch, and must get back
// what the original says of them.
describeWithCorpus('on real kernels', () => {
  const read = (name: string) =>
    (
      JSON.parse(gunzipSync(readFileSync(corpus(`traces/${name}.trace.json.gz`))).toString()) as {
        traceEvents: MadeEvent[]
      }
    ).traceEvents

  const ran = (event: MadeEvent) =>
    ['kernel', 'gpu_memcpy', 'gpu_memset'].includes(String(event.cat))

  /** The device activities alone, all of one graph launch for each `size` of them. */
  function replayed(events: MadeEvent[], size: number): MadeEvent[] {
    const correlationOf = ({ args }: MadeEvent) => (args as MadeEvent | undefined)?.correlation
    const launched = new Set(
      events.filter(({ cat }) => /^cuda_(?:runtime|driver)$/.test(String(cat))).map(correlationOf),
    )
    const activities = events
      .filter((event) => ran(event) && launched.has(correlationOf(event)))
      .sort((a, b) => Number(a.ts) - Number(b.ts))
    const launches: MadeEvent[] = []
    return [
      ...activities.map((event, i) => {
        const correlation = 1_000_000 + Math.floor(i / size)
        if (i % size === 0) {
          launches.push(
            host('cuda_runtime', 'cudaGraphLaunch', Number(event.ts) - 50, 5, { correlation }),
          )
        }
        const args: MadeEvent = { ...(event.args as MadeEvent), correlation }
        delete args['External id']
        return { ...event, args }
      }),
      ...launches,
    ]
  }

  const essence = ({ kernels }: KernelTrace) =>
    kernels.flatMap(({ name, launch, op }) => (launch ? [{ name, op }] : []))

  it.each([['sglang-deepseek-h200-tp4-rank0'], ['transformers-qwen1.5-0.5b-mi300x']])(
    '%s: a pass without graphs',
    async (name) => {
      const events = read(name)
      const original = await parseTrace([bytesOf(traceText(events, {}, 'minified'))])
      const whole = await capture(events)
      const { trace, report } = await merged(replayed(events, 10_000), [whole])
      const expected = essence(original)
      const got = essence(trace)
      expect(report.kernels).toBe(expected.length)
      expect(report.unnamed).toBe(0)
      expect(got.filter(({ op }) => op).length).toBeGreaterThan(0.9 * got.length)
      expect(got).toEqual(expected)
    },
  )

  it('ROCm: launches with names and no kernels, as while capturing', async () => {
    const events = read('transformers-qwen1.5-0.5b-mi300x')
    const original = await parseTrace([bytesOf(traceText(events, {}, 'minified'))])
    const launches = events.filter((event) => event.cat === 'cuda_runtime')
    const [first] = launches
    const times = launches.map(({ ts }) => Number(ts))
    const bound = (api: string, ts: number) => ({ ...first!, name: api, ts, dur: 1, args: {} })
    const captured = await capture([
      ...events.filter((event) => !ran(event)),
      bound('hipStreamBeginCapture', Math.min(...times) - 10),
      bound('hipStreamEndCapture', Math.max(...times) + 1000),
    ])
    const { trace, report } = await merged(replayed(events, 10_000), [captured])
    expect(report.withShapes).toBeGreaterThan(0.9 * report.kernels)
    expect(essence(trace)).toEqual(essence(original))
  })

  it('an execution trace of vLLM with a capture of something else is refused', async () => {
    const vllm = read('vllm-piecewise-cudagraph-execution')
    const message = await mismatch(merged(vllm, [await capture(graph(4, 0))]))
    expect(message).toMatch(/graph launch 1 \(hipGraphLaunch, correlation 51848, at \d+ ns\)/)
  })
})
