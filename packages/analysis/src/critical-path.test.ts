import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Activity, handMade } from '../fixtures/hand-made.js'
import { type CriticalPath, criticalPath } from './critical-path.js'

/** Segments as "kind start-end" in microseconds. */
function drawn({ segments }: CriticalPath): string[] {
  return segments.map(
    ({ kind, rank, startNs, durationNs }) =>
      `${rank > 0 ? `rank ${rank} ` : ''}${kind} ${startNs / 1000}-${(startNs + durationNs) / 1000}`,
  )
}

describe('criticalPath', () => {
  it('follows a stream whose kernels were queued', () => {
    const { trace } = handMade([
      { at: [10, 20], launched: [0, 2] },
      { at: [21, 30], launched: [3, 5] },
    ])
    expect(drawn(criticalPath(trace))).toEqual([
      'computation 10-20',
      'gap 20-21',
      'computation 21-30',
    ])
  })

  it('goes through the launch, and the host between launches, where the host was late', () => {
    // The latency of a launch on an empty stream is 5 µs.
    const { trace } = handMade([
      { at: [5, 10], launched: [0, 2] },
      { at: [45, 50], launched: [40, 43] },
    ])
    expect(drawn(criticalPath(trace))).toEqual(['host 5-40', 'launch 40-45', 'computation 45-50'])
  })

  it('goes through a synchronisation to the kernel that it waited for', () => {
    const { trace } = handMade(
      [
        { at: [5, 30], launched: [0, 2] },
        { at: [45, 50], launched: [40, 43] },
      ],
      { calls: [{ api: 'cudaStreamSynchronize', at: [10, 32] }] },
    )
    expect(drawn(criticalPath(trace))).toEqual([
      'computation 5-30',
      'sync 30-32',
      'host 32-40',
      'launch 40-45',
      'computation 45-50',
    ])
  })

  it('passes a synchronisation that waited for nothing', () => {
    const { trace } = handMade(
      [
        { at: [5, 8], launched: [0, 2] },
        { at: [45, 50], launched: [40, 43] },
      ],
      { calls: [{ api: 'cudaStreamSynchronize', at: [10, 12] }] },
    )
    expect(drawn(criticalPath(trace))).toEqual([
      'host 5-10',
      'call 10-12',
      'host 12-40',
      'launch 40-45',
      'computation 45-50',
    ])
  })

  it('follows the stream and the record that a wait names', () => {
    const { trace } = handMade(
      [
        { at: [5, 60], launched: [0, 2] },
        { at: [60, 70], launched: [12, 13] },
        { at: [75, 90], launched: [16, 17], stream: 20 },
      ],
      {
        calls: [
          { api: 'cudaEventRecord', at: [10, 11], correlation: 3 },
          {
            api: 'cudaStreamWaitEvent',
            at: [14, 15],
            stream: 20,
            waitsForStream: 7,
            waitsForCorrelation: 3,
          },
        ],
      },
    )
    // Not the kernel that was launched on stream 7 after the record.
    expect(drawn(criticalPath(trace))).toEqual([
      'computation 5-60',
      'gap 60-75',
      'computation 75-90',
    ])
  })

  it('waits for kernels that were launched before the trace began', () => {
    const { trace } = handMade([{ at: [5, 30] }, { at: [45, 50], launched: [40, 45] }], {
      calls: [{ api: 'cudaDeviceSynchronize', at: [10, 32] }],
    })
    expect(drawn(criticalPath(trace))).toEqual([
      'computation 5-30',
      'sync 30-32',
      'host 32-40',
      'launch 40-45',
      'computation 45-50',
    ])
  })

  it('infers a dependency on a kernel of another stream that ended just before, and says so', () => {
    const { trace } = handMade([
      { at: [5, 60], launched: [0, 2] },
      { at: [61, 90], launched: [14, 16], stream: 20 },
    ])
    const path = criticalPath(trace)
    expect(drawn(path)).toEqual(['computation 5-60', 'gap 60-61', 'computation 61-90'])
    expect(path.segments[1]).toMatchObject({ inferred: true })
  })

  it('keeps the kernels of a graph, which have one launch together', () => {
    const graph = { launched: [0, 3] as [number, number], api: 'cudaGraphLaunch' }
    const { trace } = handMade([
      { at: [5, 10], ...graph },
      { at: [11, 20], ...graph },
      { at: [21, 30], ...graph },
    ])
    const path = criticalPath(trace)
    expect(path.kinds).toMatchObject({ computation: 23_000, gap: 2_000 })
    expect(path.kernels).toHaveLength(3)
  })

  it('leaves out what runs beside the path', () => {
    const { trace } = handMade([
      { at: [0, 100], name: 'long' },
      { at: [10, 20], name: 'hidden', stream: 20 },
    ])
    expect(criticalPath(trace).kernels).toEqual([{ name: 'long', count: 1, ns: 100_000 }])
  })

  it('starts the next kernel where it overlaps its predecessor, as programmatic launch does', () => {
    const { trace } = handMade([
      { at: [0, 12], launched: [-5, -3] },
      { at: [10, 20], launched: [-2, -1] },
    ])
    expect(drawn(criticalPath(trace))).toEqual(['computation 0-10', 'computation 10-20'])
  })

  it('goes from a collective to the rank that arrived last', () => {
    const collective = (at: [number, number]): Activity => ({ at, kind: 'collective' })
    const path = criticalPath([
      { rank: 0, ...handMade([{ at: [0, 10] }, collective([10, 50]), { at: [50, 60] }]) },
      { rank: 1, ...handMade([{ at: [0, 40] }, collective([40, 50])]) },
    ])
    expect(drawn(path)).toEqual([
      'rank 1 computation 0-40',
      'communication 40-50',
      'computation 50-60',
    ])
  })

  it('is empty for a trace without activities', () => {
    expect(criticalPath(handMade([]).trace)).toMatchObject({ windowNs: 0, segments: [] })
  })

  it('covers the window once, whatever the trace', () => {
    const activity = fc.record({
      start: fc.nat(1000),
      length: fc.nat(50),
      stream: fc.nat(3),
      delay: fc.option(fc.nat(300), { nil: undefined }),
      thread: fc.nat(1),
    })
    const call = fc.record({
      api: fc.constantFrom('cudaStreamSynchronize', 'cudaEventRecord', 'cudaStreamWaitEvent'),
      start: fc.nat(1000),
      length: fc.nat(100),
      stream: fc.nat(3),
      waitsForStream: fc.nat(3),
    })
    fc.assert(
      fc.property(fc.array(activity, { minLength: 1 }), fc.array(call), (list, calls) => {
        const { trace } = handMade(
          list.map(
            ({ start, length, stream, delay, thread }): Activity => ({
              at: [start, start + length],
              stream,
              thread,
              ...(delay !== undefined && { launched: [start - delay, start - delay + 5] }),
            }),
          ),
          {
            calls: calls.map(({ start, length, ...rest }) => ({
              at: [start, start + length],
              ...rest,
            })),
          },
        )
        const { segments, startNs, windowNs, kinds } = criticalPath(trace)
        let at = startNs
        for (const segment of segments) {
          expect(segment.startNs).toBe(at)
          at += segment.durationNs
        }
        expect(at).toBe(startNs + windowNs)
        expect(Object.values(kinds).reduce((a, b) => a + b, 0)).toBe(windowNs)
      }),
    )
  })
})
