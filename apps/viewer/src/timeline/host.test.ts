import { HOST_KINDS, type PageHost } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { testModel } from '../testing.js'
import {
  firstSpanAfter,
  hostBefore,
  hostDuring,
  hostLanes,
  launchedBy,
  launchOf,
  shareWords,
} from './host.js'

type TestSpan = [
  thread: number,
  kind: (typeof HOST_KINDS)[number],
  name: string,
  start: number,
  end: number,
]

/** A model of kernels and of spans in order of thread, start and length. */
function model(
  spans: readonly TestSpan[],
  kernels: Parameters<typeof testModel>[0] = [],
  leads: number[] = [],
) {
  const names = [...new Set(spans.map(([, , name]) => name))]
  const host: PageHost = {
    threads: ['11', '22'],
    names,
    thread: spans.map(([thread]) => thread),
    startDelta: spans.map(([, , , start], s) => start - (spans[s - 1]?.[3] ?? 0)),
    duration: spans.map(([, , , start, end]) => end - start),
    name: spans.map(([, , name]) => names.indexOf(name)),
    kind: spans.map(([, kind]) => HOST_KINDS.indexOf(kind)),
    leftOut: null,
  }
  return testModel(kernels, { host, kernels: { launchLead: leads } })
}

const spans: TestSpan[] = [
  [0, 'frame', 'run', 0, 100],
  [0, 'operator', 'aten::mm', 10, 40],
  [0, 'call', 'cudaLaunchKernel', 20, 30],
  [0, 'call', 'cudaStreamSynchronize', 50, 90],
  [1, 'operator', 'aten::add', 5, 15],
]

describe('the rows of the host', () => {
  it('are one thread after another, spans below those that hold them, Python only where asked for', () => {
    const whole = model(spans)
    const sizes = (detail: 'operators' | 'frames') =>
      hostLanes(whole, detail).map(({ label, rows }) => [label, ...rows.map((row) => row.length)])
    expect(sizes('operators')).toEqual([
      ['thread 11', 2, 1],
      ['thread 22', 1],
    ])
    expect(sizes('frames')).toEqual([
      ['thread 11', 1, 2, 1],
      ['thread 22', 1],
    ])
    expect(hostLanes(whole, 'none')).toEqual([])
  })

  it('are searched by time', () => {
    const m = model(spans)
    const [row] = hostLanes(m, 'operators')[0]!.rows
    expect(firstSpanAfter(m.host!, row!, 45)).toBe(1)
    expect(firstSpanAfter(m.host!, row!, 95)).toBe(2)
  })
})

describe('what the host did in a stretch', () => {
  it('is the time of the innermost span, and of none, which together are the stretch', () => {
    const shares = hostDuring(model(spans).host!, 0, 15, 120)
    expect(shares).toEqual([
      { name: 'cudaStreamSynchronize', kind: 'call', ns: 40 },
      { name: 'run', kind: 'frame', ns: 20 },
      { name: null, kind: null, ns: 20 },
      { name: 'aten::mm', kind: 'operator', ns: 15 },
      { name: 'cudaLaunchKernel', kind: 'call', ns: 10 },
    ])
    expect(shares.reduce((sum, { ns }) => sum + ns, 0)).toBe(105)
  })

  it('is told in words, the longest first and what no record tells last', () => {
    const shares = hostDuring(model(spans).host!, 0, 15, 120)
    expect(shareWords(shares, 105, 2)).toEqual([
      'cudaStreamSynchronize 38 %',
      'run 19 %',
      'nothing recorded 19 %',
    ])
  })

  it('is that of the thread that launched the next kernel', () => {
    const m = model(
      [
        [0, 'call', 'cudaLaunchKernel', 0, 5],
        [1, 'call', 'cudaLaunchKernel', 30, 40],
      ],
      [
        [10, 10, 0],
        [50, 10, 0],
      ],
      [10, 20],
    )
    expect(hostBefore(m, 20, 50, 1)).toEqual({
      thread: '22',
      shares: [
        { name: null, kind: null, ns: 20 },
        { name: 'cudaLaunchKernel', kind: 'call', ns: 10 },
      ],
    })
    expect([launchOf(m, 0), launchOf(m, 1)]).toEqual([0, 1])
    expect([launchedBy(m, 0), launchedBy(m, 1)]).toEqual([0, 1])
  })
})
