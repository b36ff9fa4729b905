// Why a kernel starts long after its launch. Times are microseconds; a launch of 2 µs with the constant latency of
// 1.3 µs makes a kernel ready 3.3 µs after the start of its call.
import { describe, expect, it } from 'vitest'
import { buildGraph } from '../build-graph.js'
import { edgeLines } from '../testing/edges.js'
import { type MadeKernel, makeTrace } from '../testing/make-trace.js'

function kernel(
  name: string,
  launchAt: number | null,
  [at, to]: readonly [at: number, to: number],
  more: Partial<MadeKernel> = {},
): MadeKernel {
  const launch = launchAt === null ? {} : { launch: [launchAt, 2] as const }
  return { name, ...launch, at, takes: to - at, ...more }
}
const reasons = (...kernels: MadeKernel[]) => {
  const graph = buildGraph(makeTrace(kernels))
  const held = edgeLines(graph, 'InferredEvent', 'Occupancy')
  return { held, inferredWaits: graph.report.inferredWaits }
}
const other = { stream: 20 }

describe('a kernel that starts late', () => {
  it('waited for the event of another stream whose kernel ended just before', () => {
    const first = kernel('first', 0, [5, 50])
    expect(reasons(first, kernel('late', 40, [51, 60], other))).toEqual({
      held: ['first ends > late starts'],
      inferredWaits: 1,
    })
    // 43.3 + 5 µs is where lateness begins, and 5 µs after an end is the last that is a reaction to it.
    expect(
      reasons(kernel('first', 0, [5, 48]), kernel('late', 40, [48.3, 60], other)).held,
    ).toEqual(['first ends > late starts'])
    expect(
      reasons(kernel('first', 0, [5, 48]), kernel('late', 40, [48.2, 60], other)).held,
    ).toEqual([])
    expect(reasons(first, kernel('late', 40, [55, 60], other)).held).toHaveLength(1)
    expect(reasons(first, kernel('late', 40, [55.1, 60], other)).held).toEqual([])
    // What ended before it was ready explains nothing.
    expect(
      reasons(kernel('first', 0, [5, 43.3]), kernel('late', 40, [48.3, 60], other)).held,
    ).toEqual([])
  })

  it('waited for the last of several', () => {
    const [first, second] = [
      kernel('first', 0, [5, 50]),
      kernel('second', 4, [8, 51], { stream: 9 }),
    ]
    const late = kernel('late', 40, [52, 60], other)
    expect(reasons(first, second, late).held).toEqual(['second ends > late starts'])
    const before = { ...first, at: 49.5, takes: 0.7, launch: [3, 0.5] as const, name: 'before' }
    expect(reasons(kernel('first', 0, [5, 49]), before, late).held).toEqual([
      'before ends > late starts',
    ])
  })

  it('waited for nothing on its stream, on another device, or launched after it', () => {
    const late = kernel('late', 40, [51, 60], other)
    expect(reasons(kernel('first', 0, [5, 50], other), late).held).toEqual([])
    expect(reasons(kernel('first', 0, [5, 50], { device: 1 }), late).held).toEqual([])
    expect(reasons(kernel('first', 41, [45, 50], { tid: 2 }), late).held).toEqual([])
  })

  it('may have waited for a kernel whose launch is not in the trace', () => {
    const late = kernel('late', 40, [51, 60], other)
    expect(reasons(kernel('first', null, [5, 50]), late).held).toEqual(['first ends > late starts'])
  })

  it('without a launch is as late as its stream says', () => {
    const before = kernel('before', 0, [5, 20], other)
    const first = kernel('first', 4, [8, 50])
    expect(reasons(before, first, kernel('late', null, [51, 60], other)).held).toEqual([
      'first ends > late starts',
    ])
    // The first of a stream without a launch: nothing says when it was ready.
    expect(reasons(first, kernel('late', null, [51, 60], other)).held).toEqual([])
  })
})

describe('a kernel that waits for compute units', () => {
  it('starts in the last tenth of its wait for the kernel that holds them', () => {
    const late = kernel('late', 20, [123.3, 130], other)
    expect(reasons(kernel('first', 0, [5, 133.3]), late)).toEqual({
      held: ['first ends > late starts'],
      inferredWaits: 0,
    })
    expect(reasons(kernel('first', 0, [5, 133.5]), late).held).toEqual([])
    // It began by the time at which the late one was ready, or just after.
    expect(reasons(kernel('first', 0, [28.3, 130]), late).held).toHaveLength(1)
    expect(reasons(kernel('first', 0, [28.4, 130]), late).held).toEqual([])
  })

  it('gets them from the one that ends first, and an event explains more', () => {
    const late = kernel('late', 20, [123.3, 135], other)
    const [first, second] = [
      kernel('first', 0, [5, 130]),
      kernel('second', 4, [8, 128], { stream: 9 }),
    ]
    expect(reasons(first, second, late).held).toEqual(['second ends > late starts'])
    expect(reasons(first, { ...second, device: 1 }, late).held).toEqual([
      'first ends > late starts',
    ])
    const event = kernel('event', 8, [12, 122], { stream: 11 })
    expect(reasons(first, second, event, late)).toEqual({
      held: ['event ends > late starts'],
      inferredWaits: 1,
    })
  })
})

describe('streams that are searched', () => {
  it('are the 64 busiest', () => {
    const busy = (count: number) =>
      Array.from({ length: count }, (_, i) => [
        kernel(`one_${i}`, i / 100, [5, 6], { stream: 100 + i }),
        kernel(`two_${i}`, i / 100 + 1, [7, 8], { stream: 100 + i }),
      ]).flat()
    const first = kernel('first', 4, [7, 50])
    const late = kernel('late', 40, [51, 60], other)
    expect(reasons(...busy(63), first, late).held).toEqual(['first ends > late starts'])
    expect(reasons(...busy(64), first, late).held).toEqual([])
  })
})

describe('the first kernel of a device', () => {
  const begins = (...kernels: MadeKernel[]) =>
    edgeLines(buildGraph(makeTrace(kernels)), 'Origin').filter((line) => !line.includes('Launch'))

  it('that starts 100 µs after its launch was held by work from before the trace', () => {
    expect(begins(kernel('first', 0, [103.4, 110]))).toEqual(['begin > first starts'])
    expect(begins(kernel('first', 0, [103.3, 110]))).toEqual([])
  })

  it('is looked at on each device, and the others are not', () => {
    const first = kernel('first', 0, [200, 210])
    const second = kernel('second', 4, [400, 410], other)
    expect(begins(first, second, kernel('there', 8, [500, 510], { device: 1 }))).toEqual([
      'begin > first starts',
      'begin > there starts',
    ])
  })
})
