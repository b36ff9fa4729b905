import { kinetoLines, parseTrace } from '@flowsim/parser'
import { parseFile } from '@flowsim/parser/node'
import { kernelTraceSchema } from '@flowsim/trace-schema/zod'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../tests/corpus.js'
import { buildGraph } from './build-graph.js'
import { type ChromeEvent, chromeTraceLines } from './chrome-events.js'
import { replay } from './replay.js'
import { sideBySide } from './side-by-side.js'
import { makeTrace } from './testing/make-trace.js'
import { TimeMap } from './time-map.js'
import { timeline } from './timeline.js'

const trace = makeTrace(
  [
    { launch: [0, 5], at: 7, takes: 100 },
    { launch: [120, 5], at: 127, takes: 10 },
  ],
  [
    { api: 'cudaStreamSynchronize', at: 6, takes: 104, stream: 7 },
    { api: 'cudaGetDevice', at: 115, takes: 1 },
  ],
  {
    annotations: [
      { name: 'step', on: 'host', pid: 1, tid: 1, startNs: 0, durationNs: 130_000 },
      { name: 'step', on: 'device', pid: 0, tid: 7, startNs: 7000, durationNs: 100_000 },
    ],
  },
)
const graph = buildGraph(trace)

describe('the timeline of a replay', () => {
  it('with nothing changed is that of the trace', () => {
    const replayed = timeline(graph, replay(graph))
    expect(replayed).toEqual({ ...trace, source: 'made.json (replayed)' })
  })

  it('moves kernels, launches, other calls and annotations', () => {
    const faster = timeline(graph, replay(graph, { durationsNs: [50_000, 10_000] }))
    expect(faster.kernels.map(({ startNs, durationNs }) => [startNs, durationNs])).toEqual([
      [7000, 50_000],
      [77_000, 10_000],
    ])
    expect(faster.kernels[1]!.launch).toMatchObject({ startNs: 70_000, durationNs: 5000 })
    // A call that the graph does not hold keeps its place between those around it.
    expect(faster.hostCalls!.find(({ api }) => api === 'cudaGetDevice')).toMatchObject({
      startNs: 65_000,
      durationNs: 1000,
    })
    expect(faster.annotations).toMatchObject([
      { on: 'host', startNs: 0, durationNs: 80_000 },
      { on: 'device', startNs: 7000, durationNs: 50_000 },
    ])
  })

  it('leaves removed kernels out', () => {
    const { kernels } = timeline(graph, replay(graph, { removed: Uint8Array.of(1, 0) }))
    expect(kernels).toHaveLength(1)
  })

  it('is a trace that is written and read again', async () => {
    const predicted = timeline(graph, replay(graph, { durationsNs: [50_000, 10_000] }))
    expect(kernelTraceSchema.safeParse(predicted).success).toBe(true)
    const text = [...kinetoLines(predicted)].join('')
    const again = await parseTrace([new TextEncoder().encode(text)])
    expect(again.kernels.map(({ durationNs }) => durationNs)).toEqual([50_000, 10_000])
  })

  it('of a rank that is not there is refused', () => {
    expect(() => timeline(graph, replay(graph), { rank: 3 })).toThrow(
      'rank: the graph has no rank 3; it has 0',
    )
  })
})

describe('two runs side by side', () => {
  const predicted = timeline(graph, replay(graph, { durationsNs: [50_000, 10_000] }))
  const events = [...sideBySide(trace, predicted)]
  const of = (ph: string) => events.filter((event) => event.ph === ph)

  it('are separate processes, named', () => {
    const names = of('M').flatMap(({ name, args }) =>
      name === 'process_name' ? [(args as { name: string }).name] : [],
    )
    expect(names.sort()).toEqual([
      'measured: GPU 0',
      'measured: process 1',
      'predicted: GPU 0',
      'predicted: process 1',
    ])
  })

  it('begin at the start of their first kernel', () => {
    const kernels = of('X').filter(({ cat }) => cat === 'kernel')
    expect(kernels.map(({ ts, dur }) => [ts, dur])).toEqual([
      [0, 100],
      [120, 10],
      [0, 50],
      [70, 10],
    ])
  })

  it('have a flow from each kernel to its counterpart', () => {
    const place = ({ id, pid, tid, ts }: ChromeEvent) => ({ id, pid, tid, ts })
    const [gpu, otherGpu] = ['measured: GPU 0', 'predicted: GPU 0'].map(
      (label) =>
        of('M').find(({ args }) => (args as { name?: string }).name === label)!.pid as number,
    )
    expect(of('s').map(place)).toEqual([
      { id: 0, pid: gpu, tid: 7, ts: 0 },
      { id: 1, pid: gpu, tid: 7, ts: 120 },
    ])
    expect(of('f').map(place)).toEqual([
      { id: 0, pid: otherGpu, tid: 7, ts: 0 },
      { id: 1, pid: otherGpu, tid: 7, ts: 70 },
    ])
  })

  it('have no flow for a kernel that is gone', () => {
    const without = timeline(graph, replay(graph, { removed: Uint8Array.of(0, 1) }))
    const flows = [...sideBySide(trace, without)].filter(({ ph }) => ph === 's')
    expect(flows).toHaveLength(1)
  })

  it('of several ranks are told apart by their rank', () => {
    const ranks = [0, 1].map((rank) => ({ ...trace, rank }))
    const both = buildGraph(ranks)
    const lines = (result: ReturnType<typeof replay>) =>
      both.ranks.map(({ rank }) => timeline(both, result, { rank }))
    const slower = replay(both, { durationsNs: [100_000, 10_000, 100_000, 60_000] })
    const events = [...sideBySide(lines(replay(both)), lines(slower), { labels: ['now', 'then'] })]
    const names = events.flatMap(({ name, args }) =>
      name === 'process_name' ? [(args as { name: string }).name] : [],
    )
    expect(names).toContain('now: rank 1, GPU 0')
    expect(names).toContain('then: rank 0, process 1')
    expect(new Set(names).size).toBe(8)
    expect(events.filter(({ ph }) => ph === 'f')).toHaveLength(4)
    const last = events.findLast(({ cat }) => cat === 'kernel')!
    expect([last.ts, last.dur]).toEqual([120, 60])
  })

  it('are written as one JSON document', () => {
    const text = [...chromeTraceLines(events)].join('')
    expect(JSON.parse(text)).toEqual({ traceEvents: events, displayTimeUnit: 'ms' })
  })
})

describe('a map of times', () => {
  const mapOf = (from: number[], to: number[]) =>
    new TimeMap(Float64Array.from(from), Float64Array.from(to))

  it('is linear between its points and moves with them outside', () => {
    const map = mapOf([10, 20, 30], [100, 110, 150])
    expect([0, 10, 15, 25, 30, 40].map((ns) => map.at(ns))).toEqual([90, 100, 105, 130, 150, 160])
  })

  it('takes its points in any order', () => {
    const map = mapOf([30, 10, 20, 10], [150, 100, 110, 90])
    expect([0, 10, 15, 25, 30, 40].map((ns) => map.at(ns))).toEqual([80, 100, 105, 130, 150, 160])
  })

  it('never runs backwards', () => {
    const map = mapOf([10, 20, 30], [100, 90, 95])
    expect([10, 20, 30].map((ns) => map.at(ns))).toEqual([100, 100, 100])
  })

  it('without points leaves time as it is', () => {
    expect(mapOf([], []).at(7)).toBe(7)
  })
})

describeWithCorpus('a real trace', () => {
  it('replays to itself, with all its calls and annotations', async () => {
    const name = 'sglang-deepseek-h200-tp4-rank0'
    const real = await parseFile(corpus(`traces/${name}.trace.json.gz`), { hostCalls: true })
    const of = buildGraph(real)
    const replayed = timeline(of, replay(of))
    expect(replayed.kernels).toEqual(real.kernels)
    expect(replayed.hostCalls).toEqual(real.hostCalls)
    expect(replayed.annotations).toEqual(real.annotations)
    const flows = [...sideBySide(real, replayed)].filter(({ ph }) => ph === 's')
    expect(flows).toHaveLength(real.kernels.length)
  })
})
