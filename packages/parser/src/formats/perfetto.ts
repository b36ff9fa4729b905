// Perfetto's own format (`.pftrace`): slices on tracks and render stages of GPUs, as rocprofv3,
// rocprofiler-systems and torch.profiler write them. Kernels, copies, calls, operators, frames and ranges are
// read; counters, instants, ftrace and what else a system trace holds are not. Packet by packet.
//
// Schema: see perfetto/schema.ts. Writers: ROCm/rocprofiler-sdk, source/lib/output/generatePerfetto.cpp;
// pytorch, torch/csrc/profiler/cupti/monitor_pftrace.cpp.
import { Inflate } from 'pako'
import { EventWriter } from '../collect/event-writer.js'
import { TraceParseError } from '../errors.js'
import type { TraceFile } from '../input/trace-file.js'
import { type Frame, Frames } from '../protobuf/frames.js'
import { type MessageReader, messageReader } from '../protobuf/messages.js'
import type { Repairs } from '../repairs.js'
import type { ReadOptions, TraceFormat } from './format.js'
import { Clocks } from './perfetto/clocks.js'
import { Events, type Slice } from './perfetto/events.js'
import { readStage } from './perfetto/render-stages.js'
import {
  type Int,
  NEEDS_STATE,
  PACKET,
  type Packet,
  SLICE_BEGIN,
  SLICE_END,
  STATE_CLEARED,
  type TrackEvent,
} from './perfetto/schema.js'
import { Sequence } from './perfetto/sequence.js'
import { Slices } from './perfetto/slices.js'
import { Tracks } from './perfetto/tracks.js'

/** Packets are the repeated field 1 of the file. */
const PACKET_TAG = 0x0a
/** Packets that are looked at, and how many there have to be where the name does not tell. */
const PACKETS = 8
const LEAST_PACKETS = 3
/** Fields that packets begin with, as their tags have them: any but the empty and the unknown. */
const MAX_FIRST_TAG = 1 << 14
const MAX_INFLATED_BYTES = 64 * 1024 * 1024

export const perfetto: TraceFormat = {
  name: 'perfetto',
  title: 'a trace of Perfetto (.pftrace)',
  recordKernels:
    'profile with rocprofv3 --kernel-trace --output-format pftrace, or with torch.profiler',
  recognises,

  async read(file, options, repairs) {
    const reader = await messageReader(file)
    const packets = new Packets(reader, file.source, options, repairs)
    const frames = new Frames(file.source, repairs, PACKET_TAG)
    try {
      for await (const chunk of file.open(repairs)) {
        for (const frame of frames.push(chunk)) packets.read(frame)
      }
      frames.end(options.salvage)
    } catch (error) {
      const isDamage = error instanceof TraceParseError && error.code === 'corrupt'
      if (!options.salvage || !isDamage) throw error
      repairs.add('truncated_file', error.at?.byte ?? 0)
    }
    return packets.finish()
  },
}

/** Packets in a row, to the end of what is known of the file. */
function recognises({ source, head: { bytes } }: TraceFile): boolean {
  const least = /\.(?:pftrace|perfetto-trace)(?:\.\w+)?$/i.test(source) ? 1 : LEAST_PACKETS
  // A text may begin with an empty line: no packet begins with a quote or a space.
  if (bytes[2] === 0x20 || bytes[2] === 0x22 || bytes[2] === 0x0a) return false
  let at = 0
  let packets = 0
  while (at < bytes.length && packets < PACKETS) {
    if (bytes[at] !== PACKET_TAG) return false
    const length = varint(bytes, at + 1)
    if (length.value > 0 && length.end < bytes.length) {
      const tag = varint(bytes, length.end).value
      if (tag < 8 || tag > MAX_FIRST_TAG) return false
    }
    at = length.end + length.value
    packets++
  }
  return packets >= least
}

function varint(bytes: Uint8Array, from: number): { value: number; end: number } {
  let value = 0
  let at = from
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at++] ?? 0
    value += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
  }
  return { value, end: at }
}

/** Reads packets one by one; what needs a track that is not described yet waits for the end. */
class Packets {
  readonly #writer: EventWriter
  readonly #events: Events
  readonly #slices: Slices<Slice>
  readonly #clocks = new Clocks()
  readonly #tracks = new Tracks()
  readonly #sequences = new Map<Int, Sequence>()
  #isWithin = false
  readonly #waiting: { slice: Slice; startNs: bigint; endNs: bigint }[] = []

  constructor(
    private readonly reader: MessageReader,
    private readonly source: string,
    options: ReadOptions,
    private readonly repairs: Repairs,
  ) {
    this.#writer = new EventWriter(repairs)
    this.#events = new Events(this.#writer, options.pythonFrames)
    this.#slices = new Slices((slice, startNs, endNs) => {
      const track = this.#tracks.get(slice.track)
      if (track === undefined) this.#waiting.push({ slice, startNs, endNs })
      else this.#events.write(slice, track, startNs, endNs)
    }, repairs)
  }

  read({ bytes, byte }: Frame): void {
    try {
      this.#packet(this.reader.read<Packet>(bytes, PACKET), byte)
    } catch (error) {
      const isDamage = error instanceof TraceParseError && error.code === 'corrupt'
      if (!isDamage) throw error
      this.repairs.add('malformed_event', byte)
    }
  }

  finish() {
    this.#slices.finish((byte) => this.#writer.leaveOut('unmatched_end', byte))
    for (const { slice, startNs, endNs } of this.#waiting) {
      this.#events.write(slice, this.#tracks.get(slice.track), startNs, endNs)
    }
    return this.#writer.finish(this.#clocks.epochNs)
  }

  #packet(packet: Packet, byte: number): void {
    const { sequence: id = 0, flags = 0 } = packet
    const sequence = this.#sequence(id)
    if (Number(packet.isAfterLoss ?? 0) !== 0) sequence.isComplete = false
    if ((Number(flags) & STATE_CLEARED) !== 0 || packet.isCleared !== undefined) sequence.clear()
    if (packet.interned !== undefined) sequence.add(packet.interned)
    if (packet.defaults !== undefined) {
      sequence.defaultClock = packet.defaults.clock ?? sequence.defaultClock
      sequence.defaultTrack = packet.defaults.event?.track ?? sequence.defaultTrack
    }
    if (packet.clocks !== undefined) this.#clocks.snapshot(id, packet.clocks)
    if (packet.track !== undefined) this.#tracks.add(packet.track)
    if (packet.deflated !== undefined) this.#packed(packet.deflated, byte)
    if (packet.zstd !== undefined) {
      throw new TraceParseError(
        'unsupported_format',
        'holds packets that are packed with zstd; unpack them with traceconv decompress_packets',
        { source: this.source, at: { byte } },
      )
    }
    const clock = packet.clock ?? sequence.defaultClock
    const ns =
      packet.timestamp === undefined ? undefined : this.#clocks.ns(id, clock, packet.timestamp)
    if (packet.event === undefined && packet.stage === undefined) return
    if ((Number(flags) & NEEDS_STATE) !== 0 && !sequence.isComplete) {
      this.#writer.leaveOut('lost_packets', byte)
    } else if (ns === undefined) {
      this.#writer.leaveOut('missing_timestamp', byte)
    } else if (packet.event !== undefined) {
      this.#event(packet.event, { id, sequence, ns, byte, pid: packet.pid })
    } else {
      const { name, category, args, track } = readStage(packet.stage!, sequence)
      const slice = {
        name,
        categories: [category],
        args,
        track: 0,
        pid: undefined,
        flow: undefined,
      }
      this.#events.write(slice, track, ns, ns + BigInt(packet.stage!.durationNs ?? 0))
    }
  }

  #event(
    event: TrackEvent,
    at: { id: Int; sequence: Sequence; ns: bigint; byte: number; pid: Int | undefined },
  ): void {
    const { id, sequence, ns, byte, pid } = at
    const track = event.track ?? sequence.defaultTrack ?? 0
    const type = Number(event.type ?? 0)
    if (type === SLICE_END) this.#slices.end(id, track, ns, byte)
    else if (type !== SLICE_BEGIN) this.#writer.skip()
    else {
      const args = sequence.args(event.annotations)
      const [submitted] = event.gpu?.submits ?? []
      if (submitted !== undefined) args.correlation ??= submitted
      const slice: Slice = {
        name: event.name ?? sequence.names.get(event.nameIid ?? 0) ?? '',
        categories: [
          ...(event.categories ?? []),
          ...(event.categoryIids ?? []).map((iid) => sequence.categories.get(iid) ?? ''),
        ],
        args,
        track,
        pid: pid === undefined ? undefined : Number(pid),
        flow: [
          ...(event.flows ?? []),
          ...(event.lastFlows ?? []),
          ...(event.oldFlows ?? []),
          ...(event.oldLastFlows ?? []),
        ][0],
      }
      this.#slices.begin(id, track, slice, ns, byte)
    }
  }

  /** Packets that are packed in one; those hold none that are packed again. */
  #packed(packed: Uint8Array, byte: number): void {
    const frames = new Frames(this.source, this.repairs, PACKET_TAG)
    try {
      if (this.#isWithin) throw new Error('packed twice')
      this.#isWithin = true
      for (const { bytes } of frames.push(inflated(packed))) this.read({ bytes, byte })
      frames.end(false)
    } catch {
      this.repairs.add('malformed_event', byte)
    } finally {
      this.#isWithin = false
    }
  }

  #sequence(id: Int): Sequence {
    let sequence = this.#sequences.get(id)
    if (sequence === undefined) {
      sequence = new Sequence()
      this.#sequences.set(id, sequence)
    }
    return sequence
  }
}

/** The bytes that zlib packed, up to the bound. */
function inflated(packed: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = []
  let size = 0
  const inflate = new Inflate()
  inflate.onData = (part) => {
    size += part.length
    if (size > MAX_INFLATED_BYTES) throw new RangeError('unpacks to too much')
    parts.push(part)
  }
  inflate.onEnd = () => {}
  inflate.push(packed, true)
  if (inflate.err !== 0) throw new Error(inflate.msg)
  const bytes = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
