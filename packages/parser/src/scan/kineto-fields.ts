// Reads the members of an event in the order in which Kineto writes them:
//
//   "ph": "X", "cat": "…", "name": "…", "pid": 1, "tid": 2, "ts": 3.000, "dur": 4.000, "args": { … }
//
// Most events that are kept are Python frames of which nothing but these members is wanted; to know where
// each key must stand is twice as fast as to read whatever stands there. What is not in this order is left
// to EventReader.
import { BACKSLASH, COLON, COMMA, QUOTE, skipSpace } from './bytes.js'
import { COMPLETE, commaAfterEvent, type EventHead } from './event-text.js'
import type { ScannedEvent, Span } from './scanned-event.js'
import { NEED } from './value-ends.js'

/** Offset of the value of the key that must come next, after a comma; NEED where it is another key. */
function valueAfterKey(buf: Uint8Array, i: number, end: number, key: string): number {
  let p = skipSpace(buf, i, end)
  if (buf[p] !== COMMA) return NEED
  p = skipSpace(buf, p + 1, end)
  const { length } = key
  if (buf[p] !== QUOTE || buf[p + length + 1] !== QUOTE) return NEED
  for (let j = 0; j < length; j++) if (buf[p + 1 + j] !== key.charCodeAt(j)) return NEED
  p = skipSpace(buf, p + length + 2, end)
  return buf[p] === COLON ? skipSpace(buf, p + 1, end) : NEED
}

/** Reads a number, or a string without escapes, into a span; NEED where it is neither. */
function readScalar(buf: Uint8Array, i: number, end: number, span: Span): number {
  let p = i
  if (buf[p] === QUOTE) {
    p++
    while (p < end && buf[p] !== QUOTE && buf[p] !== BACKSLASH) p++
    if (buf[p] !== QUOTE) return NEED
    p++
  } else {
    let c = buf[p]!
    while ((c >= 0x30 && c <= 0x39) || c === 0x2e || c === 0x2d) c = buf[++p]!
    if (p === i) return NEED
  }
  span.start = i
  span.end = p
  return p
}

/**
 * Reads an event whose head was read already, all but its `args`.
 * @param after - offset after the head
 * @returns the offset of the comma after the event; NEED where it is in another order or goes on beyond
 *   the bytes at hand
 */
export function readKinetoFields(
  event: ScannedEvent,
  head: EventHead,
  start: number,
  after: number,
  end: number,
): number {
  const { buf, name } = event
  event.clear(start)
  let p = valueAfterKey(buf, after, end, 'name')
  if (p < 0 || buf[p] !== QUOTE) return NEED
  name.start = ++p
  while (p < end && buf[p] !== QUOTE && buf[p] !== BACKSLASH) p++
  if (buf[p] !== QUOTE) return NEED
  name.end = p
  p = valueAfterKey(buf, p + 1, end, 'pid')
  if (p >= 0) p = readScalar(buf, p, end, event.pid)
  if (p >= 0) p = valueAfterKey(buf, p, end, 'tid')
  if (p >= 0) p = readScalar(buf, p, end, event.tid)
  if (p >= 0) p = valueAfterKey(buf, p, end, 'ts')
  if (p >= 0) p = readScalar(buf, p, end, event.ts)
  if (p >= 0) p = valueAfterKey(buf, p, end, 'dur')
  if (p >= 0) p = readScalar(buf, p, end, event.dur)
  if (p >= 0) p = valueAfterKey(buf, p, end, 'args')
  if (p < 0) return NEED
  event.ph = COMPLETE
  event.cat.start = head.catStart
  event.cat.end = head.catEnd
  return commaAfterEvent(buf, p, end)
}
