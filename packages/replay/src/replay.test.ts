import { describe, expect, it } from 'vitest'
import { buildGraph } from './build-graph.js'
import { criticalPath, slack } from './critical-path.js'
import { replay } from './replay.js'
import { type MadeKernel, makeTrace } from './testing/make-trace.js'

/** The end-to-end time in microseconds with every duration times `factor`. */
function endToEndUs(graph: ReturnType<typeof buildGraph>, factor: (k: number) => number): number {
  const durationsNs = graph.durationNs.map((ns, k) => ns * factor(k))
  return replay(graph, { durationsNs }).endToEndNs / 1000
}

/** Ten launches of 5 µs every 10 µs; kernels of 2 µs that start 2 µs after their launch returned. */
const launchBound: MadeKernel[] = Array.from({ length: 10 }, (_, i) => ({
  launch: [10 * i, 5],
  at: 10 * i + 7,
  takes: 2,
}))

/** Ten launches of 5 µs back to back; kernels of 20 µs with gaps of 1 µs. */
const computeBound: MadeKernel[] = Array.from({ length: 10 }, (_, i) => ({
  launch: [5 * i, 5],
  at: 7 + 21 * i,
  takes: 20,
}))

describe('a launch-bound trace', () => {
  const graph = buildGraph(makeTrace(launchBound))

  it('replays as it was', () => {
    const result = replay(graph)
    expect([...result.startNs]).toEqual([...graph.startNs])
    expect(result).toMatchObject({ endToEndNs: 92_000, busyNs: 20_000, kernelSumNs: 20_000 })
  })

  it('gains nothing from faster kernels but the last one', () => {
    expect(endToEndUs(graph, () => 0.5)).toBe(91)
  })

  it('becomes compute-bound when kernels take longer than the launches lie apart', () => {
    // 7 µs to the first kernel; then 20 µs each, with a gap of at most what was measured (8 µs) and at
    // least nothing: the typical gap of the fallback, 1.056 µs.
    expect(endToEndUs(graph, () => 10)).toBeCloseTo(10 * 20 + 9 * 1.056, 3)
  })

  it('runs back to back without launch overhead and host work', () => {
    const none = new Float32Array(graph.calls.count)
    const { endToEndNs } = replay(graph, { callScale: none, hostScale: none })
    expect(endToEndNs).toBeCloseTo(10 * 2000 + 9 * 1056, 3)
  })

  it('has launches and the host on its critical path', () => {
    const { kinds, windowNs, segments } = criticalPath(graph, replay(graph))
    expect(kinds).toMatchObject({ computation: 2000, call: 45_000, host: 43_000, launch: 2000 })
    expect(segments.reduce((sum, { durationNs }) => sum + durationNs, 0)).toBe(windowNs)
  })
})

describe('a compute-bound trace', () => {
  const graph = buildGraph(makeTrace(computeBound))

  it('scales with its kernels, and keeps the gaps between them', () => {
    expect(endToEndUs(graph, () => 1)).toBe(209)
    expect(endToEndUs(graph, () => 2)).toBe(409)
  })

  it('can be replayed into the arrays of an earlier result', () => {
    const durationsNs = graph.durationNs.map((ns, k) => ns * (1 + k))
    const fresh = replay(graph, { durationsNs })
    const earlier = replay(graph)
    const again = replay(graph, { durationsNs, reuse: earlier })
    expect(again.nodeNs).toBe(earlier.nodeNs)
    expect(again).toEqual(fresh)
    const other = buildGraph(makeTrace(computeBound.slice(1)))
    expect(replay(other, { reuse: earlier })).toEqual(replay(other))
  })

  it('becomes launch-bound when kernels are faster than launches', () => {
    // The last launch returns at 50 µs; its kernel, which was queued before, starts after the fallback's
    // launch latency of 1.3 µs and takes 2 µs. The first starts at 7 µs, as measured.
    expect(endToEndUs(graph, () => 0.1)).toBeCloseTo(50 + 1.3 + 2 - 7, 3)
  })

  it('has kernels and gaps on its critical path, and no slack on it', () => {
    const result = replay(graph)
    const { kinds, kernels } = criticalPath(graph, result)
    expect(kinds).toMatchObject({ computation: 200_000, gap: 9000, launch: 0 })
    expect(kernels).toHaveLength(10)
    expect([...slack(graph, result)]).toEqual(new Array(10).fill(0))
  })

  it('loses a removed kernel, its gap and its launch', () => {
    const removed = new Uint8Array(10)
    removed[4] = 1
    const result = replay(graph, { removed })
    expect(result.endToEndNs).toBe(188_000)
    expect(result.kernelSumNs).toBe(180_000)
  })
})

describe('synchronisation', () => {
  // A kernel of 100 µs, a wait for it, 10 µs of host work, another kernel.
  const trace = makeTrace(
    [
      { launch: [0, 5], at: 7, takes: 100 },
      { launch: [120, 5], at: 127, takes: 10 },
    ],
    [{ api: 'cudaStreamSynchronize', at: 6, takes: 104, stream: 7 }],
  )

  it('holds back the host until the kernel ends', () => {
    const graph = buildGraph(trace)
    expect(graph.report.edgesByKind.Sync).toBe(1)
    expect(endToEndUs(graph, () => 1)).toBe(130)
    // Kernel 50 µs shorter: so is everything after it.
    expect(endToEndUs(graph, (k) => (k === 0 ? 0.5 : 1))).toBe(80)
    expect(endToEndUs(graph, (k) => (k === 0 ? 2 : 1))).toBe(230)
  })

  it('is found where the trace does not name the stream', () => {
    const calls = [{ api: 'cudaStreamSynchronize', at: 6, takes: 104 }]
    const graph = buildGraph(makeTrace([...made(trace)], calls))
    expect(graph.report.inferredWaits).toBe(1)
    expect(endToEndUs(graph, (k) => (k === 0 ? 0.5 : 1))).toBe(80)
  })

  it.each(['cudaDeviceSynchronize', 'hipDeviceSynchronize', 'cuCtxSynchronize'])(
    'of the device: %s',
    (api) => {
      const graph = buildGraph(makeTrace([...made(trace)], [{ api, at: 6, takes: 104 }]))
      expect(endToEndUs(graph, (k) => (k === 0 ? 0.5 : 1))).toBe(80)
    },
  )

  it('of an event of which the trace tells nothing is followed where it shows', () => {
    const calls = [{ api: 'cudaEventSynchronize', at: 6, takes: 104 }]
    const graph = buildGraph(makeTrace([...made(trace)], calls))
    expect(endToEndUs(graph, (k) => (k === 0 ? 0.5 : 1))).toBe(80)
  })

  it('is in a copy call that returns after its copy', () => {
    const graph = buildGraph(
      makeTrace([
        { launch: [0, 5], at: 7, takes: 100 },
        { kind: 'memcpy', launch: [6, 110], at: 108, takes: 5 },
        { launch: [120, 5], at: 127, takes: 10 },
      ]),
    )
    expect(endToEndUs(graph, (k) => (k === 0 ? 0.5 : 1))).toBe(80)
  })
})

/** The kernels of a made trace, to make another of. */
function made({ kernels }: ReturnType<typeof makeTrace>): MadeKernel[] {
  return kernels.map((kernel) => ({
    at: kernel.startNs / 1000,
    takes: kernel.durationNs / 1000,
    stream: kernel.stream,
    ...(kernel.launch
      ? { launch: [kernel.launch.startNs / 1000, kernel.launch.durationNs / 1000] as const }
      : {}),
  }))
}

describe('two streams', () => {
  // Stream 7 runs 50 µs; stream 20 waits for its event, then runs 30 µs; stream 7 goes on for 20 µs.
  const kernels: MadeKernel[] = [
    { launch: [0, 5], at: 7, takes: 50 },
    { launch: [10, 5], at: 58, takes: 30, stream: 20 },
    { launch: [16, 5], at: 58, takes: 20 },
  ]
  const wait = { api: 'cudaStreamWaitEvent', at: 8, takes: 1 }
  const record = { api: 'cudaEventRecord', at: 6, takes: 1, correlation: 5 }

  it('with a recorded event follow it', () => {
    const recorded = { ...wait, stream: 20, waitsForStream: 7, waitsForCorrelation: 5 }
    const graph = buildGraph(makeTrace(kernels, [record, recorded]))
    expect(graph.report.edgesByKind.Event).toBe(1)
    expect(endToEndUs(graph, () => 1)).toBe(81)
    expect(endToEndUs(graph, (k) => (k === 0 ? 2 : 1))).toBe(131)
    // The other stream's kernel has 10 µs to spare.
    expect([...slack(graph, replay(graph))].map((ns) => ns / 1000)).toEqual([0, 0, 10])
  })

  it('with an event that the trace does not name follow it, and that is counted', () => {
    const graph = buildGraph(makeTrace(kernels, [record, wait]))
    expect(graph.report).toMatchObject({ inferredWaits: 1 })
    expect(graph.report.edgesByKind.InferredEvent).toBe(1)
    expect(endToEndUs(graph, (k) => (k === 0 ? 2 : 1))).toBe(131)
  })

  it('without any record of the event follow their timing', () => {
    const graph = buildGraph(makeTrace(kernels))
    expect(graph.report.edgesByKind.InferredEvent).toBe(1)
    expect(endToEndUs(graph, (k) => (k === 0 ? 2 : 1))).toBe(131)
  })

  it('are independent where inference is off', () => {
    const graph = buildGraph(makeTrace(kernels), { inference: false })
    // What held stream 20 back is not known, so it keeps its measured start.
    expect(endToEndUs(graph, (k) => (k === 0 ? 2 : 1))).toBe(121)
  })

  it('that run side by side end with the later one', () => {
    const graph = buildGraph(
      makeTrace([
        { launch: [0, 5], at: 7, takes: 50 },
        { launch: [6, 5], at: 13, takes: 60, stream: 20 },
      ]),
    )
    expect(replay(graph)).toMatchObject({
      endToEndNs: 66_000,
      busyNs: 66_000,
      kernelSumNs: 110_000,
    })
    expect(endToEndUs(graph, (k) => (k === 1 ? 0.1 : 1))).toBe(50)
  })
})

describe('a kernel that finds no free compute units', () => {
  // Stream 20 is empty and its kernel launched at 20 µs, but it starts only when the one of stream 7
  // has 5 of its 1000 µs to go.
  const graph = buildGraph(
    makeTrace([
      { launch: [0, 5], at: 7, takes: 1000 },
      { launch: [20, 5], at: 1002, takes: 10, stream: 20 },
    ]),
  )

  it('moves with the one that holds them', () => {
    expect(graph.report.edgesByKind.Occupancy).toBe(1)
    expect(replay(graph).startNs[1]).toBe(1_002_000)
    const faster = replay(graph, { durationsNs: [500_000, 10_000] })
    expect(faster.startNs[1]).toBe(502_000)
  })
})

describe('programmatic dependent launch', () => {
  // The second kernel starts 3 µs before the first ends.
  const graph = buildGraph(
    makeTrace([
      { launch: [0, 5], at: 7, takes: 50, api: 'cudaLaunchKernelExC' },
      { launch: [6, 5], at: 54, takes: 20, api: 'cudaLaunchKernelExC' },
    ]),
  )

  it('keeps its overlap', () => {
    expect(graph.report.edgesByKind.Overlap).toBe(2)
    expect(endToEndUs(graph, () => 1)).toBe(67)
    expect(endToEndUs(graph, (k) => (k === 0 ? 2 : 1))).toBe(117)
  })

  it('does not start before the kernel that it follows', () => {
    const { startNs } = replay(graph, { durationsNs: [1000, 20_000] })
    expect(startNs[1]).toBeGreaterThanOrEqual(startNs[0]!)
  })

  it('has a critical path without a gap', () => {
    const { segments, kinds } = criticalPath(graph, replay(graph))
    expect(segments.reduce((sum, { durationNs }) => sum + durationNs, 0)).toBe(67_000)
    expect(kinds.computation).toBe(67_000)
  })
})

describe('a kernel that outlasts the next one of its stream', () => {
  // The second lies within the first; the third starts when both are over.
  const graph = buildGraph(
    makeTrace([
      { launch: [0, 5], at: 7, takes: 100 },
      { launch: [6, 5], at: 20, takes: 10 },
      { launch: [40, 5], at: 110, takes: 10 },
    ]),
  )
  const starts = (...durationsNs: number[]) => replay(graph, { durationsNs }).startNs

  it('holds back the one after both', () => {
    expect(starts(200_000, 10_000, 10_000)[2]).toBeGreaterThanOrEqual(207_000)
  })

  it('lets it go when it is short, and then the other one holds it', () => {
    expect(starts(20_000, 10_000, 10_000)[2]).toBeLessThan(60_000)
    const [, second, third] = starts(20_000, 90_000, 10_000)
    expect(third).toBeGreaterThanOrEqual(second! + 90_000)
  })
})

describe('a graph launch', () => {
  const launch = [0, 20] as const
  const graphKernels: MadeKernel[] = [
    { launch, correlation: 9, api: 'cudaGraphLaunch', at: 30, takes: 10 },
    { launch, correlation: 9, api: 'cudaGraphLaunch', at: 41, takes: 10 },
    { launch, correlation: 9, api: 'cudaGraphLaunch', at: 52, takes: 10 },
    { launch: [60, 5], at: 68, takes: 5 },
  ]

  it('holds back its first kernel only, the others follow the stream', () => {
    const graph = buildGraph(makeTrace(graphKernels))
    expect(graph.report.edgesByKind.Launch).toBe(2)
    expect(endToEndUs(graph, () => 1)).toBe(43)
    expect(endToEndUs(graph, (k) => (k < 3 ? 2 : 1))).toBeCloseTo(62 + 1 + 5, 0)
  })

  it('runs its branches side by side where they overlap on one stream', () => {
    const branches: MadeKernel[] = [
      { launch, correlation: 9, api: 'cudaGraphLaunch', at: 30, takes: 10 },
      { launch, correlation: 9, api: 'cudaGraphLaunch', at: 41, takes: 40 },
      { launch, correlation: 9, api: 'cudaGraphLaunch', at: 42, takes: 10 },
    ]
    const graph = buildGraph(makeTrace(branches))
    expect(endToEndUs(graph, () => 1)).toBe(51)
    // The short branch does not wait for the long one.
    expect(replay(graph, { durationsNs: [10_000, 400_000, 10_000] }).startNs[2]).toBe(42_000)
  })
})

describe('host threads', () => {
  // Thread 1 launches and waits; thread 2 goes on 20 µs after thread 1's last call.
  const trace = makeTrace(
    [
      { launch: [0, 5], at: 7, takes: 5, tid: 2 },
      { launch: [10, 5], at: 17, takes: 500 },
      { launch: [560, 5], at: 567, takes: 50, tid: 2 },
    ],
    [{ api: 'cudaStreamSynchronize', at: 20, takes: 520, stream: 7 }],
  )

  it('that pause while another waits go on with it', () => {
    const graph = buildGraph(trace)
    // Thread 2 also starts thread 1.
    expect(graph.report.edgesByKind.Handover).toBe(2)
    expect(endToEndUs(graph, () => 1)).toBe(610)
    expect(endToEndUs(graph, (k) => (k === 1 ? 0.2 : 1))).toBe(210)
  })

  it('keep their own pace where inference is off', () => {
    const graph = buildGraph(trace, { inference: false })
    expect(endToEndUs(graph, (k) => (k === 1 ? 0.2 : 1))).toBe(610)
  })
})
