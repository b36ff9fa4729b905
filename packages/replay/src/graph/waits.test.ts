// Which kernel of which stream a kernel waits for. Times are microseconds; where no event is recorded the trace
// has a constant launch latency of 1.3 µs, and a start within 5 µs of what is known is not looked into.
import { describe, expect, it } from 'vitest'
import { buildGraph } from '../build-graph.js'
import { edgeLines } from '../testing/edges.js'
import { type MadeCall, type MadeKernel, makeTrace } from '../testing/make-trace.js'

/** A kernel `name` that is launched at `launchAt` for 2 µs and runs from `at` to `to`. */
function kernel(
  name: string,
  launchAt: number | null,
  [at, to]: readonly [at: number, to: number],
  more: Partial<MadeKernel> = {},
): MadeKernel {
  const launch = launchAt === null ? {} : { launch: [launchAt, 2] as const }
  return { name, ...launch, at, takes: to - at, ...more }
}
const onWaiting = { stream: 20 }
const waits = (at: number, more: Partial<MadeCall> = {}): MadeCall => ({
  api: 'cudaStreamWaitEvent',
  at,
  takes: 1,
  ...more,
})
const records = (at: number, more: Partial<MadeCall> = {}): MadeCall => ({
  api: 'cudaEventRecord',
  at,
  takes: 1,
  ...more,
})
/** What the trace says: stream 20 waits for what stream 7 held. */
const NAMED = { stream: 20, waitsForStream: 7 }

function eventsOf(kernels: readonly MadeKernel[], calls: readonly MadeCall[], inference = true) {
  const graph = buildGraph(makeTrace(kernels, calls), { inference })
  const { inferredWaits, unknownWaits, faults } = graph.report
  return {
    event: edgeLines(graph, 'Event'),
    inferred: edgeLines(graph, 'InferredEvent'),
    inferredWaits,
    unknownWaits,
    faults,
  }
}

describe('a wait for a stream that the trace names', () => {
  const first = kernel('first', 0, [5, 50])
  const second = kernel('second', 10, [52, 150])

  it('is for the last kernel before the event was recorded, by the next kernel of the waiting stream', () => {
    const { event, faults } = eventsOf(
      [
        first,
        second,
        kernel('early', 4, [8, 9], onWaiting),
        kernel('next', 30, [53, 60], onWaiting),
        kernel('later', 34, [61, 70], onWaiting),
      ],
      [records(6, { correlation: 5 }), waits(20, { ...NAMED, waitsForCorrelation: 5 })],
    )
    expect(event).toEqual(['first ends > next starts'])
    expect(faults).toEqual([])
  })

  it('of which the record is not known is for what was launched before the wait', () => {
    const next = kernel('next', 30, [153, 160], onWaiting)
    const named = { ...NAMED, waitsForCorrelation: 99 }
    const calls = (at: number) => [records(6, { correlation: 5 }), waits(at, named)]
    expect(eventsOf([first, second, next], calls(20)).event).toEqual(['second ends > next starts'])
    expect(eventsOf([first, second, next], calls(9)).event).toEqual(['first ends > next starts'])
    // A kernel whose launch starts with the wait was not launched before it.
    expect(eventsOf([first, second, next], calls(10)).event).toEqual(['first ends > next starts'])
  })

  it('holds nothing where nothing was launched before or after it', () => {
    const before = eventsOf([kernel('next', 30, [33, 40], onWaiting), second], [waits(3, NAMED)])
    expect(before.event).toEqual([])
    const after = eventsOf([first, kernel('early', 4, [8, 9], onWaiting)], [waits(20, NAMED)])
    expect(after.event).toEqual([])
    expect([before.unknownWaits, after.unknownWaits]).toEqual([0, 0])
  })

  it('does not make a kernel wait for itself', () => {
    const { event, faults } = eventsOf(
      [first, second],
      [
        records(30, { correlation: 5 }),
        waits(8, { stream: 7, waitsForStream: 7, waitsForCorrelation: 5 }),
      ],
    )
    expect([event, faults]).toEqual([[], []])
  })

  it('counts what ended before the kernel started, where its launch is not in the trace', () => {
    const old = kernel('old', null, [1, 28])
    const next = kernel('next', 30, [33, 40], onWaiting)
    const { event } = eventsOf([kernel('older', 0, [0.5, 0.9]), old, next], [waits(20, NAMED)])
    expect(event).toEqual(['old ends > next starts'])
    const running = kernel('running', null, [1, 34])
    const none = eventsOf([kernel('older', 0, [0.5, 0.9]), running, next], [waits(20, NAMED)])
    expect(none.event).toEqual(['older ends > next starts'])
  })

  it('is within the device where several have a stream of that number', () => {
    const there = kernel('there', 3, [6, 31], { device: 1 })
    const next = kernel('next', 30, [53, 60], { stream: 20, device: 1 })
    expect(eventsOf([first, there, next], [waits(20, NAMED)]).event).toEqual([
      'there ends > next starts',
    ])
    expect(eventsOf([first, next], [waits(20, NAMED)]).event).toEqual(['first ends > next starts'])
  })

  it('that the times contradict by more than clocks differ is a fault, and told', () => {
    const startingAt = (at: number) =>
      eventsOf([first, kernel('next', 12, [at, at + 5], onWaiting)], [waits(8, NAMED)])
    expect(startingAt(30)).toMatchObject({ event: ['first ends > next starts'], faults: [] })
    expect(startingAt(29)).toMatchObject({
      event: [],
      faults: [
        {
          kind: 'event_before_kernel',
          message:
            'made.json: "next" (kernel 1, stream 20) waits for an event after "first" (kernel 0, stream 7) but starts 21000 ns before its end; replayed without the wait',
          kernels: [0, 1],
        },
      ],
    })
  })
})

describe('a wait of which the trace tells only that it was', () => {
  const first = kernel('first', 0, [5, 50])
  /** Starts where its launch puts it, so that nothing else is looked for. */
  const next = kernel('next', 49, [53, 60], onWaiting)

  it('is for the last kernel before the latest record, on the stream that its thread launched to last', () => {
    const second = kernel('second', 10, [50.5, 52])
    const calls = [records(6), records(8), waits(45)]
    expect(eventsOf([first, second, next], calls)).toMatchObject({
      inferred: ['first ends > next starts'],
      inferredWaits: 1,
      unknownWaits: 0,
    })
    expect(eventsOf([first, second, next], [...calls, records(20)]).inferred).toEqual([
      'second ends > next starts',
    ])
    // A record after the wait is not the one.
    expect(eventsOf([first, second, next], [...calls, records(46)]).inferred).toEqual([
      'first ends > next starts',
    ])
  })

  it('follows the thread of the record, whatever others launch', () => {
    const side = kernel('side', 12, [15, 40], { stream: 9 })
    const { inferred } = eventsOf(
      [{ ...first, tid: 2 }, side, next],
      [records(20, { tid: 2 }), waits(45)],
    )
    expect(inferred).toEqual(['first ends > next starts'])
    expect(eventsOf([{ ...first, tid: 2 }, side, next], [records(20), waits(45)]).inferred).toEqual(
      ['side ends > next starts'],
    )
  })

  it.each([
    ['none was recorded', []],
    ['the thread of the record launched nothing', [records(20, { tid: 3 })]],
  ])('is for the kernel of another stream that ended last where %s', (_, calls) => {
    const side = kernel('side', 12, [15, 40], { stream: 9 })
    const late = kernel('late', 14, [16, 70], { stream: 8 })
    const elsewhere = kernel('elsewhere', 16, [17, 52], { stream: 6, device: 1 })
    const after = kernel('after', 47, [49.5, 52], { stream: 5, tid: 2 })
    const { inferred } = eventsOf(
      [first, side, late, elsewhere, after, next],
      [...calls, waits(45)],
    )
    expect(inferred).toEqual(['first ends > next starts'])
  })

  it('is for another stream where the record was on the same one, or its kernel runs on', () => {
    const same = kernel('same', 20, [23, 30], onWaiting)
    expect(eventsOf([first, same, next], [records(24), waits(45)]).inferred).toEqual([
      'first ends > next starts',
    ])
    const long = kernel('long', 20, [23, 90], { stream: 9 })
    expect(eventsOf([first, long, next], [records(24), waits(45)]).inferred).toEqual([
      'first ends > next starts',
    ])
  })

  it('may be for a kernel that ended as the next one started', () => {
    const flush = kernel('flush', 0, [5, 53])
    expect(eventsOf([flush, next], [records(6), waits(45)]).inferred).toEqual([
      'flush ends > next starts',
    ])
    expect(eventsOf([flush, next], [waits(45)]).inferred).toEqual(['flush ends > next starts'])
  })

  it('looks back 64 kernels for one that had ended', () => {
    const running = (count: number) =>
      Array.from({ length: count }, (_, i) =>
        kernel(`running_${i}`, 2.1 + i / 10, [60 + i, 61 + i]),
      )
    expect(eventsOf([first, ...running(63), next], [waits(45)]).inferred).toEqual([
      'first ends > next starts',
    ])
    expect(eventsOf([first, ...running(64), next], [waits(45)])).toMatchObject({
      inferred: [],
      inferredWaits: 0,
      unknownWaits: 1,
    })
  })

  it('is one edge for several waits for the same, and holds only the next launch', () => {
    const later = kernel('later', 58, [61, 65], onWaiting)
    expect(eventsOf([first, next, later], [records(6), waits(44), waits(46)])).toMatchObject({
      inferred: ['first ends > next starts'],
      inferredWaits: 1,
      unknownWaits: 0,
    })
  })

  it('is unknown where no other stream ran, no launch follows, or nothing may be inferred', () => {
    expect(eventsOf([first], [waits(45)]).unknownWaits).toBe(1)
    expect(eventsOf([first, next], [waits(60), waits(63)])).toMatchObject({
      inferred: [],
      unknownWaits: 2,
    })
    expect(eventsOf([next], [waits(45)]).unknownWaits).toBe(1)
    expect(eventsOf([first, next], [records(6), waits(44), waits(46)], false)).toMatchObject({
      inferred: [],
      inferredWaits: 0,
      unknownWaits: 2,
    })
  })

  it('of a communication library right after its launch is not a wait of the program', () => {
    const gather = kernel('ncclDevKernel_AllGather', 38, [41, 43], {
      kind: 'collective',
      stream: 30,
    })
    const afterLaunch = (...times: number[]) =>
      eventsOf([first, gather, next], [records(6), ...times.map((at) => waits(at))])
    expect(afterLaunch(41)).toMatchObject({ inferred: [], unknownWaits: 0 })
    // One wait is the library's, the next one is not; nor is one that comes much later.
    expect(afterLaunch(41, 43).inferred).toEqual(['first ends > next starts'])
    const late = { ...gather, launch: [18, 2] as const, at: 21 }
    expect(eventsOf([first, late, next], [records(6), waits(40)]).inferred).toEqual([
      'first ends > next starts',
    ])
    expect(eventsOf([first, late, next], [records(6), waits(39.9)]).inferred).toEqual([])
    const copy = { ...gather, kind: 'kernel' as const, name: 'copy' }
    expect(eventsOf([first, copy, next], [records(6), waits(41)]).inferred).toEqual([
      'first ends > next starts',
    ])
  })
})
