// What real traces contain, one test for each: a survey of sixty public ones from 2021 to 2026. Layouts of
// the text (CR LF, byte order mark, order of keys, B and E, …) are in scan/layouts.test.ts, packing in
// input/unpack.test.ts, clocks in scan/numbers.test.ts, faults in scan/faults.test.ts, capture traces in
// capture/.
import { describe, expect, it } from 'vitest'
import { host, kernel, type MadeEvent, traceText } from './testing/make-trace.js'
import { LAUNCHED, parseMade } from './testing/samples.js'

const parse = (events: readonly MadeEvent[], header: MadeEvent = {}) =>
  parseMade(traceText(events, header))

const names = (kernels: readonly { name: string }[]) => kernels.map(({ name }) => name)

describe('traces of 2021 and 2022', () => {
  it('have capitalised categories and a lower-case external id', async () => {
    const { kernels } = await parse([
      host('Operator', 'aten::mm', 10, 20, { 'external id': 3, 'Input dims': [[2, 3]] }),
      host('Runtime', 'cudaLaunchKernel', 15, 5, {
        'external id': 3,
        'external ts': 15_000,
        correlation: 8,
      }),
      { ...kernel('gemm', 40, 1, { 'external id': 3, correlation: 8 }), cat: 'Kernel' },
      { ...kernel('Memcpy HtoD', 50, 1, { bytes: 64 }), cat: 'Memcpy' },
      { ...kernel('Memset', 60, 1, { bytes: 32 }), cat: 'Memset' },
    ])
    expect(kernels).toMatchObject([
      { kind: 'kernel', op: { name: 'aten::mm' }, launch: { api: 'cudaLaunchKernel' } },
      { kind: 'memcpy', bytes: 64 },
      { kind: 'memset', bytes: 32 },
    ])
  })

  it('draw flows in other categories, which tie nothing', async () => {
    const flows = ['async_gpu', 'async_cpu_to_gpu', 'ac2g'].flatMap((cat) => [
      { ph: 's', id: 8, pid: 100, tid: 1, ts: 15, cat, name: cat },
      { ph: 'f', id: 8, pid: 0, tid: 7, ts: 40, cat, name: cat, bp: 'e' },
    ])
    const { kernels, repairs } = await parse([...LAUNCHED, ...flows])
    expect(kernels).toEqual((await parse(LAUNCHED)).kernels)
    expect(repairs).toEqual([])
  })

  it('tell device and stream by process and thread, in numbers or words', async () => {
    const { kernels } = await parse([
      { ph: 'X', cat: 'kernel', name: 'a', pid: 3, tid: 20, ts: 1, dur: 1 },
      { ph: 'X', cat: 'kernel', name: 'b', pid: 'GPU 2', tid: 'stream 7', ts: 2, dur: 1 },
    ])
    expect(kernels).toMatchObject([
      { device: 3, stream: 20 },
      { device: 2, stream: 7 },
    ])
  })
})

describe('ROCm', () => {
  it('has hip calls under the category of CUDA, and kernels with little beside their name', async () => {
    const { kernels, devices } = await parse(
      [
        host('cuda_runtime', 'hipExtModuleLaunchKernel', 1, 2, {
          correlation: 8,
          kernel: 'Cijk_Alik_Bljk',
          grid: [8, 1, 1],
          block: [256, 1, 1],
        }),
        kernel('Cijk_Alik_Bljk', 9, 1, { correlation: 8, kind: 'Dispatch Kernel', stream: 0 }),
        host('cuda_runtime', 'hipGraphLaunch', 20, 2, { correlation: 9 }),
        kernel('a', 30, 1, { correlation: 9, kind: 'Dispatch Task' }),
        kernel('b', 32, 1, { correlation: 9, kind: 'Dispatch Task' }),
      ],
      { deviceProperties: Array.from({ length: 8 }, (_, id) => ({ id, name: '' })) },
    )
    expect(kernels.map(({ launch }) => launch?.api)).toEqual([
      'hipExtModuleLaunchKernel',
      'hipGraphLaunch',
      'hipGraphLaunch',
    ])
    for (const field of ['grid', 'registersPerThread', 'sharedMemoryBytes']) {
      expect(kernels[1]).not.toHaveProperty(field)
    }
    expect(devices).toHaveLength(8)
    expect(devices[0]).toEqual({ id: 0, name: '' })
  })
})

describe('other accelerators and activities', () => {
  it('MTIA: compute-processor events stand where kernels do', async () => {
    const { kernels, devices } = await parse(
      [
        host('mtia_runtime', 'runFunctionFinalize', 1, 5, { correlation: 4 }),
        {
          ...kernel('bmm_kernel', 10, 3, { correlation: 4, device: 1, stream: 2 }),
          cat: 'mtia_ccp_events',
        },
        host('user_annotation', 'hccl:all_reduce', 0, 9),
      ],
      { deviceProperties: [{ id: 1, name: 'ARTEMIS' }] },
    )
    expect(kernels).toMatchObject([
      {
        kind: 'kernel',
        name: 'bmm_kernel',
        device: 1,
        stream: 2,
        launch: { api: 'runFunctionFinalize' },
        scopes: ['hccl:all_reduce'],
      },
    ])
    expect(devices).toEqual([{ id: 1, name: 'ARTEMIS' }])
  })

  it('XPU: calls have their own categories', async () => {
    const { kernels } = await parse([
      host('xpu_runtime', 'urEnqueueKernelLaunch', 1, 5, { correlation: 4 }),
      kernel('gemm', 10, 3, { correlation: 4 }),
    ])
    expect(kernels[0]!.launch?.api).toBe('urEnqueueKernelLaunch')
  })

  it('CUPTI range profiler: counters over ranges, and no kernels', async () => {
    const trace = await parse([
      ...Array.from({ length: 5 }, (_, i) =>
        host('cuda_profiler_range', `__range_${i}`, 10 * i, 9, {
          smsp__warps_launched: { avg: 12 },
          kineto__cuda_core_flops: 4096,
        }),
      ),
      host('cpu_op', 'aten::mm', 0, 9),
    ])
    expect(trace).toMatchObject({ kernels: [], eventCount: 6, repairs: [] })
  })

  it('cuda_sync: spans of 40 s on a stream are not kernels', async () => {
    const spans = Array.from({ length: 3 }, (_, i) => ({
      ...host('cuda_sync', 'Stream Synchronize', i, 40e6, { stream: 7, correlation: 100 + i }),
      pid: 0,
      tid: 7,
    }))
    const { kernels } = await parse([...LAUNCHED, ...spans])
    expect(names(kernels)).toEqual(['gemm'])
  })

  it('events that tools have added: the critical path', async () => {
    const added = [
      { ph: 's', id: 1, cat: 'critical_path', name: 'critical_path', pid: 100, tid: 1, ts: 1 },
      { ph: 'f', id: 1, cat: 'critical_path', name: 'critical_path', pid: 0, tid: 7, ts: 2 },
      host('critical_path', 'gemm', 40, 1),
    ]
    expect((await parse([...LAUNCHED, ...added])).kernels).toEqual((await parse(LAUNCHED)).kernels)
  })
})

describe('parts that are missing', () => {
  it('GPU only: kernels without a host', async () => {
    const { kernels } = await parse([kernel('a', 1, 1, { correlation: 1 }), kernel('b', 3, 1)])
    expect(kernels.map(({ launch, op, shapesFrom }) => [launch, op, shapesFrom])).toEqual([
      [undefined, undefined, 'none'],
      [undefined, undefined, 'none'],
    ])
  })

  it('CPU only, and nothing at all', async () => {
    expect((await parse([host('cpu_op', 'aten::mm', 1, 1)])).kernels).toEqual([])
    expect(await parse([])).toMatchObject({ kernels: [], eventCount: 0, window: null })
  })

  it('capture: thousands of launches and hardly a kernel', async () => {
    const launches = Array.from({ length: 3000 }, (_, i) =>
      host('cuda_runtime', 'cudaLaunchKernel', 10 + i, 0.5, { correlation: 1000 + i }),
    )
    const { kernels, hostCalls } = await parseMade(traceText([...LAUNCHED, ...launches]), {
      hostCalls: true,
    })
    expect(names(kernels)).toEqual(['gemm'])
    expect(hostCalls).toHaveLength(3001)
  })

  it('mostly metadata', async () => {
    const metadata = Array.from({ length: 5000 }, (_, i) => ({
      ph: 'M',
      name: 'thread_name',
      pid: i,
      tid: i,
      ts: 0,
      args: { name: `thread ${i}` },
    }))
    const trace = await parse([...metadata, ...LAUNCHED])
    expect(names(trace.kernels)).toEqual(['gemm'])
    expect(trace.eventCount).toBe(5003)
  })

  it.each([
    ['no distributedInfo', {}],
    ['no rank in it', { distributedInfo: { backend: 'nccl' } }],
    ['a rank that is null', { distributedInfo: { rank: null, world_size: null } }],
  ])('%s', async (_, header) => {
    expect(await parse(LAUNCHED, header)).toMatchObject({
      rank: null,
      worldSize: null,
      processGroups: [],
    })
  })
})

describe('ids and names', () => {
  it('processes and threads that are words, negative or empty', async () => {
    const [operator, launch, gemm] = LAUNCHED
    for (const [pid, tid] of [
      ['Spans', 'Traces'],
      [-1, -1],
      ['', ''],
    ]) {
      const { kernels, window } = await parse([
        { ...operator, pid, tid },
        { ...launch, pid, tid },
        gemm,
        { ...host('Trace', 'PyTorch Profiler (0)', 0, 99), pid: 'Spans', tid: 'PyTorch Profiler' },
        { ph: 'i', name: 'Record Window End', pid: '', tid: '', ts: 99, s: 'g' },
      ])
      expect(kernels).toMatchObject([
        { name: 'gemm', op: { name: 'aten::mm' }, launch: { pid, tid } },
      ])
      expect(window?.durationNs).toBe(99_000)
    }
  })

  it('names of thousands of characters', async () => {
    const long = `void f<${'std::tuple<int, float>, '.repeat(215)}int>()`
    const { kernels } = await parse([kernel(long, 1, 1)])
    expect(long.length).toBeGreaterThan(5100)
    expect(names(kernels)).toEqual([long])
  })

  it('ranks of a group as a list, as its text, or as the beginning of its text', async () => {
    const given = [[0, 1, 2], '[0, 1, 2]', '[0, 1, ..., 7]']
    const { kernels } = await parse(
      given.map((ranks, i) =>
        kernel('ncclDevKernel_AllReduce(x)', i, 0.5, { 'Process Group Ranks': ranks }),
      ),
    )
    expect(kernels.map(({ collective }) => collective?.ranks)).toEqual([
      [0, 1, 2],
      [0, 1, 2],
      undefined,
    ])
    const header = {
      distributedInfo: { rank: 0, pg_config: [{ pg_name: 'tp', ranks: '[0, 1]', pg_size: 2 }] },
    }
    expect((await parse([], header)).processGroups).toEqual([
      { name: 'tp', ranks: [0, 1], size: 2 },
    ])
  })
})

describe('time', () => {
  it('kernels of one stream may overlap: programmatic dependent launch', async () => {
    const { kernels } = await parse([kernel('producer', 1, 5), kernel('consumer', 4, 5)])
    expect(kernels.map(({ startNs, durationNs }) => [startNs, durationNs])).toEqual([
      [0, 5000],
      [3000, 5000],
    ])
  })

  it('several kernels of one operator share its instance', async () => {
    const { kernels } = await parse([
      ...LAUNCHED,
      host('cuda_runtime', 'cudaLaunchKernel', 21, 2, { correlation: 9 }),
      kernel('splitKreduce_kernel', 42, 1, { correlation: 9 }),
    ])
    expect(kernels.map(({ op, opInstance }) => [op?.name, opInstance])).toEqual([
      ['aten::mm', 0],
      ['aten::mm', 0],
    ])
  })
})
