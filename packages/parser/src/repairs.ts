// Faults that were mended or skipped: counted by kind, with the offset of the first one.
import type { TraceRepair } from '@flowsim/trace-schema'

/** Kinds of faults that do not stop a parse. */
export type RepairKind =
  | 'bare_literal'
  | 'control_character'
  | 'unescaped_quote'
  | 'malformed_event'
  | 'oversized_event'
  | 'missing_duration'
  | 'negative_duration'
  | 'missing_timestamp'
  | 'timestamp_outside'
  | 'unclosed_begin'
  | 'unmatched_end'
  | 'malformed_header'
  | 'malformed_arguments'
  | 'checksum_mismatch'
  | 'damaged_archive'
  | 'trailing_bytes'
  | 'truncated_file'
  | 'unclosed_array'

/** Collects the faults of one input. */
export class Repairs {
  readonly #found = new Map<RepairKind, TraceRepair>()

  /** Counts one fault at an offset of the uncompressed text. */
  add(kind: RepairKind, byte: number): void {
    const entry = this.#found.get(kind)
    if (entry === undefined) this.#found.set(kind, { kind, count: 1, firstByte: byte })
    else entry.count++
  }

  /** All kinds found, in the order in which they first came. */
  list(): TraceRepair[] {
    return [...this.#found.values()]
  }
}
