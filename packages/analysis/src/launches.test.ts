import { describe, expect, it } from 'vitest'
import { type Activity, handMade } from '../fixtures/hand-made.js'
import { idleTime } from './idle-time.js'
import { launchStats, queueLength } from './launches.js'

const busyThenIdle = handMade([
  { at: [4, 10], launched: [0, 2] },
  { at: [10, 11], launched: [5, 8] },
  { at: [34, 40], launched: [30, 32] },
  { at: [35, 60], stream: 9 },
])

describe('launchStats', () => {
  const stats = launchStats(busyThenIdle.trace)

  it('counts calls, activities and activities without a launch', () => {
    expect(stats).toMatchObject({ calls: 3, activities: 3, unlinked: 1 })
  })

  it('measures the call, the delay after it and the latency on an empty stream', () => {
    expect(stats.callNs.p50).toBe(2_000)
    expect(stats.delayNs).toMatchObject({ min: 2_000, max: 2_000 })
    expect(stats.latencyNs.max).toBe(5_000)
    expect(stats.emptyStreamLatencyNs).toMatchObject({ count: 1, p50: 4_000 })
  })

  it('names kernels shorter than their launch', () => {
    expect(stats.shorterThanCall).toEqual({ count: 1, sumNs: 1_000 })
  })

  it('counts a graph launch once, with all its kernels', () => {
    const { trace } = handMade([
      { at: [4, 10], launched: [0, 2], api: 'cudaGraphLaunch' },
      { at: [10, 20], launched: [0, 2], api: 'cudaGraphLaunch' },
    ])
    expect(launchStats(trace).byApi).toMatchObject([
      { api: 'cudaGraphLaunch', calls: 1, activities: 2 },
    ])
  })
})

describe('queueLength', () => {
  it('rises when a call starts and falls when its kernel starts', () => {
    const [queue] = queueLength(busyThenIdle.trace)
    expect([...queue!.timeNs]).toEqual([0, 4_000, 5_000, 10_000, 30_000, 34_000])
    expect([...queue!.length]).toEqual([1, 0, 1, 0, 1, 0])
    expect(queue!.max).toBe(1)
    expect(queue!.emptyShare).toBeCloseTo(21 / 34)
  })

  it('falls when the kernel ends, where asked', () => {
    const [queue] = queueLength(busyThenIdle.trace, { until: 'end' })
    expect([...queue!.length]).toEqual([1, 2, 1, 0, 1, 0])
  })
})

describe('idleTime', () => {
  it('knows no cause where a kernel between two others is lost', () => {
    const activities: Activity[] = [
      { at: [10, 20], launched: [5, 6] },
      { at: [60, 70], launched: [55, 56] },
      { at: [110, 120], launched: [105, 106] },
    ]
    const { total, streams, longest } = idleTime(
      handMade(activities, { lostLaunchesNs: [30_000] }).trace,
    )
    expect(total).toMatchObject({ idleNs: 80_000, launchBoundNs: 40_000, otherNs: 40_000 })
    expect(streams[0]).toMatchObject({ launchBoundNs: 40_000, otherNs: 40_000 })
    expect(longest.map(({ startNs, cause }) => [startNs, cause])).toEqual([
      [20_000, 'other'],
      [70_000, 'launch'],
    ])
  })

  it('knows no cause at all where a tenth of the launches have no kernel', () => {
    const repair = { kind: 'launch_without_kernel', firstByte: 0, what: 'cudaLaunchKernel' }
    const idle = (count: number, of: number) =>
      idleTime({ ...busyThenIdle.trace, repairs: [{ ...repair, count, of }] })
    expect(idle(9, 100).total).toMatchObject({ launchBoundNs: 23_000, otherNs: 0 })
    expect(idle(10, 100).total).toMatchObject({ launchBoundNs: 0, otherNs: 23_000 })
    expect(idle(10, 100).streams[0]).toMatchObject({ launchBoundNs: 0, otherNs: 23_000 })
    expect(idle(10, 100).longest[0]).toMatchObject({ cause: 'other' })
  })

  it('gives the gaps of the whole and of each stream', () => {
    const { total, streams } = idleTime(busyThenIdle.trace)
    expect(total).toMatchObject({ idleNs: 23_000, gaps: 1, launchBoundNs: 23_000 })
    expect(streams).toMatchObject([
      { stream: 7, idleNs: 23_000, gaps: 1 },
      { stream: 9, idleNs: 0, gaps: 0 },
    ])
  })

  it('names the kernels around the longest gaps, and the cause', () => {
    expect(idleTime(busyThenIdle.trace).longest).toEqual([
      { startNs: 11_000, durationNs: 23_000, cause: 'launch', before: 1, after: 2 },
    ])
  })

  it('calls a gap before a kernel without a launch "other"', () => {
    const { trace } = handMade([{ at: [0, 10] }, { at: [20, 30] }])
    expect(idleTime(trace).longest[0]).toMatchObject({ cause: 'other', durationNs: 10_000 })
  })

  it('calls a gap dependency-bound when its kernel was queued before the gap began', () => {
    const { trace } = handMade([
      { at: [4, 10], launched: [0, 2] },
      { at: [12, 20], launched: [3, 5] },
    ])
    expect(idleTime(trace).total).toMatchObject({ dependencyBoundNs: 2_000, launchBoundNs: 0 })
  })
})
