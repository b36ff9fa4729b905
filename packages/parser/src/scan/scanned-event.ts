// One event as the scanner hands it over: where its members stand in the scanner's bytes.
import type { EventTemplate } from './event-template.js'
import { wordsOf } from './words.js'

/** Part of the scanner's buffer: first byte and the byte after the last; -1 where there is none. */
export interface Span {
  start: number
  end: number
}

/** Values that an event with a template has at most. */
export const MAX_VALUES = 64

/** How much of an event a sink wants. */
export enum Interest {
  None,
  /** All but `args`. */
  Fields,
  All,
}

export class ScannedEvent {
  /** The bytes that the spans point into. */
  buf: Uint8Array = new Uint8Array(0)
  /** The same bytes, read four at a time. */
  words: DataView = new DataView(new ArrayBuffer(0))
  /** Offset of `buf[0]` in the uncompressed text. */
  base = 0
  /** Letter of `ph`. */
  ph = 0
  /** Where the event starts, and the byte after it (known where all of it was wanted). */
  start = 0
  stop = 0
  readonly cat: Span = { start: -1, end: -1 }
  readonly name: Span = { start: -1, end: -1 }
  readonly pid: Span = { start: -1, end: -1 }
  readonly tid: Span = { start: -1, end: -1 }
  readonly ts: Span = { start: -1, end: -1 }
  readonly dur: Span = { start: -1, end: -1 }
  readonly args: Span = { start: -1, end: -1 }
  /** What the event was read by; then `valueStarts` and `valueEnds` say where the members of `args` stand. */
  template: EventTemplate | null = null
  readonly valueStarts: Int32Array = new Int32Array(MAX_VALUES)
  readonly valueEnds: Int32Array = new Int32Array(MAX_VALUES)

  /** Points the spans at bytes that stand at `base` in the text. */
  over(buf: Uint8Array, base: number): void {
    this.base = base
    if (buf === this.buf) return
    this.buf = buf
    this.words = wordsOf(buf)
  }

  /** Forgets the members of the last event. */
  clear(start: number): void {
    this.start = start
    this.ph = 0
    this.cat.start = -1
    this.name.start = -1
    this.pid.start = -1
    this.tid.start = -1
    this.ts.start = -1
    this.dur.start = -1
    this.args.start = -1
    this.template = null
  }
}

/** Receives what the scanner finds. The event and its bytes hold during the call only. */
export interface ScanSink {
  /** Hand over events of every phase, metadata and flows too, not only X, B and E. */
  everything?: true
  /**
   * How much of the events of a category is wanted; asked before the rest of the event is read. Of what was
   * wanted whole once, all is.
   */
  interest(buf: Uint8Array, start: number, end: number): Interest
  /** A complete event that is wanted. */
  event(event: ScannedEvent): void
  /** A member of the top-level object other than `traceEvents`, as JSON text. */
  header(key: string, json: string): void
}
