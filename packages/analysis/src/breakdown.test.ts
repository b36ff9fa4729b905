import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Activity, handMade } from '../fixtures/hand-made.js'
import { breakdown } from './breakdown.js'
import { AnalysisError } from './errors.js'

describe('breakdown', () => {
  it('is all zero for a trace without activities', () => {
    const { trace, operations } = handMade([])
    expect(breakdown(trace, operations)).toMatchObject({ windowNs: 0, busyNs: 0, idleNs: 0 })
  })

  it('divides the window into computation, exposed communication, exposed copies and idleness', () => {
    // computation 0-10 and 30-40, communication 5-20, a copy 18-25, nothing 25-30
    const { trace, operations } = handMade([
      { at: [0, 10] },
      { at: [5, 20], kind: 'collective', stream: 8 },
      { at: [18, 25], kind: 'memcpy', stream: 9 },
      { at: [30, 40] },
    ])
    expect(breakdown(trace, operations)).toMatchObject({
      startNs: 0,
      windowNs: 40_000,
      busyNs: 35_000,
      idleNs: 5_000,
      computationNs: 20_000,
      exposedCommunicationNs: 10_000,
      exposedMemcpyNs: 5_000,
      communicationNs: 15_000,
      memcpyNs: 7_000,
      overlap: {
        computationCommunicationNs: 5_000,
        computationMemcpyNs: 0,
        communicationMemcpyNs: 2_000,
      },
      count: 4,
      sumNs: 42_000,
    })
  })

  it('counts time that kernels share once', () => {
    const { trace, operations } = handMade([
      { at: [0, 10] },
      { at: [2, 8], stream: 8 },
      { at: [9, 12] },
    ])
    expect(breakdown(trace, operations)).toMatchObject({ busyNs: 12_000, sumNs: 19_000 })
  })

  it('counts a custom all-reduce kernel as communication, by its operation or its name', () => {
    const { trace, operations } = handMade([
      {
        at: [0, 10],
        name: 'cross_device_reduce_1stage',
        does: 'all_reduce',
        family: 'communication',
      },
    ])
    expect(breakdown(trace, operations).communicationNs).toBe(10_000)
    expect(breakdown(trace).communicationNs).toBe(10_000)
    expect(breakdown(trace, operations, { convention: 'hta' }).communicationNs).toBe(0)
  })

  it('counts a fill as computation, and as memory under the rules of HTA', () => {
    const { trace, operations } = handMade([
      { at: [0, 10], kind: 'memset', name: 'Memset (Device)' },
    ])
    expect(breakdown(trace, operations).computationNs).toBe(10_000)
    expect(breakdown(trace, operations, { convention: 'hta' }).memcpyNs).toBe(10_000)
  })

  it('measures a window, cutting what reaches over its borders', () => {
    const { trace, operations } = handMade([{ at: [0, 10] }, { at: [20, 30] }])
    const window = { startNs: 5_000, durationNs: 20_000 }
    expect(breakdown(trace, operations, { window })).toMatchObject({
      windowNs: 20_000,
      busyNs: 10_000,
      idleNs: 10_000,
      count: 1,
    })
  })

  it('measures one device or one stream', () => {
    const { trace, operations } = handMade([
      { at: [0, 10] },
      { at: [5, 20], device: 1 },
      { at: [8, 30], stream: 9 },
    ])
    expect(breakdown(trace, operations, { device: 1 }).busyNs).toBe(15_000)
    expect(breakdown(trace, operations, { stream: { device: 0, stream: 9 } }).busyNs).toBe(22_000)
  })

  it('takes kernels in any order', () => {
    const { trace, operations } = handMade([{ at: [20, 30] }, { at: [0, 10] }])
    expect(breakdown(trace, operations)).toMatchObject({
      startNs: 0,
      windowNs: 30_000,
      idleNs: 10_000,
    })
  })

  it('splits idle time by cause', () => {
    // Launches onto an empty stream take 10, 4 and 4 µs: 4 is typical. The gap 10-40 ends with a
    // kernel launched at 30: 30-34 is the launch's latency, 34-40 nothing explains. The gap 50-52 ends
    // with a kernel that was queued since 41.
    const { trace, operations } = handMade([
      { at: [4, 10], launched: [0, 2] },
      { at: [40, 50], launched: [30, 32] },
      { at: [52, 60], launched: [41, 43] },
      { at: [104, 110], launched: [100, 102] },
      { at: [204, 210], launched: [200, 202] },
    ])
    expect(breakdown(trace, operations).idle).toEqual({
      launchBoundNs: 24_000 + 44_000 + 94_000,
      dependencyBoundNs: 2_000,
      otherNs: 6_000,
    })
  })

  it('refuses operations that do not belong to the trace', () => {
    const { trace } = handMade([{ at: [0, 1] }])
    expect(() => breakdown(trace, [])).toThrow(AnalysisError)
  })

  it('holds its sums for any trace', () => {
    const activity = fc.record({
      start: fc.nat(1000),
      length: fc.nat(100),
      kind: fc.constantFrom('kernel' as const, 'collective' as const, 'memcpy' as const),
      stream: fc.nat(3),
    })
    fc.assert(
      fc.property(fc.array(activity, { minLength: 1 }), (list) => {
        const { trace, operations } = handMade(
          list.map(
            ({ start, length, ...rest }): Activity => ({ at: [start, start + length], ...rest }),
          ),
        )
        const b = breakdown(trace, operations)
        expect(b.busyNs + b.idleNs).toBe(b.windowNs)
        expect(b.computationNs + b.exposedCommunicationNs + b.exposedMemcpyNs).toBe(b.busyNs)
        expect(b.busyNs).toBeLessThanOrEqual(b.sumNs)
        expect(Object.values(b.exclusive).reduce((x, y) => x + y, 0)).toBe(b.busyNs)
        expect(Object.values(b.idle).reduce((x, y) => x + y, 0)).toBe(b.idleNs)
      }),
    )
  })
})
