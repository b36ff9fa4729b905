import { describe, expect, it } from 'vitest'
import { parseTrace } from '../../parse-trace.js'
import { type MadePacket, pftrace, slice } from '../../testing/pftrace.js'

const parse = (packets: readonly MadePacket[], options = {}) =>
  parseTrace(pftrace(packets), { source: 'run.pftrace', ...options })
const spans = (kernels: readonly { name: string; startNs: number; durationNs: number }[]) =>
  kernels.map(({ name, startNs, durationNs }) => [name, startNs, durationNs])

describe('times', () => {
  it('beyond 2^53 are exact', async () => {
    const at = (timestamp: string, type: number) => ({
      timestamp,
      track_event: { type, track_uuid: 5, name: 'k', categories: ['kernel'] },
    })
    const { kernels, baseTimeNs } = await parse([
      at('1790000000000000001', 1),
      at('1790000000000000008', 2),
    ])
    expect(baseTimeNs).toBe('1790000000000000001')
    expect(kernels).toMatchObject([{ startNs: 0, durationNs: 7 }])
  })

  it("of a sequence's clock count from the packet before, in its units, from what a snapshot says", async () => {
    const at = (timestamp: number, type: number, rest: MadePacket = {}) => ({
      timestamp,
      trusted_packet_sequence_id: 3,
      track_event: { type, track_uuid: 5, name: 'k', categories: ['kernel'] },
      ...rest,
    })
    const { kernels, baseTimeNs } = await parse([
      {
        trusted_packet_sequence_id: 3,
        sequence_flags: 1,
        clock_snapshot: {
          clocks: [
            { clock_id: 1, timestamp: 5_000_000 },
            { clock_id: 6, timestamp: 2_000_000 },
            { clock_id: 64, timestamp: 2000, is_incremental: true, unit_multiplier_ns: 1000 },
            { clock_id: 3, timestamp: 1_000_000 },
          ],
        },
        trace_packet_defaults: { timestamp_clock_id: 64 },
      },
      at(3, 1),
      at(4, 2),
      at(2, 1),
      // Another clock of the system, a million behind.
      at(1_020_000, 2, { timestamp_clock_id: 3 }),
    ])
    expect(baseTimeNs).toBe(String(5_000_000 + 3000))
    expect(spans(kernels)).toEqual([
      ['k', 0, 4000],
      ['k', 6000, 11_000],
    ])
  })

  it('on a clock that nothing is known of are counted, and the event left out', async () => {
    const { kernels, repairs, eventCount } = await parse([
      ...slice({ name: 'k', category: 'kernel', track: 5, start: 1, end: 2 }),
      {
        timestamp: 9,
        timestamp_clock_id: 70,
        track_event: { type: 3, name: 'i' },
      },
    ])
    expect(kernels).toHaveLength(1)
    expect(repairs).toMatchObject([{ kind: 'missing_timestamp', count: 1 }])
    expect(eventCount).toBe(2)
  })
})
