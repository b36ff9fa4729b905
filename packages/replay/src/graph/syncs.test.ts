// Which kernels a call waits for before it returns. Times are microseconds.
import { ALL_STREAMS } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { buildGraph } from '../build-graph.js'
import { edgeLines } from '../testing/edges.js'
import { type MadeCall, type MadeKernel, makeTrace } from '../testing/make-trace.js'

function kernel(
  name: string,
  launchAt: number,
  [at, to]: readonly [at: number, to: number],
  more: Partial<MadeKernel> = {},
): MadeKernel {
  return { name, launch: [launchAt, 2], at, takes: to - at, ...more }
}
/** A call from `at` to `to`. */
const call = (api: string, at: number, to: number, more: Partial<MadeCall> = {}): MadeCall => ({
  api,
  at,
  takes: to - at,
  ...more,
})

function waitsOf(
  kernels: readonly MadeKernel[],
  calls: readonly MadeCall[] = [],
  inference = true,
) {
  const graph = buildGraph(makeTrace(kernels, calls), { inference })
  const { inferredWaits, unknownWaits, faultCount } = graph.report
  return { sync: edgeLines(graph, 'Sync').sort(), inferredWaits, unknownWaits, faultCount }
}

const first = kernel('first', 0, [5, 50])
const side = kernel('side', 4, [8, 60], { stream: 20 })
const there = kernel('there', 8, [11, 55], { device: 1, tid: 2 })

describe("a stream's synchronisation", () => {
  const wait = (more: Partial<MadeCall>, at = 30, to = 70) =>
    call('cudaStreamSynchronize', at, to, more)

  it('waits for the last kernel that was launched to the stream before, on the device of the thread', () => {
    const later = kernel('later', 75, [80, 90])
    expect(waitsOf([first, side, there, later], [wait({ stream: 7 })])).toEqual({
      sync: ['first ends > cudaStreamSynchronize ends'],
      inferredWaits: 0,
      unknownWaits: 0,
      faultCount: 0,
    })
    expect(waitsOf([first, side, there], [wait({ stream: 7, tid: 2 })]).sync).toEqual([
      'there ends > cudaStreamSynchronize ends',
    ])
  })

  it('of all streams waits for those of the device', () => {
    expect(waitsOf([first, side, there], [wait({ stream: ALL_STREAMS })]).sync).toEqual([
      'first ends > cudaStreamSynchronize ends',
      'side ends > cudaStreamSynchronize ends',
    ])
  })

  it('by a thread that launched nothing waits on every device', () => {
    expect(waitsOf([first, side, there], [wait({ stream: 7, tid: 3 })]).sync).toEqual([
      'first ends > cudaStreamSynchronize ends',
      'there ends > cudaStreamSynchronize ends',
    ])
  })

  it('that ends before its kernel, by more than clocks differ, is a fault', () => {
    expect(waitsOf([first], [wait({ stream: 7 }, 10, 30)])).toMatchObject({ faultCount: 0 })
    expect(waitsOf([first], [wait({ stream: 7 }, 10, 29.9)])).toMatchObject({
      sync: [],
      faultCount: 1,
    })
  })

  it('without a name is of the stream that the thread launched to last', () => {
    expect(waitsOf([first, side], [wait({})])).toMatchObject({
      sync: ['side ends > cudaStreamSynchronize ends'],
      inferredWaits: 1,
      unknownWaits: 0,
    })
  })

  it('without a name is of another stream of the thread, where the times contradict that', () => {
    const long = kernel('long', 4, [8, 100], { stream: 20 })
    expect(waitsOf([first, long], [wait({})])).toMatchObject({
      sync: ['first ends > cudaStreamSynchronize ends'],
      inferredWaits: 1,
      faultCount: 0,
    })
    const theirs = { ...first, tid: 2 }
    expect(waitsOf([theirs, long], [wait({})])).toMatchObject({ sync: [], unknownWaits: 1 })
  })

  it('without a name is unknown to a thread that launched nothing, and where nothing may be inferred', () => {
    expect(waitsOf([first], [wait({ tid: 3 })])).toMatchObject({ sync: [], unknownWaits: 1 })
    expect(waitsOf([first], [wait({})], false)).toMatchObject({
      sync: [],
      inferredWaits: 0,
      unknownWaits: 1,
    })
  })
})

it("a device's synchronisation waits for all streams of the thread's device", () => {
  const wait = call('cudaDeviceSynchronize', 30, 70)
  expect(waitsOf([first, side, there], [wait]).sync).toEqual([
    'first ends > cudaDeviceSynchronize ends',
    'side ends > cudaDeviceSynchronize ends',
  ])
})

describe("an event's synchronisation", () => {
  const wait = (more: Partial<MadeCall>, at = 30, to = 70) =>
    call('cudaEventSynchronize', at, to, more)

  it('waits for the stream that the trace names, and a contradiction is no fault', () => {
    expect(waitsOf([first, side], [wait({ waitsForStream: 7 })]).sync).toEqual([
      'first ends > cudaEventSynchronize ends',
    ])
    expect(waitsOf([first, side], [wait({ stream: 20 })]).sync).toEqual([
      'side ends > cudaEventSynchronize ends',
    ])
    expect(waitsOf([first], [wait({ waitsForStream: 7 }, 10, 20)])).toMatchObject({
      sync: [],
      faultCount: 0,
    })
  })

  it.each([{}, { stream: ALL_STREAMS }])(
    'without a name waits for the kernel that ended last within it: %o',
    (more) => {
      const running = kernel('running', 12, [15, 90], { stream: 9 })
      const after = kernel('after', 40, [43, 65], { stream: 11, tid: 2 })
      expect(waitsOf([first, side, running, after], [wait(more)])).toMatchObject({
        sync: ['side ends > cudaEventSynchronize ends'],
        inferredWaits: 1,
        unknownWaits: 0,
      })
    },
  )

  it('is unknown where nothing ended within it, or long before it returned', () => {
    expect(waitsOf([first], [wait({}, 52, 70)])).toMatchObject({ sync: [], unknownWaits: 1 })
    expect(waitsOf([first], [wait({}, 50, 70)])).toMatchObject({ sync: [], unknownWaits: 1 })
    expect(waitsOf([first], [wait({}, 10, 249)]).sync).toHaveLength(1)
    expect(waitsOf([first], [wait({}, 10, 250)])).toMatchObject({ sync: [], unknownWaits: 1 })
    expect(waitsOf([first], [wait({})], false)).toMatchObject({ sync: [], unknownWaits: 1 })
  })
})

describe('calls that may wait', () => {
  it('a free, for the kernels of its device that end within it', () => {
    const free = (at: number, to: number) => [call('cudaFree', at, to)]
    expect(waitsOf([first, side, there], free(30, 61)).sync).toEqual([
      'first ends > cudaFree ends',
      'side ends > cudaFree ends',
    ])
    expect(waitsOf([first, side], free(50, 60)).sync).toEqual(['side ends > cudaFree ends'])
    expect(waitsOf([first], free(51, 60)).sync).toEqual([])
    expect(waitsOf([first], free(30, 49))).toMatchObject({ sync: [], faultCount: 0 })
  })

  it('a copy that returns after its copy', () => {
    const copy = (to: number) => [
      { name: 'copy', kind: 'memcpy', launch: [6, to - 6], at: 10, takes: 5 } as const,
    ]
    expect(waitsOf(copy(15)).sync).toEqual(['copy ends > cudaMemcpyAsync ends'])
    expect(waitsOf(copy(14)).sync).toEqual([])
  })
})

describe('the time of a call that waits', () => {
  /** Synchronisations of a stream, each with a kernel that ends so long before it returns; null where none runs. */
  function syncClasses(wakes: readonly (number | null)[]) {
    const kernels: MadeKernel[] = []
    const calls: MadeCall[] = []
    wakes.forEach((wake, i) => {
      const at = 1000 * i
      kernels.push(kernel(`k${i}`, at, [at + 5, wake === null ? at + 8 : at + 100]))
      const to = wake === null ? at + 24 : at + 100 + wake
      calls.push(call('cudaStreamSynchronize', at + 10, to, { stream: 7 }))
    })
    const graph = buildGraph(makeTrace(kernels, calls))
    const { count, waited, blocks, launches } = graph.calls
    const of = (column: Uint8Array) =>
      Array.from({ length: count }, (_, c) => c)
        .filter((c) => launches[c] === 0)
        .map((c) => column[c])
    const classOf = (name: string) => {
      const found = graph.classes.find((each) => each.name === name)
      return found && { ns: found.typicalNs, samples: found.samples }
    }
    return {
      sync: classOf('sync'),
      call: classOf('call cudaStreamSynchronize'),
      waited: of(waited),
      blocks: of(blocks),
    }
  }

  it('after the end of its kernel is a quartile of the trace, from those whose kernel ended within', () => {
    expect(syncClasses([2, 10, 4, 8, 6, null])).toEqual({
      sync: { ns: 4000, samples: 5 },
      call: { ns: 14_000, samples: 1 },
      waited: [1, 1, 1, 1, 1, 0],
      blocks: [1, 1, 1, 1, 1, 1],
    })
  })

  it('is nothing where the call returned before the end, and unknown where all waited', () => {
    expect(syncClasses([-3])).toMatchObject({
      sync: { ns: 0, samples: 1 },
      call: { ns: 0, samples: 0 },
    })
    expect(syncClasses([null])).toMatchObject({ sync: { ns: 0, samples: 0 }, waited: [0] })
  })
})

describe('a launch into a full queue', () => {
  /** Kernels that run one after another while the host launches on; the last launch is held up for `heldUpUs`. */
  function launchInto(queued: number, heldUpUs: number) {
    const kernels: MadeKernel[] = Array.from({ length: queued + 1 }, (_, i) =>
      kernel(`k${i}`, 3 * i, [10_000 + 10 * i, 10_009 + 10 * i]),
    )
    const at = Math.max(3 * (queued + 1), 10_021)
    const last = kernel('last', at, [kernels.at(-1)!.at + 10, kernels.at(-1)!.at + 19], {})
    kernels.push({ ...last, launch: [at, heldUpUs] })
    const graph = buildGraph(makeTrace(kernels))
    return { queue: edgeLines(graph, 'Queue'), inferredWaits: graph.report.inferredWaits }
  }

  it('waits for the start of the kernel that made room', () => {
    // k0, k1 and k2 have started when the call comes, k8 when it returns.
    expect(launchInto(514, 60)).toEqual({
      queue: ['k8 starts > cudaLaunchKernel ends'],
      inferredWaits: 1,
    })
  })

  it('is one that is far longer than usual, behind hundreds of kernels', () => {
    expect(launchInto(514, 50).queue).toHaveLength(1)
    expect(launchInto(514, 49.9).queue).toEqual([])
    expect(launchInto(513, 60).queue).toHaveLength(1)
    expect(launchInto(512, 60).queue).toEqual([])
  })
})
