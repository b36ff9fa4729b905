// Calls in columns: which are kept, who launched what, and in which order.
import { CallRole } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { type MadeCall, type MadeKernel, makeTrace } from '../testing/make-trace.js'
import { callTable } from './call-table.js'
import { Interner } from './interner.js'

function table(kernels: readonly MadeKernel[], calls: readonly MadeCall[] = []) {
  const trace = makeTrace(kernels, calls)
  const apis = new Interner()
  const found = callTable(trace, apis)
  const { count, startNs, endNs, api, role, hostCall, thread, threads } = found
  const rows = Array.from({ length: count }, (_, c) => ({
    api: apis.names[api[c]!],
    us: [startNs[c]! / 1000, endNs[c]! / 1000],
    role: role[c],
    thread: `${threads[thread[c]!]!.pid}/${threads[thread[c]!]!.tid}`,
    hostCall: hostCall[c] === -1 ? null : trace.hostCalls![hostCall[c]!]!.api,
  }))
  return { ...found, trace, rows }
}
const call = (api: string, at: number, takes: number, more: Partial<MadeCall> = {}): MadeCall => ({
  api,
  at,
  takes,
  ...more,
})

describe('calls of a trace', () => {
  it('are those that launch or wait, with the thread and the record of each', () => {
    const { rows } = table(
      [{ launch: [10, 5], at: 17, takes: 2, tid: 4 }],
      [
        call('cudaGetDevice', 1, 1),
        call('cudaStreamSynchronize', 2, 3, { tid: 'main' }),
        call('cudaPeekAtLastError', 6, 1),
        call('cudaDeviceSynchronize', 20, 4, { pid: 2 }),
      ],
    )
    expect(rows).toEqual([
      {
        api: 'cudaStreamSynchronize',
        us: [2, 5],
        role: CallRole.SyncStream,
        thread: '1/main',
        hostCall: 'cudaStreamSynchronize',
      },
      {
        api: 'cudaLaunchKernel',
        us: [10, 15],
        role: CallRole.Launch,
        thread: '1/4',
        hostCall: 'cudaLaunchKernel',
      },
      {
        api: 'cudaDeviceSynchronize',
        us: [20, 24],
        role: CallRole.SyncDevice,
        thread: '2/1',
        hostCall: 'cudaDeviceSynchronize',
      },
    ])
  })

  it('that end before they start take no time', () => {
    const { rows } = table(
      [{ launch: [10, -5], at: 17, takes: 2 }],
      [call('cudaStreamSynchronize', 2, -1)],
    )
    expect(rows.map(({ us }) => us)).toEqual([
      [2, 2],
      [10, 10],
    ])
  })

  it('are in order of start, the outer one first, whatever the order of the trace', () => {
    const { trace } = table(
      [{ launch: [10, 5], at: 17, takes: 2 }],
      [call('cudaStreamSynchronize', 2, 3), call('hipDeviceSynchronize', 10, 9)],
    )
    const apis = new Interner()
    const shuffled = callTable({ ...trace, hostCalls: trace.hostCalls!.toReversed() }, apis)
    expect([...shuffled.api].map((api) => apis.names[api])).toEqual([
      'cudaStreamSynchronize',
      'hipDeviceSynchronize',
      'cudaLaunchKernel',
    ])
    expect([...shuffled.startNs]).toEqual([2000, 10_000, 10_000])
    expect([...shuffled.endNs]).toEqual([5000, 19_000, 15_000])
    expect([...shuffled.hostCall]).toEqual([2, 1, 0])
    expect([...shuffled.callOf]).toEqual([2])
    expect([...shuffled.firstKernel]).toEqual([-1, -1, 0])
  })

  it('are listed by thread; one number of a thread in two processes is two threads', () => {
    const { threads, threadStart, byThread } = table(
      [],
      [
        call('cudaDeviceSynchronize', 1, 1, { pid: 1, tid: 5 }),
        call('cudaDeviceSynchronize', 2, 1, { pid: 2, tid: 5 }),
        call('cudaDeviceSynchronize', 3, 1, { pid: 1, tid: 6 }),
        call('cudaDeviceSynchronize', 4, 1, { pid: 1, tid: 5 }),
        call('cudaDeviceSynchronize', 5, 1, { pid: 1, tid: 5 }),
      ],
    )
    expect(threads).toEqual([
      { pid: 1, tid: 5 },
      { pid: 2, tid: 5 },
      { pid: 1, tid: 6 },
    ])
    expect([...threadStart]).toEqual([0, 3, 4, 5])
    expect([...byThread]).toEqual([0, 3, 4, 1, 2])
  })
})

describe('the call of a kernel', () => {
  it('is the one of its number, and has its kernels one after another', () => {
    const launch = [10, 5] as const
    const { callOf, firstKernel, nextKernel } = table([
      { at: 1, takes: 2 },
      { launch, correlation: 9, api: 'cudaGraphLaunch', at: 17, takes: 2 },
      { launch: [20, 1], at: 22, takes: 2 },
      { launch, correlation: 9, api: 'cudaGraphLaunch', at: 27, takes: 2 },
    ])
    expect([...callOf]).toEqual([-1, 0, 1, 0])
    expect([...firstKernel]).toEqual([1, 2])
    expect([...nextKernel]).toEqual([-1, 3, -1, -1])
  })

  it.each([
    ['before', [call('cudaStreamSynchronize', 10, 7, { correlation: 5 })]],
    ['after', [call('cudaStreamSynchronize', 12, 1, { correlation: 5 })]],
  ])('is the one that launches where another %s it has its number', (_, calls) => {
    const { callOf, rows } = table([{ launch: [10, 5], correlation: 5, at: 17, takes: 2 }], calls)
    expect(rows[callOf[0]!]!.api).toBe('cudaLaunchKernel')
    expect(rows).toHaveLength(2)
  })

  it('that the calls of the trace lack is made of what its kernels say', () => {
    const { trace } = table([
      { launch: [10, 5], correlation: 9, at: 17, takes: 2, tid: 3 },
      { launch: [10, 5], correlation: 9, at: 20, takes: 2, tid: 3 },
      { launch: [10, 5], correlation: 8, at: 23, takes: 2, tid: 4 },
      { launch: [30, -1], correlation: 7, at: 33, takes: 2, api: 'cuSomething' },
      { launch: [40, 1], correlation: 6, at: 43, takes: 2, api: 'cudaMemcpyAsync' },
    ])
    const apis = new Interner()
    const found = callTable({ ...trace, hostCalls: [] }, apis)
    expect([...found.callOf]).toEqual([0, 0, 1, 2, 3])
    expect([...found.hostCall]).toEqual([-1, -1, -1, -1])
    expect([...found.role]).toEqual([
      CallRole.Launch,
      CallRole.Launch,
      CallRole.Launch,
      CallRole.Copy,
    ])
    expect([...found.startNs]).toEqual([10_000, 10_000, 30_000, 40_000])
    expect([...found.endNs]).toEqual([15_000, 15_000, 30_000, 41_000])
    expect([...found.api].map((api) => apis.names[api])).toEqual([
      'cudaLaunchKernel',
      'cudaLaunchKernel',
      'cuSomething',
      'cudaMemcpyAsync',
    ])
    expect(found.threads).toEqual([
      { pid: 1, tid: 3 },
      { pid: 1, tid: 4 },
      { pid: 1, tid: 1 },
    ])
  })

  it('is not one of its number at another time: numbers come again', () => {
    const { trace } = table([{ launch: [10, 5], correlation: 9, at: 17, takes: 2 }])
    const other = { ...trace.hostCalls![0]!, startNs: 99_000 }
    const found = callTable({ ...trace, hostCalls: [other] }, new Interner())
    // Both are there, in order of start.
    expect([...found.startNs]).toEqual([10_000, 99_000])
    expect([...found.callOf]).toEqual([0])
    expect([...found.hostCall]).toEqual([-1, 0])
  })
})
