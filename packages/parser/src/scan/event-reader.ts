// Reads one event: where its members stand, in whatever order they come.
import { CLOSE_BRACE, COLON, COMMA, OPEN_BRACE, QUOTE, skipSpace, stringEnd } from './bytes.js'
import { BEGIN, COMPLETE, commaAfterEvent, END, isArgsKey, isPhase } from './event-text.js'
import { Interest, ScannedEvent, type ScanSink } from './scanned-event.js'
import { BAD, NEED, ValueEnds } from './value-ends.js'

export class EventReader {
  readonly event: ScannedEvent = new ScannedEvent()
  readonly ends: ValueEnds = new ValueEnds()
  /** Whether the sink wants the event that was read last. */
  isWanted = false
  /** Whether that event says of which phase it is. */
  hasPhase = true

  constructor(private readonly sink: ScanSink) {}

  /** Reads the event at `i`; returns the offset after it, NEED or BAD. */
  read(i: number, end: number): number {
    const { event, ends, sink } = this
    const { buf, cat, name, pid, tid, ts, dur, args } = event
    event.clear(i)
    ends.restart()
    let interest = Interest.All
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
          this.isWanted = true
          return next
        }
      }
      p = ends.of(buf, p, end)
      if (p < 0) return p
      c = buf[key]
      switch (keyEnd - key) {
        case 2:
          if (c === 0x70 /* ph */) {
            event.ph = p === value + 3 && buf[value] === QUOTE ? buf[value + 1]! : 0
          } else if (c === 0x74 /* ts */) {
            ts.start = value
            ts.end = p
          }
          break
        case 3:
          if (c === 0x63 /* cat */ && buf[value] === QUOTE) {
            cat.start = value + 1
            cat.end = p - 1
            interest = sink.interest(buf, value + 1, p - 1)
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
    event.stop = p + 1
    this.hasPhase = isPhase(event.ph)
    // What has a time and a duration is complete, whether it says so or not.
    if (!this.hasPhase && ts.start >= 0 && dur.start >= 0) event.ph = COMPLETE
    const isOfTime = event.ph === BEGIN || event.ph === END
    this.isWanted =
      sink.everything === true || isOfTime || (event.ph === COMPLETE && interest !== Interest.None)
    return p + 1
  }
}
