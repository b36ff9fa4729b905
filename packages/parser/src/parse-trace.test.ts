import { gzipSync } from 'node:zlib'
import type { KernelTrace } from '@flowsim/trace-schema'
import fc from 'fast-check'
import { zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { TraceParseError } from './errors.js'
import { type ParseOptions, parseTrace } from './parse-trace.js'
import { bytesOf, host, inChunks, kernel, type MadeEvent, traceText } from './testing/make-trace.js'

const parse = (text: string, options: ParseOptions = {}) =>
  parseTrace([bytesOf(text)], { source: 't.json', ...options })

/** A launch, its operator and its kernel. */
const launched: MadeEvent[] = [
  host('cpu_op', 'aten::mm', 10, 20, {
    'External id': 3,
    'Input Dims': [[2, 3], [3, 4], []],
    'Input type': ['c10::BFloat16', 'c10::BFloat16', 'Scalar'],
    'Input Strides': [[3, 1], [4, 1], []],
    'Concrete Inputs': ['', '', '1'],
  }),
  host('cuda_runtime', 'cudaLaunchKernel', 15, 5, { 'External id': 3, correlation: 8 }),
  kernel('gemm', 40, 1.5, { correlation: 8, grid: [1, 2, 3], block: [32, 1, 1] }),
]

async function refusal(run: () => Promise<unknown>): Promise<TraceParseError> {
  try {
    await run()
  } catch (error) {
    if (error instanceof TraceParseError) return error
    throw error
  }
  throw new Error('expected a TraceParseError')
}

const essence = ({ kernels, repairs, eventCount }: KernelTrace) => ({
  kernels,
  repairs,
  eventCount,
})

describe('a kernel', () => {
  it('is linked to its launch, operator, shapes, types, strides and values', async () => {
    const { kernels, baseTimeNs } = await parse(traceText(launched))
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
    const { kernels } = await parse(
      traceText([host('cpu_op', 'aten::linear', 9, 30), ...launched.slice(0, 3)]),
    )
    expect(kernels[0]!.op).toMatchObject({ name: 'aten::mm', parents: ['aten::linear'] })
  })

  it('takes arguments of an enclosing operator where the innermost has no shapes', async () => {
    const { kernels } = await parse(
      traceText([...launched, host('cpu_op', 'aten::inner', 14, 8, { 'External id': 4 })]),
    )
    expect(kernels[0]!.op).toMatchObject({ name: 'aten::inner', argsFrom: 'aten::mm' })
    expect(kernels[0]!.shapesFrom).toBe('profiler')
  })

  it('is not given the operator of another thread', async () => {
    const [op, launch, gemm] = launched as [MadeEvent, MadeEvent, MadeEvent]
    const { kernels } = await parse(
      traceText([{ ...op, tid: 2, args: { 'External id': 99 } }, launch, gemm]),
    )
    expect(kernels[0]!.op).toBeUndefined()
  })

  it('falls back to the External id where no operator encloses the launch', async () => {
    const [op, launch, gemm] = launched as [MadeEvent, MadeEvent, MadeEvent]
    const withId = { ...gemm, args: { ...(gemm.args as MadeEvent), 'External id': 3 } }
    const { kernels } = await parse(traceText([{ ...op, tid: 2 }, launch, withId]))
    expect(kernels[0]!.op?.name).toBe('aten::mm')
  })

  it('of an old trace, whose External id is the correlation, is not joined by it', async () => {
    const { kernels } = await parse(
      traceText([
        host('cpu_op', 'aten::other', 0, 1, { 'External id': 8, 'Input Dims': [[9]] }),
        host('cuda_runtime', 'cudaLaunchKernel', 15, 5, { 'External id': 8, correlation: 8 }),
        kernel('gemm', 40, 1, { correlation: 8, 'External id': 8 }),
      ]),
    )
    expect(kernels[0]!.op).toBeUndefined()
  })

  it('launched before the window has no launch and is kept', async () => {
    const { kernels } = await parse(traceText([kernel('early', 1, 2, { correlation: 77 })]))
    expect(kernels).toMatchObject([{ name: 'early', durationNs: 2000, shapesFrom: 'none' }])
    expect(kernels[0]!.launch).toBeUndefined()
  })

  it('of a graph shares the launch and is not described by the operator around it', async () => {
    const { kernels } = await parse(
      traceText([
        launched[0]!,
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
    const { kernels } = await parse(
      traceText([kernel('c', 3, 1), kernel('a', 1, 1), kernel('b1', 2, 1), kernel('b2', 2, 1)]),
    )
    expect(kernels.map(({ name }) => name)).toEqual(['a', 'b1', 'b2', 'c'])
  })

  it('that a collectives library runs carries message and group', async () => {
    const { kernels } = await parse(
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

describe('host calls', () => {
  it('are kept when asked for, with what synchronisations wait for', async () => {
    const text = traceText([
      host('cuda_runtime', 'cudaStreamWaitEvent', 5, 1, { correlation: 4 }),
      host('cuda_runtime', 'cudaStreamSynchronize', 20, 9, { correlation: 5 }),
      host('cuda_sync', 'Stream Wait Event', 6, 0, {
        correlation: 4,
        stream: 20,
        wait_on_stream: 7,
        wait_on_cuda_event_record_corr_id: 3,
      }),
    ])
    expect((await parse(text)).hostCalls).toBeUndefined()
    const { hostCalls } = await parse(text, { hostCalls: true })
    const place = { pid: 100, tid: 1 }
    expect(hostCalls).toEqual([
      {
        api: 'cudaStreamWaitEvent',
        ...place,
        startNs: 0,
        durationNs: 1000,
        correlation: 4,
        stream: 20,
        waitsForStream: 7,
        waitsForCorrelation: 3,
      },
      { api: 'cudaStreamSynchronize', ...place, startNs: 15_000, durationNs: 9000, correlation: 5 },
    ])
  })
})

describe('call stacks', () => {
  const frames = [
    host('python_function', 'run.py(1): main', 0, 100, { 'Python id': 1 }),
    host('python_function', 'nn.Module: Linear_0', 5, 50, { 'Python id': 2 }),
    host('python_function', 'other.py(2): unrelated', 60, 5, { 'Python id': 3 }),
    ...launched,
  ]

  it.each([
    ['none', undefined, undefined],
    ['python', ['nn.Module: Linear_0', 'run.py(1): main'], ['Linear_0']],
    [
      'all',
      ['cudaLaunchKernel', 'aten::mm', 'nn.Module: Linear_0', 'run.py(1): main'],
      ['Linear_0'],
    ],
  ] as const)('%s', async (stacks, callStack, modules) => {
    const { kernels } = await parse(traceText(frames), { stacks })
    expect(kernels[0]!.callStack).toEqual(callStack)
    expect(kernels[0]!.modules).toEqual(modules)
  })

  it('do not hold frames that ended before, though a frame within them overhung', async () => {
    const { kernels } = await parse(
      traceText([
        host('python_function', 'outer', 0, 100),
        host('python_function', 'ended', 1, 5),
        host('python_function', 'overhangs', 4, 50),
        ...launched,
      ]),
    )
    expect(kernels[0]!.callStack).toEqual(['overhangs', 'outer'])
  })
})

describe('annotations', () => {
  it('give their scope to what is launched in them', async () => {
    const { kernels, annotations } = await parse(
      traceText([host('user_annotation', 'decode', 0, 99), ...launched]),
    )
    expect(kernels[0]!.scopes).toEqual(['decode'])
    expect(annotations).toMatchObject([{ name: 'decode', on: 'host', durationNs: 99_000 }])
  })

  const onDevice = (name: string, ts: number, dur: number, id: number): MadeEvent => ({
    ...host('gpu_user_annotation', name, ts, dur, { 'External id': id }),
    pid: 0,
    tid: 7,
  })

  it('with shapes serve one kernel, the one that bears their name', async () => {
    const { kernels } = await parse(
      traceText([
        onDevice('mem.write_req[pool=(4, 8),loc=(7,),dtype=torch.int32,torch.int64]', 0, 50, 1),
        kernel('helper_kernel', 1, 1),
        kernel('write_req_triton', 3, 1),
        kernel('third', 5, 1),
      ]),
    )
    expect(kernels.map(({ shapesFrom }) => shapesFrom)).toEqual(['none', 'annotation', 'none'])
    expect(kernels[1]!.tensors).toEqual([
      { name: 'pool', shape: [4, 8], dtype: 'int32' },
      { name: 'loc', shape: [7], dtype: 'int64' },
    ])
  })

  it('with shapes are one annotation on host and device together', async () => {
    const label = 'attn.launch|x[4x16:float32]'
    const { kernels } = await parse(
      traceText([
        host('user_annotation', label, 0, 20, { 'External id': 5 }),
        host('cuda_runtime', 'cudaLaunchKernel', 1, 2, { correlation: 1 }),
        host('cuda_runtime', 'cudaLaunchKernel', 4, 2, { correlation: 2 }),
        onDevice(label, 30, 20, 5),
        kernel('first', 31, 1, { correlation: 1 }),
        kernel('second', 33, 1, { correlation: 2 }),
      ]),
    )
    expect(kernels.map(({ tensors }) => tensors)).toEqual([
      [{ name: 'x', shape: [4, 16], dtype: 'fp32' }],
      undefined,
    ])
  })

  it('with shapes do not serve a kernel that an operator describes', async () => {
    const { kernels } = await parse(
      traceText([host('user_annotation', 'p|x[4:float32]', 0, 99), ...launched]),
    )
    expect(kernels[0]!.shapesFrom).toBe('profiler')
    expect(kernels[0]!.tensors).toBeUndefined()
  })
})

describe('time', () => {
  it('is exact to the nanosecond where a double is not', async () => {
    const text = traceText([kernel('a', 0, 1), kernel('b', 0, 1), kernel('c', 0, 1)], {
      displayTimeUnit: 'ns',
    })
    const times = ['1712195495406752.801', '1712195495406752.802', '1712195495406753.000']
    let next = 0
    const { kernels, baseTimeNs } = await parse(
      text.replace(/"ts": 0/g, () => `"ts": ${times[next++]}`),
    )
    expect(kernels.map(({ startNs }) => startNs)).toEqual([0, 1, 199])
    expect(baseTimeNs).toBe('1712195495406752801')
  })

  it('counts from baseTimeNanoseconds, which a double cannot hold', async () => {
    const text = traceText([kernel('a', 5, 1)]).replace(
      /\}\s*$/,
      ', "baseTimeNanoseconds": 1751410836000000123}',
    )
    expect((await parse(text)).baseTimeNs).toBe('1751410836000005123')
  })

  it.each([
    ['integer microseconds', '12', 12_000],
    ['three decimals', '12.345', 12_345],
    ['six decimals, rounded', '12.345678', 12_346],
    ['an exponent', '1.2e1', 12_000],
    ['text', '"12.5"', 12_500],
  ])('durations in %s', async (_, dur, ns) => {
    const { kernels } = await parse(
      traceText([kernel('a', 1, 0)]).replace('"dur": 0', `"dur": ${dur}`),
    )
    expect(kernels[0]!.durationNs).toBe(ns)
  })
})

describe('the header', () => {
  it('gives devices, ranks and groups, before or after the events', async () => {
    const header = {
      deviceProperties: [
        {
          id: 0,
          name: 'NVIDIA H200',
          numSms: 132,
          totalGlobalMem: 5,
          computeMajor: 9,
          computeMinor: 0,
        },
      ],
      distributedInfo: {
        rank: 2,
        world_size: 4,
        nccl_version: '2.26',
        pg_config: [
          {
            pg_name: '0',
            pg_desc: 'default_pg',
            backend_config: 'cuda:nccl',
            pg_size: 4,
            ranks: [0, 1, 2, 3],
          },
        ],
      },
      with_stack: 1,
      cuda_runtime_version: 12060,
    }
    const before = await parse(traceText([kernel('a', 1, 1)], header))
    const after = await parse(
      JSON.stringify({ traceEvents: [kernel('a', 1, 1)], schemaVersion: 1, ...header }),
    )
    for (const trace of [before, after]) {
      expect(trace).toMatchObject({
        rank: 2,
        worldSize: 4,
        devices: [{ id: 0, name: 'NVIDIA H200', computeUnits: 132, computeCapability: '9.0' }],
        processGroups: [{ name: '0', size: 4, ranks: [0, 1, 2, 3] }],
        producer: { with_stack: 1, cuda_runtime_version: 12060, nccl_version: '2.26' },
      })
    }
  })

  it('may hold NaN, and members that cannot be read', async () => {
    const text = `{"a": NaN, "distributedInfo": {"rank": 3, "x": inf}, "bad": {oops}, "traceEvents": []}`
    const trace = await parse(text)
    expect(trace.rank).toBe(3)
    expect(trace.repairs.map(({ kind }) => kind)).toContain('malformed_header')
  })
})

describe('other layouts of the same events', () => {
  const events = [
    host('python_function', 'f "quoted" }, {"ph": {lambda}', 0, 100, { 'Python id': 1 }),
    ...launched,
    { ph: 'M', name: 'process_name', pid: 0, tid: 0, ts: 0, args: { name: 'python' } },
    { name: 'Iteration', ph: 'i', s: 'g', pid: '', tid: '', ts: 50 },
    host('cpu_op', 'nested', 200, 5, { list: [{ ph: 'X' }, { a: ['}'] }], text: '\\"}, {\\' }),
    kernel('void f<(x)"y">()', 60, 3),
  ]

  const expected = parse(traceText(events))

  it.each([
    ['minified', traceText(events, {}, 'minified')],
    ['CR LF', traceText(events).replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${traceText(events)}`],
    ['a bare array', JSON.stringify(events)],
    ['a bare array without its end', `${JSON.stringify(events).slice(0, -1)},\n`],
    [
      'keys in another order',
      traceText(events.map((event) => Object.fromEntries(Object.entries(event).reverse()))),
    ],
    ['tabs', JSON.stringify({ traceEvents: events }, null, '\t')],
  ])('%s', async (name, text) => {
    const { kernels, eventCount } = await parse(text)
    expect(kernels).toEqual((await expected).kernels)
    expect(eventCount).toBe(events.length)
    expect(name).toBeTruthy()
  })

  it('events in any order', async () => {
    const reference = (await expected).kernels
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(events, { minLength: events.length }),
        async (shuffled) => {
          const { kernels } = await parse(traceText(shuffled))
          const plain = (list: typeof kernels) => list.map(({ opInstance: _, ...rest }) => rest)
          expect(plain(kernels)).toEqual(plain(reference))
        },
      ),
      { numRuns: 30 },
    )
  })

  it('begin and end instead of complete events', async () => {
    const halves = events.flatMap((event) => {
      if (event.ph !== 'X') return [{ event, at: Number(event.ts), order: 1 }]
      const { dur, ...rest } = event
      const end = Number(event.ts) + Number(dur)
      const { ph: _, args: __, name: ___, cat: ____, ...place } = rest
      return [
        { event: { ...rest, ph: 'B' }, at: Number(event.ts), order: 1 },
        { event: { ...place, ph: 'E', ts: end }, at: end, order: 0 },
      ]
    })
    const text = traceText(
      halves.sort((a, b) => a.at - b.at || a.order - b.order).map(({ event }) => event),
    )
    const { kernels, repairs } = await parse(text)
    expect(kernels).toEqual((await expected).kernels)
    expect(repairs).toEqual([])
  })

  it('chunk boundaries anywhere give the same result', async () => {
    const texts = [traceText(events), traceText(events, {}, 'minified'), MALFORMED].map(bytesOf)
    const whole = await Promise.all(texts.map((text) => parseTrace([text], { salvage: true })))
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: texts.length - 1 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 }),
        async (which, sizes) => {
          const chunks = inChunks(texts[which]!, sizes)
          const trace = await parseTrace(chunks, { salvage: true })
          expect(essence(trace)).toEqual(essence(whole[which]!))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('gzip of one member and of several, zip, and zip with gzip in it', async () => {
    const text = bytesOf(traceText(events))
    const half = Math.floor(text.length / 2)
    const members = [gzipSync(text.subarray(0, half)), gzipSync(text.subarray(half))]
    const packed = [
      gzipSync(text),
      new Uint8Array(Buffer.concat(members)),
      zipSync({ 'a/readme.txt': bytesOf('x'), 'a/x.json': text }),
      zipSync({ 'x.json.gz': gzipSync(text) }),
    ]
    for (const data of packed) {
      for (const input of [
        data,
        inChunks(data, [1000]),
        new Blob([data as Uint8Array<ArrayBuffer>]),
      ]) {
        expect((await parseTrace(input)).kernels).toEqual((await expected).kernels)
      }
    }
  })
})

/** Faults between two good kernels. */
const faulty = (...between: string[]) =>
  `{"traceEvents": [${[
    JSON.stringify(kernel('first', 1, 1)),
    ...between,
    JSON.stringify(kernel('last', 9, 1)),
  ].join(',\n')}]}`

const MALFORMED = faulty(
  '{"ph": "X", "cat": "kernel", "name": "x", "ts": 5, "dur": oops, "args": {}}',
  '{"ph": "X", "cat": "kernel", "name": "a "quoted" name", "pid": 0, "tid": 7, "ts": 6, "dur": 1}',
  '{"ph": "X", "cat": "kernel", "name": "bare", "pid": 0, "tid": 7, "ts": 7, "dur": 1, "args": {"v": NaN, "w": N/A, "x": -inf}}',
  '{"ph": "X" "cat"}',
  'garbage',
  '{"ph": "X", "cat": "python_function", "name": "p", "args": {',
)

describe('faults', () => {
  it.each([
    [
      'bare literals',
      '{"ph":"X","cat":"kernel","name":"k","pid":0,"tid":7,"ts":5,"dur":1,"args":{"a":NaN,"b":-inf,"c":N/A}}',
      'bare_literal',
      3,
    ],
    [
      'raw control characters',
      '{"ph":"X","cat":"kernel","name":"a\u0001\nb","pid":0,"tid":7,"ts":5,"dur":1}',
      'control_character',
      1,
    ],
    [
      'quotes that were not escaped',
      '{"ph":"X","cat":"kernel","name":"a "b" c","pid":0,"tid":7,"ts":5,"dur":1}',
      'unescaped_quote',
      1,
    ],
    [
      'a missing duration',
      '{"ph":"X","cat":"kernel","name":"k","pid":0,"tid":7,"ts":5}',
      'missing_duration',
      1,
    ],
  ])('%s are mended', async (_, event, kind, count) => {
    const text = faulty(event)
    const { kernels, repairs } = await parse(text)
    expect(kernels).toHaveLength(3)
    expect(repairs).toEqual([{ kind, count, firstByte: expect.any(Number) }])
    const { firstByte } = repairs[0]!
    expect(firstByte).toBeGreaterThan(text.indexOf(event) - 1)
    expect(firstByte).toBeLessThan(text.indexOf(event) + event.length)
  })

  it.each([
    ['a value that is no JSON', '{"ph":"X","cat":"kernel","name":"k","ts":5,"dur":oops}'],
    ['a key without a value', '{"ph":"X","cat"}'],
    ['a missing brace', '{"ph":"X","cat":"cpu_op","name":"k","ts":5,"dur":1,"args":{"a":[1,2}'],
    ['text between events', 'garbage'],
  ])('%s is skipped, counted and located', async (_, event) => {
    const text = faulty(event)
    const { kernels, repairs } = await parse(text)
    expect(kernels.map(({ name }) => name)).toEqual(['first', 'last'])
    expect(repairs).toEqual([{ kind: 'malformed_event', count: 1, firstByte: text.indexOf(event) }])
  })

  it('an event without a timestamp is skipped', async () => {
    const { kernels, repairs } = await parse(faulty('{"ph":"X","cat":"kernel","name":"k","dur":1}'))
    expect(kernels).toHaveLength(2)
    expect(repairs).toMatchObject([{ kind: 'missing_timestamp', count: 1 }])
  })

  it('args that are null are no fault', async () => {
    const { kernels, repairs } = await parse(
      faulty('{"ph":"X","cat":"kernel","name":"k","pid":0,"tid":7,"ts":5,"dur":1,"args":null}'),
    )
    expect(kernels).toHaveLength(3)
    expect(repairs).toEqual([])
  })

  it('begins without an end, and ends without a begin, are counted', async () => {
    const { repairs } = await parse(
      traceText([
        { ph: 'B', cat: 'cpu_op', name: 'open', pid: 1, tid: 1, ts: 1 },
        { ph: 'E', pid: 1, tid: 2, ts: 1 },
      ]),
    )
    expect(repairs.map(({ kind }) => kind).sort()).toEqual(['unclosed_begin', 'unmatched_end'])
  })
})

describe('input that is refused', () => {
  it.each([
    ['empty', '', 'empty'],
    ['only white space', ' \n ', 'empty'],
    ['no JSON', 'PK hello', 'not_a_trace'],
    ['another JSON', '{"a": {"traceEvents": []}}', 'not_a_trace'],
    ['a JSON value', '42', 'not_a_trace'],
  ])('%s', async (_, text, code) => {
    const error = await refusal(() => parse(text))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(/^t\.json: .*[^\n]$/)
  })

  const text = traceText(launched)

  it('text that is cut off, with the byte; salvage keeps what is complete', async () => {
    const cut = text.slice(0, text.indexOf('"gemm"'))
    const error = await refusal(() => parse(cut))
    expect(error).toMatchObject({ code: 'truncated', byte: cut.length })
    const salvaged = await parse(`${text.slice(0, text.lastIndexOf('}', text.length - 3))}`, {
      salvage: true,
    })
    expect(salvaged.repairs).toMatchObject([{ kind: 'truncated_file' }])
  })

  it('gzip that is cut off; salvage keeps what is complete', async () => {
    const many = traceText(Array.from({ length: 5000 }, (_, i) => kernel(`k${i * 7919}`, i, 1)))
    const packed = gzipSync(many)
    const cut = packed.subarray(0, packed.length / 2)
    for (const input of [cut, inChunks(cut, [1000])]) {
      const error = await refusal(() => parseTrace(input, { source: 't.json.gz' }))
      expect(error.code).toBe('truncated')
      expect(error.message).toContain('t.json.gz: the gzip data ends in the middle')
    }
    for (const input of [cut, inChunks(cut, [1000])]) {
      const { kernels } = await parseTrace(input, { salvage: true })
      expect(kernels.length).toBeGreaterThan(1000)
      expect(kernels.length).toBeLessThan(5000)
    }
  })

  it('gzip that is damaged', async () => {
    const packed = gzipSync(
      traceText(Array.from({ length: 5000 }, (_, i) => kernel(`k${i}`, i, 1))),
    )
    packed.fill(0xff, packed.length / 2, packed.length / 2 + 40)
    for (const input of [packed, inChunks(packed, [1000])]) {
      expect((await refusal(() => parseTrace(input))).code).toBe('corrupt')
    }
  })

  it('a zip without a trace, and one with two', async () => {
    const none = zipSync({ 'a.txt': bytesOf('x') })
    const two = zipSync({ 'a.json': bytesOf('[]'), 'b.json': bytesOf('[]') })
    expect((await refusal(() => parseTrace(none))).code).toBe('not_a_trace')
    expect((await refusal(() => parseTrace(two))).code).toBe('unsupported_format')
  })

  it('a parse that is aborted', async () => {
    const controller = new AbortController()
    const chunks = (function* () {
      yield bytesOf(text.slice(0, 50))
      controller.abort()
      yield bytesOf(text.slice(50))
    })()
    const error = await refusal(() => parseTrace(chunks, { signal: controller.signal }))
    expect(error.code).toBe('aborted')
  })
})

describe('hostile input', () => {
  it('random damage never crashes, hangs or loses the faults', async () => {
    const text = bytesOf(traceText([...launched, ...launched, ...launched]))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(text.length - 1), fc.integer({ min: 0, max: 255 })), {
          maxLength: 12,
        }),
        fc.nat(text.length),
        async (changes, end) => {
          const damaged = text.slice()
          for (const [at, byte] of changes) damaged[at] = byte
          try {
            const trace = await parseTrace([damaged.subarray(0, end)], { salvage: true })
            for (const { startNs, durationNs } of trace.kernels) {
              expect(Number.isSafeInteger(startNs) && Number.isSafeInteger(durationNs)).toBe(true)
            }
          } catch (error) {
            expect(error).toBeInstanceOf(TraceParseError)
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('an event of endless length is skipped in bounded memory', async () => {
    const chunks = (function* () {
      yield bytesOf('{"traceEvents": [{"ph": "X", "cat": "kernel", "name": "')
      const filler = bytesOf('x'.repeat(1 << 20))
      for (let i = 0; i < 40; i++) yield filler
      yield bytesOf(`"}, ${JSON.stringify(kernel('last', 1, 1))}]}`)
    })()
    const { kernels, repairs } = await parseTrace(chunks)
    expect(kernels.map(({ name }) => name)).toEqual(['last'])
    expect(repairs).toMatchObject([{ kind: 'oversized_event', count: 1 }])
  })

  it('deep nesting is no recursion', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    const text = `{"deep": ${deep}, "traceEvents": [{"ph":"X","cat":"kernel","name":"k","ts":1,"dur":1,"args":{"a":${deep}}}]}`
    const { kernels } = await parse(text)
    expect(kernels).toHaveLength(1)
  })
})
