import { describe, expect, it } from 'vitest'
import { host, kernel, traceText } from '../testing/make-trace.js'
import { LAUNCHED, parseMade } from '../testing/samples.js'

describe('call stacks', () => {
  const frames = [
    host('python_function', 'run.py(1): main', 0, 100, { 'Python id': 1 }),
    host('python_function', 'nn.Module: Linear_0', 5, 50, { 'Python id': 2 }),
    host('python_function', 'other.py(2): unrelated', 60, 5, { 'Python id': 3 }),
    ...LAUNCHED,
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
    const { kernels } = await parseMade(traceText(frames), { stacks })
    expect(kernels[0]!.callStack).toEqual(callStack)
    expect(kernels[0]!.modules).toEqual(modules)
  })

  it('do not hold frames that ended before, though a frame within them overhung', async () => {
    const { kernels } = await parseMade(
      traceText([
        host('python_function', 'outer', 0, 100),
        host('python_function', 'ended', 1, 5),
        host('python_function', 'overhangs', 4, 50),
        ...LAUNCHED,
      ]),
    )
    expect(kernels[0]!.callStack).toEqual(['overhangs', 'outer'])
  })
})

describe('the operator of a launch', () => {
  // The launch is at 12 µs.
  const around = (at: number, takes: number) =>
    parseMade(
      traceText([
        host('cpu_op', 'aten::around', at, takes),
        host('cuda_runtime', 'cudaLaunchKernel', 12, 1, { correlation: 9 }),
        kernel('made', 20, 5, { correlation: 9 }),
      ]),
    ).then(({ kernels }) => kernels[0]!.op?.name)

  it.each([
    ['began before and goes on', 10, 5, 'aten::around'],
    ['begins as it does', 12, 3, 'aten::around'],
    ['ended as it began', 10, 2, undefined],
    ['begins after it', 13, 3, undefined],
  ])('is one that %s: %d µs, %d µs long', async (_, at, takes, name) => {
    expect(await around(at, takes)).toBe(name)
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
    expect((await parseMade(text)).hostCalls).toBeUndefined()
    const { hostCalls } = await parseMade(text, { hostCalls: true })
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

describe('calls that share a number', () => {
  /** A runtime call and a call of the driver within it, in either order of the file. */
  const shared = (api: string, cat: string, isFirst: boolean) => {
    const calls = [
      host('cuda_runtime', api, 10, 8, { correlation: 9 }),
      host('cuda_driver', 'cuCtxGetCurrent', 12, 1, { correlation: 9 }),
    ]
    const activity = { ...kernel('made', 30, 5, { correlation: 9 }), cat }
    const events = isFirst ? calls : calls.toReversed()
    return parseMade(traceText([...events, activity])).then(({ kernels }) => kernels[0]!)
  }

  it.each([
    ['cudaLaunchKernel', 'kernel', 'kernel'],
    ['cuLaunchKernelEx', 'kernel', 'kernel'],
    ['hipExtModuleLaunchKernel', 'kernel', 'kernel'],
    ['cudaMemcpyAsync', 'gpu_memcpy', 'memcpy'],
    ['cudaMemsetAsync', 'gpu_memset', 'memset'],
    ['cuMemsetD32Async', 'gpu_memset', 'memset'],
  ])('belong to %s, which launches, whichever comes first', async (api, cat, kind) => {
    for (const isFirst of [true, false]) {
      const { launch, kind: read } = await shared(api, cat, isFirst)
      expect(read).toBe(kind)
      expect(launch).toMatchObject({ api, durationNs: 8000 })
    }
  })
})
