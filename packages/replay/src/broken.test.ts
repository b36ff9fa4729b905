import type { KernelTrace } from '@flowsim/trace-schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildGraph } from './build-graph.js'
import { criticalPath, slack } from './critical-path.js'
import { ReplayError } from './errors.js'
import { EdgeClasses, EdgeList } from './graph/edge-list.js'
import { orderNodes } from './graph/order.js'
import { EdgeKind } from './graph.js'
import { replay } from './replay.js'
import { makeTrace } from './testing/make-trace.js'

const faultsOf = (trace: KernelTrace) => {
  const graph = buildGraph(trace)
  // Replay goes on without what cannot be, and still meets the trace.
  expect([...replay(graph).startNs]).toEqual([...graph.startNs])
  return graph.report
}

describe('a dependency that cannot be is reported with its kernels, and left out', () => {
  it('a kernel before its launch', () => {
    const { faultCount, faults } = faultsOf(
      makeTrace([{ name: 'early', launch: [100, 5], at: 7, takes: 10 }]),
    )
    expect(faultCount).toBe(1)
    expect(faults).toEqual([
      {
        kind: 'kernel_before_launch',
        message:
          'made.json: kernel "early" (kernel 0, stream 7) starts 93000 ns before its launch; replayed without the launch',
        kernels: [0],
      },
    ])
  })

  it('a synchronisation that ends before what it waits for', () => {
    const { faults } = faultsOf(
      makeTrace(
        [{ name: 'long', launch: [0, 5], at: 7, takes: 1000 }],
        [{ api: 'cudaDeviceSynchronize', at: 6, takes: 10 }],
      ),
    )
    expect(faults).toMatchObject([{ kind: 'sync_before_kernel', kernels: [0] }])
    expect(faults[0]!.message).toContain('"long"')
  })

  it('a kernel that starts before the event that its stream waits for', () => {
    const { faults } = faultsOf(
      makeTrace(
        [
          { launch: [0, 5], at: 7, takes: 500 },
          { launch: [10, 5], at: 20, takes: 30, stream: 20 },
        ],
        [{ api: 'cudaStreamWaitEvent', at: 6, takes: 1, stream: 20, waitsForStream: 7 }],
      ),
    )
    expect(faults).toMatchObject([{ kind: 'event_before_kernel', kernels: [0, 1] }])
  })

  it('a kernel that ends before it starts', () => {
    const trace = makeTrace([{ launch: [0, 5], at: 7, takes: -3 }])
    const { faults } = faultsOf(trace)
    expect(faults).toMatchObject([{ kind: 'negative_duration', kernels: [0] }])
    expect(replay(buildGraph(trace)).durationNs[0]).toBe(0)
  })

  it('a circle', () => {
    const edges = new EdgeList(8)
    const classes = new EdgeClasses()
    const cls = (kind: EdgeKind) => classes.get(kind, EdgeKind[kind]!)
    const dropped: [number, number, EdgeKind][] = []
    edges.add(0, 1, cls(EdgeKind.Origin))
    edges.add(1, 2, cls(EdgeKind.Kernel))
    edges.add(2, 3, cls(EdgeKind.Stream))
    edges.add(3, 4, cls(EdgeKind.Kernel))
    edges.add(4, 1, cls(EdgeKind.InferredEvent))
    const { number, out } = orderNodes({
      nodeCount: 5,
      timeNs: Float64Array.of(0, 5, 5, 5, 5),
      edges,
      classes: classes.list,
      originClass: cls(EdgeKind.Origin),
      dropped: (...edge) => dropped.push(edge),
    })
    expect(dropped).toEqual([[4, 1, EdgeKind.InferredEvent]])
    expect([...number].sort()).toEqual([0, 1, 2, 3, 4])
    expect([...out]).toEqual([0, 0, 0, 0, 1])
  })

  it('clocks of host and device that differ by some microseconds are not a fault', () => {
    const { faultCount } = faultsOf(
      makeTrace(
        [{ launch: [10, 5], at: 7, takes: 20 }],
        [{ api: 'cudaDeviceSynchronize', at: 16, takes: 5 }],
      ),
    )
    expect(faultCount).toBe(0)
  })

  it('thousands of faults are counted, a hundred are told', () => {
    const { faultCount, faults } = faultsOf(
      makeTrace(
        Array.from({ length: 300 }, (_, i) => ({
          launch: [9000, 5] as const,
          at: 10 * i,
          takes: 5,
        })),
      ),
    )
    expect(faultCount).toBe(300)
    expect(faults).toHaveLength(100)
  })
})

describe('bad input', () => {
  it('without finite times is refused with the kernel', () => {
    const trace = makeTrace([{ name: 'x', launch: [0, 5], at: Number.NaN, takes: 1 }])
    expect(() => buildGraph(trace)).toThrow(
      new ReplayError(
        'invalid_trace',
        'made.json: kernel 0 ("x") has no finite start and duration; parse the trace again',
      ),
    )
  })

  it('without kernels is a graph without time', () => {
    const graph = buildGraph(makeTrace([]))
    const result = replay(graph)
    expect(result).toMatchObject({ endToEndNs: 0, busyNs: 0, kernelSumNs: 0 })
    expect(criticalPath(graph, result)).toMatchObject({ windowNs: 0, segments: [] })
    expect(slack(graph, result)).toHaveLength(0)
  })

  it.each([
    [{ durationsNs: [1, 2] }, 'durationsNs: 2 values for 1 kernels'],
    [{ durationsNs: [-1] }, 'durationsNs[0]: -1 is not a duration'],
    [{ durationsNs: [Number.NaN] }, 'durationsNs[0]: NaN is not a duration'],
    [{ removed: new Uint8Array(3) }, 'removed: 3 values for 1 kernels'],
    [{ callScale: new Float32Array(9) }, 'callScale: 9 values for 1 calls'],
    [{ hostScale: new Float32Array(9) }, 'hostScale: 9 values for 1 calls'],
  ])('to replay is refused: %o', (options, message) => {
    const graph = buildGraph(makeTrace([{ launch: [0, 5], at: 7, takes: 10 }]))
    expect(() => replay(graph, options)).toThrow(message)
  })
})

/** Traces of any shape: kernels and calls at any time on a few streams and threads. */
const anyTrace = fc
  .record({
    kernels: fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: 2000 }),
        takes: fc.integer({ min: 0, max: 300 }),
        stream: fc.integer({ min: 7, max: 9 }),
        device: fc.integer({ min: 0, max: 1 }),
        launchAt: fc.option(fc.integer({ min: 0, max: 2000 })),
        launchTakes: fc.integer({ min: 0, max: 300 }),
        tid: fc.integer({ min: 1, max: 3 }),
        correlation: fc.integer({ min: 1, max: 12 }),
        kind: fc.constantFrom('kernel' as const, 'memcpy' as const, 'collective' as const),
      }),
      { maxLength: 30 },
    ),
    calls: fc.array(
      fc.record({
        api: fc.constantFrom(
          'cudaStreamSynchronize',
          'cudaDeviceSynchronize',
          'cudaEventSynchronize',
          'cudaStreamWaitEvent',
          'cudaEventRecord',
          'cudaFree',
          'cudaGetDevice',
        ),
        at: fc.integer({ min: 0, max: 2000 }),
        takes: fc.integer({ min: 0, max: 1000 }),
        tid: fc.integer({ min: 1, max: 3 }),
      }),
      { maxLength: 30 },
    ),
  })
  .map(({ kernels, calls }) =>
    makeTrace(
      kernels.map(({ launchAt, launchTakes, ...kernel }) =>
        launchAt === null ? kernel : { ...kernel, launch: [launchAt, launchTakes] as const },
      ),
      calls,
    ),
  )

describe('any trace', () => {
  it('replays as it was, however broken', () => {
    fc.assert(
      fc.property(anyTrace, (trace) => {
        const graph = buildGraph(trace)
        const { startNs, durationNs } = replay(graph)
        for (let k = 0; k < startNs.length; k++) {
          expect(startNs[k]).toBeCloseTo(graph.startNs[k]!, 3)
          expect(durationNs[k]).toBeCloseTo(graph.durationNs[k]!, 3)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('ends no earlier when a kernel takes longer, and no later when it takes less', () => {
    fc.assert(
      fc.property(anyTrace, fc.nat(), fc.double({ min: 0, max: 3, noNaN: true }), (trace, n, f) => {
        const graph = buildGraph(trace)
        if (graph.kernels.length === 0) return
        const which = n % graph.kernels.length
        const durationsNs = graph.durationNs.map((ns, k) => (k === which ? ns * f : ns))
        const changed = replay(graph, { durationsNs }).lastEndNs
        const measured = replay(graph).lastEndNs
        if (f >= 1) expect(changed).toBeGreaterThanOrEqual(measured - 1e-6)
        else expect(changed).toBeLessThanOrEqual(measured + 1e-6)
      }),
      { numRuns: 300 },
    )
  })

  it('runs the kernels of a stream in order, whatever they take', () => {
    fc.assert(
      fc.property(anyTrace, fc.integer(), (trace, seed) => {
        const graph = buildGraph(trace)
        const durationsNs = graph.durationNs.map((ns, k) => ns * (((k * 7919 + seed) >>> 0) % 4))
        const { startNs } = replay(graph, { durationsNs })
        const last = new Map<number, number>()
        for (let k = 0; k < startNs.length; k++) {
          const lane = graph.kernelLane[k]!
          expect(startNs[k]!).toBeGreaterThanOrEqual(last.get(lane) ?? -Infinity)
          last.set(lane, startNs[k]!)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('has a critical path that covers its window, and no negative slack', () => {
    fc.assert(
      fc.property(anyTrace, (trace) => {
        const graph = buildGraph(trace)
        const result = replay(graph, { durationsNs: graph.durationNs.map((ns) => ns * 1.5) })
        const { segments, windowNs } = criticalPath(graph, result)
        const covered = segments.reduce((sum, { durationNs }) => sum + durationNs, 0)
        expect(covered).toBeCloseTo(windowNs, 3)
        for (const ns of slack(graph, result)) expect(ns).toBeGreaterThan(-1e-3)
      }),
      { numRuns: 300 },
    )
  })
})
