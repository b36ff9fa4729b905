// Lost and damaged packets of traces of Perfetto, made after its published schema as the writers' sources have it: none was seen in the wild.
import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { parseTrace } from '../../parse-trace.js'
import { bytesOf } from '../../testing/make-trace.js'
import { type MadePacket, pftrace, ROCPROFV3_PFTRACE, slice } from '../../testing/pftrace.js'
import { refusal } from '../../testing/samples.js'

const parse = (packets: readonly MadePacket[], options = {}) =>
  parseTrace(pftrace(packets), { source: 'run.pftrace', ...options })
const spans = (kernels: readonly { name: string; startNs: number; durationNs: number }[]) =>
  kernels.map(({ name, startNs, durationNs }) => [name, startNs, durationNs])

describe('what is missing', () => {
  it('events that refer to lost packets are left out and counted, until the writer begins anew', async () => {
    const named = (name: string) => ({
      trusted_packet_sequence_id: 1,
      interned_data: { event_names: [{ iid: 1, name }] },
    })
    const event = (timestamp: number, type: number) => ({
      timestamp,
      trusted_packet_sequence_id: 1,
      sequence_flags: 2,
      track_event: { type, track_uuid: 5, name_iid: 1, categories: ['kernel'] },
    })
    const { kernels, repairs, eventCount } = await parse([
      { ...named('one'), sequence_flags: 1 },
      event(10, 1),
      event(12, 2),
      { trusted_packet_sequence_id: 1, previous_packet_dropped: 1 },
      event(20, 1),
      event(22, 2),
      { ...named('two'), sequence_flags: 1 },
      event(30, 1),
      event(33, 2),
    ])
    expect(spans(kernels)).toEqual([
      ['one', 0, 2],
      ['two', 20, 3],
    ])
    expect(repairs).toMatchObject([{ kind: 'lost_packets', count: 2 }])
    expect(eventCount).toBe(4)
  })

  it('a begin without an end has no duration, an end without a begin is left out; both are counted', async () => {
    const [begin, end] = slice({ name: 'k', category: 'kernel', track: 5, start: 10, end: 20 })
    const stray = { timestamp: 5, track_event: { type: 2, track_uuid: 6 } }
    const trace = await parse([begin!, stray])
    expect(spans(trace.kernels)).toEqual([['k', 0, 0]])
    expect(trace.repairs).toMatchObject([
      { kind: 'unclosed_begin', count: 1 },
      { kind: 'unmatched_end', count: 1 },
    ])
    expect(trace.eventCount).toBe(2)
    // Another writer can end what one began, and may stand first in the file.
    const other = await parse([{ ...end!, trusted_packet_sequence_id: 2 }, begin!])
    expect(spans(other.kernels)).toEqual([['k', 0, 10]])
    expect(other.repairs).toEqual([])
  })

  it('a packet that cannot be read is counted; a cut-off file is an error, or kept as far as it goes', async () => {
    const bytes = pftrace(ROCPROFV3_PFTRACE)
    const cut = bytes.subarray(0, bytes.length - 3)
    const error = await refusal(() => parseTrace(cut, { source: 'run.pftrace' }))
    expect(error).toMatchObject({ code: 'truncated', at: { byte: cut.length } })
    const kept = await parseTrace(cut, { salvage: true })
    expect(kept.kernels).toHaveLength(3)
    expect(kept.repairs).toMatchObject([{ kind: 'truncated_file' }])
    const broken = Uint8Array.of(0x0a, 3, 0x5a, 9, 1, ...bytes)
    const { repairs, eventCount, kernels } = await parseTrace(broken)
    expect(kernels).toHaveLength(3)
    expect(repairs).toMatchObject([{ kind: 'malformed_event', count: 1 }])
    expect(eventCount).toBe(9)
  })

  it('text that is named .pftrace is read as what it is', async () => {
    const text = '{"traceEvents": [{"ph": "X", "cat": "kernel", "name": "k", "ts": 1, "dur": 2}]}'
    const trace = await parseTrace(bytesOf(text), { source: 'run.pftrace' })
    expect(trace.format).toBe('kineto')
  })

  it('packets that are packed with zstd are refused with what unpacks them', async () => {
    const packed = [{ zstd_compressed_packets: Uint8Array.of(1, 2, 3) }]
    const error = await refusal(() => parse(packed))
    expect(error).toMatchObject({ code: 'unsupported_format' })
    expect(error.message).toContain('traceconv decompress_packets')
  })
})

it('a packet that unpacks to more than the bound is counted and left out', async () => {
  const bomb = [{ compressed_packets: deflateSync(new Uint8Array(80e6)) }, ...ROCPROFV3_PFTRACE]
  const { kernels, repairs } = await parse(bomb)
  expect(kernels).toHaveLength(3)
  expect(repairs).toMatchObject([{ kind: 'malformed_event', count: 1 }])
})
