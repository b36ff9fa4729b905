import { HOST_KINDS } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { madeUpTrace } from '../fixtures/made-up.js'
import { packHost } from './pack-host.js'

describe('the threads of the host in a page', () => {
  const { trace } = madeUpTrace([16], 2)
  const startNs = trace.kernels[0]!.startNs
  const endNs = Math.max(...trace.kernels.map(({ startNs, durationNs }) => startNs + durationNs))

  it('hold every launch, operator and frame, in order of start, outer ones first', () => {
    const host = packHost(trace, startNs, endNs - startNs)!
    const count = (kind: (typeof HOST_KINDS)[number]) =>
      Array.from(host.kind).filter((each) => HOST_KINDS[each] === kind).length
    const { length } = trace.kernels
    expect([count('call'), count('operator'), count('frame')]).toEqual([length, length, 1])
    expect(HOST_KINDS[host.kind[0]!]).toBe('frame')
    let at = startNs
    const starts = Array.from(host.startDelta).map((delta) => {
      at += delta
      return at
    })
    expect(starts).toEqual(starts.toSorted((a, b) => a - b))
    expect(host.leftOut).toBeNull()
  })

  it('have those with the most launches first', () => {
    const [first, ...rest] = trace.kernels
    const other = { ...first!, launch: { ...first!.launch!, tid: 99 } }
    const host = packHost({ ...trace, kernels: [other, ...rest] }, startNs, endNs - startNs)!
    expect(host.threads).toEqual(['1', '99'])
  })

  it('lose the shortest where there are too many, which is counted', () => {
    const most = 150_000
    const calls = Array.from({ length: most + 10 }, (_, i) => ({
      api: 'cudaEventQuery',
      pid: 1,
      tid: 1,
      startNs,
      durationNs: i,
    }))
    const crowded = { ...trace, hostSpans: undefined, hostCalls: calls }
    const host = packHost(crowded, startNs, most)!
    expect(host.thread).toHaveLength(most)
    expect(host.leftOut).toEqual({ count: 10, shorterThanNs: 10 })
    expect(Array.from(host.duration).toSorted((a, b) => a - b)[0]).toBe(10)
  })

  it('are none where the trace tells nothing of the host', () => {
    const kernels = trace.kernels.map(({ launch: _, ...kernel }) => kernel)
    expect(packHost({ ...trace, kernels, hostSpans: undefined }, startNs, 1e9)).toBeNull()
  })
})
