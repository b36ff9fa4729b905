// Faults of a trace that do not stop its reading: counted by kind, with the place of the first one.
import type { TraceRepair } from '@flowsim/trace-schema'

interface Fault {
  /** Says what was found and done, after the number of times and what it concerns. */
  text: string
  /** What it concerns is lost to the trace: an event, or all that follows. */
  isLoss?: true
}

const FAULTS = {
  bare_literal: { text: 'bare NaN, inf or N/A, read as null' },
  control_character: { text: 'raw control characters in names' },
  unescaped_quote: { text: 'quotes that were not escaped' },
  malformed_event: { text: 'events that cannot be read, left out', isLoss: true },
  oversized_event: { text: 'events beyond 16 MiB, left out', isLoss: true },
  missing_phase: { text: 'events without a phase, taken for complete ones where they have times' },
  missing_name: { text: 'kernels without a name' },
  missing_duration: { text: 'events without a duration, taken for 0' },
  negative_duration: { text: 'events that end before they start, their duration taken for 0' },
  duration_outside: { text: 'events longer than a day, left out', isLoss: true },
  missing_timestamp: { text: 'events without a time, left out', isLoss: true },
  timestamp_outside: {
    text: 'events with the time 0 or one far from all others, left out',
    isLoss: true,
  },
  overrun: {
    text: 'kernels that run on while later ones of the same stream begin and end, left out',
    isLoss: true,
  },
  repeated_kernel: {
    text: 'kernels stand in the file again, with the same launch and times, and are left out',
    isLoss: true,
  },
  stream_overlap: { text: 'kernels overlap others of the same stream: it holds several queues' },
  unmatched_details: { text: 'kernels of the table beside the trace are not in it' },
  swapped_grid: { text: 'kernels with grid and block swapped, swapped back' },
  impossible_geometry: { text: 'kernels with an impossible grid or block, left without' },
  launch_without_kernel: { text: 'launches have no kernel: the trace is incomplete' },
  kernel_without_launch: { text: 'kernels have no launch, though others before them have' },
  captured_launch: {
    text: 'launches went into graphs and ran nothing: this is the trace of a capture; give it with --capture beside the trace that replays it',
  },
  unclosed_begin: { text: 'events that begin and never end' },
  unmatched_end: { text: 'ends of events that never began', isLoss: true },
  malformed_header: { text: 'members of the header that cannot be read' },
  malformed_arguments: { text: 'operators whose arguments cannot be read' },
  checksum_mismatch: { text: 'checksums that are not those of the content' },
  damaged_archive: {
    text: 'damaged places in the packed data; what follows is lost',
    isLoss: true,
  },
  trailing_bytes: { text: 'bytes after the end of the trace, left out' },
  truncated_file: { text: 'cut-off end; what follows is lost', isLoss: true },
  no_start: { text: 'have no start in the file, put after what they depend on' },
  mean_times: {
    text: 'have the mean time of their call path and no start in the file, put one after the other',
  },
  lost_packets: {
    text: 'events whose names or times stood in packets that the profiler lost, left out',
    isLoss: true,
  },
  unclosed_array: { text: 'array of events without its end' },
} as const satisfies Record<string, Fault>

/** Kinds of faults that do not stop a reading. */
export type RepairKind = keyof typeof FAULTS

/** Whether faults of a kind leave an event out. */
export function isLoss(kind: string): boolean {
  return Object.hasOwn(FAULTS, kind) && 'isLoss' in FAULTS[kind as RepairKind]
}

/** A repair in words: "25 of 50 cudaLaunchKernel launches have no kernel: the trace is incomplete". */
export function describeRepair({ kind, count, firstByte, of, what }: TraceRepair): string {
  const text = Object.hasOwn(FAULTS, kind)
    ? FAULTS[kind as RepairKind].text
    : kind.replaceAll('_', ' ')
  const times = of === undefined ? `${count}` : `${count} of ${of}`
  const concerned = what === undefined ? '' : ` (${what})`
  const where = firstByte > 0 ? `, the first at byte ${firstByte}` : ''
  return `${times} ${text}${concerned}${where}`
}

/** Collects the faults of one input. */
export class Repairs {
  readonly #found = new Map<string, TraceRepair>()

  /**
   * Counts one fault.
   * @param byte - where it stands in the unpacked data; 0 where it has no place there
   * @param what - what the first one concerns, such as a kernel and its stream
   */
  add(kind: RepairKind, byte: number, what?: string): void {
    const entry = this.#found.get(kind)
    if (entry !== undefined) entry.count++
    else {
      const about = what === undefined ? {} : { what }
      this.#found.set(kind, { kind, count: 1, firstByte: byte, ...about })
    }
  }

  /** Says how often something was found among so many; a kind and what it concerns is one entry. */
  share(kind: RepairKind, count: number, of: number, what: string, byte = 0): void {
    this.#found.set(`${kind} ${what}`, { kind, count, firstByte: byte, of, what })
  }

  /** All that was found, in the order in which it first came. */
  list(): TraceRepair[] {
    return [...this.#found.values()]
  }
}
