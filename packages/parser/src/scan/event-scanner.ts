// Finds the events of a trace in a stream of bytes and the fields of each, without building strings.
//
// Format: Chrome trace events (docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU),
// as an object with a `traceEvents` array or as a bare array, which may lack its end. White space,
// the order of keys and chunk boundaries do not matter. Events that the sink does not want are
// passed over by looking for the bytes that must stand between two events.
//
// What is not JSON is mended where the meaning is plain (NaN, inf, N/A, raw control characters,
// quotes that were not escaped) and otherwise skipped, one event at a time, and counted.
import { TraceParseError } from '../errors.js'
import type { RepairKind, Repairs } from '../repairs.js'
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
  skipSpaceBack,
  startsWith,
  stringEnd,
} from './bytes.js'
import {
  BEGIN,
  COMPLETE,
  commaAfterEvent,
  END,
  EVENT_KEY_BYTES,
  type EventHead,
  isArgsKey,
  isEventKey,
  readHead,
} from './event-text.js'
import { BAD, NEED, ValueEnds } from './value-ends.js'

/** Part of the scanner's buffer: first byte and the byte after the last; -1 where there is none. */
export interface Span {
  start: number
  end: number
}

/** How much of an event a sink wants. */
export enum Interest {
  None,
  /** All but `args`. */
  Fields,
  All,
}

/** Receives what the scanner finds. Offsets are into `scanner.buf` and hold during the call only. */
export interface ScanSink {
  /** Hand over events of every phase, metadata and flows too, not only X, B and E. */
  everything?: true
  /** How much of the events of a category is wanted; asked before the rest of the event is read. */
  interest(buf: Uint8Array, start: number, end: number): Interest
  /** A complete event that is wanted. */
  event(event: EventScanner): void
  /** A member of the top-level object other than `traceEvents`, as JSON text. */
  header(key: string, json: string): void
}

enum State {
  Start,
  Member,
  Value,
  SkipValue,
  Events,
  Resync,
  Done,
}

/** An event beyond this is taken for a missing quote, a header value beyond it is not kept. */
const MAX_VALUE_BYTES = 16 * 1024 * 1024

/** Zeros after the text in the buffer, so that a look ahead of some bytes stays inside. */
const SLACK = 64

const BYTE_ORDER_MARK = '\xef\xbb\xbf'

export class EventScanner {
  /** The bytes that the spans point into. */
  buf: Uint8Array = new Uint8Array(0)
  /** Offset of `buf[0]` in the uncompressed text, while events are handed over. */
  base = 0
  /** Letter of the event's `ph`. */
  ph = 0
  /** Where the event starts, and the byte after it. */
  start = 0
  stop = 0
  readonly cat: Span = { start: -1, end: -1 }
  readonly name: Span = { start: -1, end: -1 }
  readonly pid: Span = { start: -1, end: -1 }
  readonly tid: Span = { start: -1, end: -1 }
  readonly ts: Span = { start: -1, end: -1 }
  readonly dur: Span = { start: -1, end: -1 }
  readonly args: Span = { start: -1, end: -1 }
  /** Events seen so far, wanted or not. */
  count = 0

  #state = State.Start
  #sawEvents = false
  #bareArray = false
  #key = ''
  /** Bytes that must be there before another try, so that a long event is not read again and again. */
  #retryAt = 0
  /** What is left to read: from here to `#end`; zeros follow. */
  #from = 0
  #end = 0
  readonly #ends = new ValueEnds()
  readonly #head: EventHead = { ph: 0, catStart: -1, catEnd: -1 }
  /** Where a skipped value stands: nesting, string, escape. */
  #depth = 0
  #inString = false
  #escaped = false
  /** Last byte given up while looking for an event. */
  #before = 0

  constructor(
    readonly source: string,
    private readonly sink: ScanSink,
    private readonly repairs: Repairs,
  ) {}

  /** Takes the next bytes of the text. */
  push(chunk: Uint8Array): void {
    const rest = this.#end - this.#from
    const length = rest + chunk.length
    if (length + SLACK > this.buf.length) {
      const grown = new Uint8Array(Math.max(length + SLACK, 2 * this.buf.length))
      grown.set(this.buf.subarray(this.#from, this.#end))
      this.buf = grown
    } else if (rest > 0) {
      this.buf.copyWithin(0, this.#from, this.#end)
    }
    this.buf.set(chunk, rest)
    this.buf.fill(0, length, length + SLACK)
    this.#from = 0
    this.#end = length
    if (length >= this.#retryAt) this.#scan()
  }

  /**
   * Ends the text.
   * @param salvage - keep what was complete when the text ends in the middle
   * @throws TraceParseError when the text is empty, is no trace, or (without `salvage`) is cut off
   */
  end(salvage: boolean): void {
    this.#scan()
    while (this.#passUnclosedEvent()) this.#scan()
    const byte = this.base + this.#end - this.#from
    if (this.#state === State.Start) {
      throw new TraceParseError('empty', `${this.source}: is empty`, 0)
    }
    const between = skipSpace(this.buf, this.#from, this.#end) === this.#end
    const openArray = this.#bareArray && this.#state === State.Events && between
    if (openArray) this.repairs.add('unclosed_array', byte)
    else if (this.#state !== State.Done) {
      if (!salvage) {
        throw new TraceParseError(
          'truncated',
          `${this.source}: ends in the middle, at byte ${byte} of the text; capture it again, or keep what is complete with --salvage`,
          byte,
        )
      }
      this.repairs.add('truncated_file', byte)
    }
    if (!this.#sawEvents) {
      throw new TraceParseError(
        'not_a_trace',
        `${this.source}: has no "traceEvents" array; expected a PyTorch profiler trace`,
      )
    }
  }

  /**
   * At the end of the text: an event that has not ended but is followed by others lacks a bracket. It
   * is passed over; false when there is none and the text is cut off.
   */
  #passUnclosedEvent(): boolean {
    if (this.#state !== State.Events) return false
    const start = skipSpace(this.buf, this.#from, this.#end)
    if (start >= this.#end) return false
    this.#state = State.Resync
    this.#before = this.buf[start]!
    const next = this.#resync(start + 1, this.#end)
    const isFound = (this.#state as State) === State.Events
    this.#state = State.Events
    if (!isFound) return false
    const origin = this.base - this.#from
    this.repairs.add('malformed_event', origin + start)
    this.#from = next
    this.base = origin + next
    return true
  }

  #scan(): void {
    this.base -= this.#from
    const end = this.#end
    let i = this.#from
    for (;;) {
      const next = this.#step(i, end)
      if (next === NEED) break
      i = next
    }
    // A value that has not ended within one chunk: wait until there is twice as much.
    this.#retryAt = i === 0 && this.#state !== State.Start ? 2 * end : 0
    this.#from = i
    this.base += i
  }

  /** Goes one step on from `i`; returns where to go on, or NEED. */
  #step(i: number, end: number): number {
    switch (this.#state) {
      case State.Events:
        return this.#events(i, end)
      case State.Start:
        return this.#begin(i, end)
      case State.Member:
        return this.#member(i, end)
      case State.Value:
        return this.#value(i, end)
      case State.SkipValue:
        return this.#skipValue(i, end)
      case State.Resync:
        return this.#resync(i, end)
      case State.Done:
        return i < end ? end : NEED
    }
  }

  #begin(i: number, end: number): number {
    const { buf } = this
    if (buf[i] === 0xef) {
      if (end - i < BYTE_ORDER_MARK.length) return NEED
      if (startsWith(buf, i, BYTE_ORDER_MARK)) i += BYTE_ORDER_MARK.length
    }
    i = skipSpace(buf, i, end)
    if (i >= end) return NEED
    if (buf[i] === OPEN_BRACE) this.#state = State.Member
    else if (buf[i] === OPEN_BRACKET) {
      this.#bareArray = true
      this.#sawEvents = true
      this.#state = State.Events
    } else {
      throw new TraceParseError(
        'not_a_trace',
        `${this.source}: is not JSON (byte ${this.base + i}); expected a PyTorch profiler trace`,
        this.base + i,
      )
    }
    return i + 1
  }

  #member(i: number, end: number): number {
    const { buf } = this
    i = skipSpace(buf, i, end)
    if (i >= end) return NEED
    const c = buf[i]
    if (c === COMMA) return i + 1
    if (c === CLOSE_BRACE) {
      this.#state = State.Done
      return i + 1
    }
    const close = c === QUOTE ? stringEnd(buf, i + 1, end) : BAD
    if (close === NEED) return this.#needUpTo(i, end)
    const colon = close === BAD ? end : skipSpace(buf, close + 1, end)
    if (close !== BAD && colon >= end) return NEED
    if (close === BAD || buf[colon] !== COLON) {
      const byte = this.base + i
      throw new TraceParseError(
        this.#sawEvents ? 'corrupt' : 'not_a_trace',
        `${this.source}: is not JSON at byte ${byte}; expected a member of the trace's header`,
        byte,
      )
    }
    this.#key = new TextDecoder().decode(buf.subarray(i + 1, close))
    this.#state = State.Value
    return colon + 1
  }

  #value(i: number, end: number): number {
    const { buf } = this
    i = skipSpace(buf, i, end)
    if (i >= end) return NEED
    if (this.#key === 'traceEvents' && buf[i] === OPEN_BRACKET) {
      this.#sawEvents = true
      this.#state = State.Events
      return i + 1
    }
    this.#ends.restart()
    const after = this.#ends.of(buf, i, end)
    if (after === NEED && end - i <= MAX_VALUE_BYTES) return NEED
    if (after < 0) {
      this.repairs.add('malformed_header', this.base + i)
      return this.#startSkip(i)
    }
    this.#ends.report(this.repairs, this.base)
    this.sink.header(this.#key, new TextDecoder().decode(buf.subarray(i, after)))
    this.#state = State.Member
    return after
  }

  #startSkip(i: number): number {
    this.#depth = 0
    this.#inString = false
    this.#escaped = false
    this.#state = State.SkipValue
    return i
  }

  /** Passes over a header value that is too large to keep or cannot be read. */
  #skipValue(i: number, end: number): number {
    if (i >= end) return NEED
    const { buf } = this
    for (; i < end; i++) {
      const c = buf[i]
      if (this.#escaped) this.#escaped = false
      else if (this.#inString) {
        if (c === BACKSLASH) this.#escaped = true
        else if (c === QUOTE) this.#inString = false
      } else if (c === QUOTE) this.#inString = true
      else if (c === OPEN_BRACE || c === OPEN_BRACKET) this.#depth++
      else if (c === CLOSE_BRACE || c === CLOSE_BRACKET || c === COMMA) {
        if (this.#depth === 0) {
          this.#state = State.Member
          return i
        }
        if (c !== COMMA) this.#depth--
      }
    }
    return end
  }

  /** More bytes are needed, but not without bound. */
  #needUpTo(i: number, end: number): number {
    if (end - i <= MAX_VALUE_BYTES) return NEED
    const byte = this.base + i
    throw new TraceParseError('corrupt', `${this.source}: is not JSON at byte ${byte}`, byte)
  }

  #events(from: number, end: number): number {
    const { buf } = this
    const i = this.#skipUnwanted(from, end)
    // What was read is given up before more is asked for.
    if (i >= end) return i > from ? i : NEED
    const c = buf[i]
    if (c === CLOSE_BRACKET) {
      this.#state = this.#bareArray ? State.Done : State.Member
      return i + 1
    }
    let fault: RepairKind = 'malformed_event'
    if (c === OPEN_BRACE) {
      const after = this.#readEvent(i, end)
      if (after >= 0) return after
      if (after === NEED && end - i <= MAX_VALUE_BYTES) return i > from ? i : NEED
      if (after === NEED) fault = 'oversized_event'
    }
    this.repairs.add(fault, this.base + i)
    this.#state = State.Resync
    this.#before = buf[i]!
    return i + 1
  }

  /**
   * Passes over events whose first members show that they are not wanted. Returns the offset of the
   * first event that must be read, or of whatever else follows.
   */
  #skipUnwanted(i: number, end: number): number {
    const { buf } = this
    const head = this.#head
    const everything = this.sink.everything === true
    for (;;) {
      while (i < end && (buf[i]! <= 0x20 || buf[i] === COMMA)) i++
      if (buf[i] !== OPEN_BRACE || everything) return i
      const after = readHead(buf, i, end, head)
      if (after < 0 || head.ph === BEGIN || head.ph === END) return i
      if (head.catStart >= 0) {
        const interest = this.sink.interest(buf, head.catStart, head.catEnd)
        if (interest !== Interest.None) return i
      }
      const next = commaAfterEvent(buf, after, end)
      if (next < 0) return i
      this.count++
      i = next
    }
  }

  /** Looks for the next place where an event can start: `{` and a key of events, after `,` or `[`. */
  #resync(i: number, end: number): number {
    const { buf } = this
    for (let at = i; ; at++) {
      at = buf.indexOf(OPEN_BRACE, at)
      if (at < 0 || at >= end) return this.#giveUp(i, end)
      const key = skipSpace(buf, at + 1, end)
      if (key + EVENT_KEY_BYTES >= end) return this.#giveUp(i, at)
      const before = this.#byteBefore(i, at)
      if ((before === COMMA || before === OPEN_BRACKET) && isEventKey(buf, key)) {
        this.#state = State.Events
        return at
      }
    }
  }

  /** Last byte before `at` that is no white space, in the buffer or given up before it. */
  #byteBefore(i: number, at: number): number {
    const before = skipSpaceBack(this.buf, at - 1)
    return before >= i ? this.buf[before]! : this.#before
  }

  /** Gives up the bytes up to `at`, or asks for more when there are none. */
  #giveUp(i: number, at: number): number {
    this.#before = this.#byteBefore(i, at)
    return at > i ? at : NEED
  }

  /** Reads the event at `i`; returns the offset after it, NEED or BAD. */
  #readEvent(i: number, end: number): number {
    const { buf, cat, name, pid, tid, ts, dur, args } = this
    this.start = i
    this.ph = 0
    this.#ends.restart()
    cat.start = name.start = pid.start = tid.start = ts.start = dur.start = args.start = -1
    let interest = Interest.All
    let unwantedPhase = false
    let p = i + 1
    for (;;) {
      p = skipSpace(buf, p, end)
      if (p >= end) return NEED
      let c = buf[p]
      if (c === COMMA) {
        p++
        continue
      }
      if (c === CLOSE_BRACE) break
      if (c !== QUOTE) return BAD
      const key = p + 1
      const keyEnd = stringEnd(buf, key, end)
      if (keyEnd < 0) return NEED
      p = skipSpace(buf, keyEnd + 1, end)
      if (p >= end) return NEED
      if (buf[p] !== COLON) return BAD
      p = skipSpace(buf, p + 1, end)
      if (p >= end) return NEED
      const value = p
      if (interest === Interest.Fields && isArgsKey(buf, key, keyEnd)) {
        const next = commaAfterEvent(buf, p, end)
        if (next >= 0) {
          this.#complete(true)
          return next
        }
      }
      p = this.#ends.of(buf, p, end)
      if (p < 0) return p
      c = buf[key]
      switch (keyEnd - key) {
        case 2:
          if (c === 0x70 /* ph */) {
            this.ph = buf[value] === QUOTE ? buf[value + 1]! : 0
            unwantedPhase = this.ph !== COMPLETE && this.ph !== BEGIN && this.ph !== END
          } else if (c === 0x74 /* ts */) {
            ts.start = value
            ts.end = p
          }
          break
        case 3:
          if (c === 0x63 /* cat */ && buf[value] === QUOTE) {
            cat.start = value + 1
            cat.end = p - 1
            interest = this.sink.interest(buf, value + 1, p - 1)
          } else if (c === 0x70 /* pid */) {
            pid.start = value
            pid.end = p
          } else if (c === 0x74 /* tid */) {
            tid.start = value
            tid.end = p
          } else if (c === 0x64 /* dur */) {
            dur.start = value
            dur.end = p
          }
          break
        case 4:
          if (c === 0x6e /* name */) {
            const quoted = buf[value] === QUOTE ? 1 : 0
            name.start = value + quoted
            name.end = p - quoted
          } else if (isArgsKey(buf, key, keyEnd) && buf[value] === OPEN_BRACE) {
            args.start = value
            args.end = p
          }
          break
      }
    }
    const unwanted = unwantedPhase || (interest === Interest.None && this.ph === COMPLETE)
    this.stop = p + 1
    this.#complete(this.sink.everything === true || (this.ph !== 0 && !unwanted))
    return p + 1
  }

  #complete(wanted: boolean): void {
    this.count++
    this.#ends.report(this.repairs, this.base)
    if (wanted) this.sink.event(this)
  }
}
