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
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
  startsWith,
  stringEnd,
} from './bytes.js'
import { EventReader } from './event-reader.js'
import { EventSearch } from './event-search.js'
import { EventTemplates } from './event-templates.js'
import {
  BEGIN,
  COMPLETE,
  commaAfterEvent,
  END,
  type EventHead,
  isPhase,
  readHead,
} from './event-text.js'
import { readKinetoFields } from './kineto-fields.js'
import { Interest, type ScannedEvent, type ScanSink } from './scanned-event.js'
import { BAD, NEED, ValueEnds } from './value-ends.js'
import { ValueSkipper } from './value-skipper.js'

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
  /** What is left to read lies in here. */
  buf: Uint8Array = new Uint8Array(0)
  /** Offset of `buf[0]` in the uncompressed text, while events are handed over. */
  base = 0
  /** Events seen so far, wanted or not. */
  count = 0

  #state = State.Start
  /** Where something stands after the end of the trace; -1 where nothing does. */
  #moreAt = -1
  #isMoreTrace = false
  #sawEvents = false
  #bareArray = false
  #key = ''
  /** Bytes that must be there before another try, so that a long event is not read again and again. */
  #retryAt = 0
  /** What is left to read: from here to `#end`; zeros follow. */
  #from = 0
  #end = 0
  readonly #ends = new ValueEnds()
  readonly #reader: EventReader
  readonly #head: EventHead = { ph: 0, catStart: -1, catEnd: -1 }
  readonly #skipper = new ValueSkipper()
  readonly #search = new EventSearch()
  readonly #templates = new EventTemplates()

  constructor(
    readonly source: string,
    private readonly sink: ScanSink,
    private readonly repairs: Repairs,
  ) {
    this.#reader = new EventReader(sink)
  }

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
   * @throws TraceParseError when the text is empty, is not a trace, or (without `salvage`) is cut off
   */
  end(salvage: boolean): void {
    this.#scan()
    while (this.#passUnclosedEvent()) this.#scan()
    const byte = this.base + this.#end - this.#from
    if (this.#state === State.Start) {
      throw new TraceParseError('empty', 'is empty', this.#at(0))
    }
    const between = skipSpace(this.buf, this.#from, this.#end) === this.#end
    const openArray = this.#bareArray && this.#state === State.Events && between
    if (openArray) this.repairs.add('unclosed_array', byte)
    else if (this.#state !== State.Done) {
      if (!salvage) {
        this.#refuseUnread(byte)
        throw new TraceParseError(
          'truncated',
          `ends in the middle, at byte ${byte} of the text; capture it again, or keep what is complete`,
          { ...this.#at(byte), isSalvageable: true },
        )
      }
      this.repairs.add('truncated_file', byte)
    }
    if (this.#moreAt >= 0) {
      if (this.#isMoreTrace && !salvage) {
        throw new TraceParseError(
          'corrupt',
          `another document follows the trace at byte ${this.#moreAt}; split the file, or keep what is complete of the first`,
          { ...this.#at(this.#moreAt), isSalvageable: true },
        )
      }
      this.repairs.add('trailing_bytes', this.#moreAt)
    }
    if (!this.#sawEvents) {
      throw new TraceParseError(
        'not_a_trace',
        'has no "traceEvents" array; expected a PyTorch profiler trace',
        { source: this.source },
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
    this.#search.restart(this.buf[start]!)
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

  /** A text that is whole but for an event that nothing readable follows is not called cut off. */
  #refuseUnread(byte: number): void {
    if (this.#state !== State.Resync) return
    const last = this.#search.byteBefore(this.buf, this.#from, this.#end)
    if (last !== CLOSE_BRACKET && last !== CLOSE_BRACE) return
    if (this.count === 0) {
      throw new TraceParseError(
        'not_a_trace',
        'its array holds no events; expected a PyTorch profiler trace',
        this.#at(byte),
      )
    }
    throw new TraceParseError(
      'corrupt',
      'its last events cannot be read; capture it again, or keep what is complete',
      { ...this.#at(byte), isSalvageable: true },
    )
  }

  #at(byte: number): { source: string; at: { byte: number } } {
    return { source: this.source, at: { byte } }
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
        return this.#afterTrace(i, end)
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
        `is not JSON (byte ${this.base + i}); expected a PyTorch profiler trace`,
        this.#at(this.base + i),
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
        `is not JSON at byte ${byte}; expected a member of the trace's header`,
        this.#at(byte),
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

  /** White space, or what should not be there: more documents, or bytes. */
  #afterTrace(i: number, end: number): number {
    const more = skipSpace(this.buf, i, end)
    if (more < end && this.#moreAt < 0) {
      this.#moreAt = this.base + more
      const c = this.buf[more]
      this.#isMoreTrace = c === OPEN_BRACE || c === OPEN_BRACKET
    }
    return i < end ? end : NEED
  }

  #startSkip(i: number): number {
    this.#skipper.restart()
    this.#state = State.SkipValue
    return i
  }

  #skipValue(i: number, end: number): number {
    if (i >= end) return NEED
    const after = this.#skipper.skip(this.buf, i, end)
    if (after < end) this.#state = State.Member
    return after
  }

  /** More bytes are needed, but not without bound. */
  #needUpTo(i: number, end: number): number {
    if (end - i <= MAX_VALUE_BYTES) return NEED
    const byte = this.base + i
    throw new TraceParseError('corrupt', `is not JSON at byte ${byte}`, this.#at(byte))
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
      const after = this.#read(i, end)
      if (after >= 0) return after
      if (after === NEED && end - i <= MAX_VALUE_BYTES) return i > from ? i : NEED
      if (after === NEED) fault = 'oversized_event'
    }
    this.repairs.add(fault, this.base + i)
    this.#state = State.Resync
    this.#search.restart(buf[i]!)
    return i + 1
  }

  /**
   * Passes over events whose first members show that they are not wanted, and hands over those of which
   * little is wanted or that are like one before. Returns the offset of the first event that must be read in full, or of whatever else
   * follows.
   */
  #skipUnwanted(i: number, end: number): number {
    const { buf } = this
    const head = this.#head
    const everything = this.sink.everything === true
    const templates = this.#templates
    const { event } = this.#reader
    event.over(buf, this.base)
    for (;;) {
      while (i < end && (buf[i]! <= 0x20 || buf[i] === COMMA)) i++
      if (buf[i] !== OPEN_BRACE || everything) return i
      if (templates.expected !== null) {
        const next = templates.readExpected(event, i, end)
        if (next >= 0) {
          this.sink.interest(buf, event.cat.start, event.cat.end)
          this.#handOver(event)
          i = next
          continue
        }
      }
      const after = readHead(buf, i, end, head)
      if (after < 0 || head.ph === BEGIN || head.ph === END || !isPhase(head.ph)) return i
      if (head.catStart >= 0) {
        const interest = this.sink.interest(buf, head.catStart, head.catEnd)
        if (interest === Interest.Fields) {
          templates.restart()
          const next = this.#readKineto(i, after, end)
          if (next < 0) return i
          i = next
          continue
        }
        if (interest === Interest.All) {
          const next = templates.read(event, i, end, head.catStart, head.catEnd)
          if (next < 0) return i
          this.#handOver(event)
          i = next
          continue
        }
      }
      templates.restart()
      const next = commaAfterEvent(buf, after, end)
      if (next < 0) return i
      this.count++
      i = next
    }
  }

  #resync(i: number, end: number): number {
    const at = this.#search.find(this.buf, i, end)
    if (this.#search.isFound) this.#state = State.Events
    return at
  }

  #learn(event: ScannedEvent): void {
    const { buf, cat } = event
    if (this.sink.everything === true || cat.start < 0 || !this.#templates.isLearning) return
    const isWhole = this.sink.interest(buf, cat.start, cat.end) === Interest.All
    if (isWhole) this.#templates.learn(event)
  }

  #handOver(event: ScannedEvent): void {
    this.count++
    this.sink.event(event)
  }

  /** Reads the event at `i`, if its members come in Kineto's order, and hands it over. */
  #readKineto(i: number, after: number, end: number): number {
    const { event } = this.#reader
    const next = readKinetoFields(event, this.#head, i, after, end)
    if (next >= 0) this.#handOver(event)
    return next
  }

  /** Reads the event at `i` and hands it over; returns the offset after it, NEED or BAD. */
  #read(i: number, end: number): number {
    const { event } = this.#reader
    event.over(this.buf, this.base)
    const after = this.#reader.read(i, end)
    if (after < 0) return after
    this.count++
    this.#templates.restart()
    this.#reader.ends.report(this.repairs, this.base)
    if (!this.#reader.hasPhase) this.repairs.add('missing_phase', this.base + i)
    if (!this.#reader.isWanted) return after
    this.sink.event(event)
    if (event.ph === COMPLETE && event.args.start >= 0) this.#learn(event)
    return after
  }
}
