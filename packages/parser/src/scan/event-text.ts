// The bytes that events begin with and that stand between two of them.
//
// Most of a trace with Python stacks is events that nobody asked for. Kineto writes "ph" and "cat"
// first, so such an event is known by its first bytes; its end is found by looking for the bytes
// that must follow it. In JSON they cannot lie within a string, since a quote in one is escaped.
import { CLOSE_BRACE, COLON, COMMA, OPEN_BRACE, QUOTE, skipSpace, startsWith } from './bytes.js'
import { NEED } from './value-ends.js'

/** Phases: complete events, and the begin and end of one. */
export const COMPLETE = 0x58 /* X */
export const BEGIN = 0x42 /* B */
export const END = 0x45 /* E */

/** Phases of the Chrome trace format. */
const PHASES = new Uint8Array(256)
for (const letter of 'BEXiICbneSTFpPsftNODMVvRcC(){}=,') PHASES[letter.charCodeAt(0)] = 1

/** Whether a letter is a phase. */
export function isPhase(letter: number): boolean {
  return PHASES[letter] === 1
}

const EVENT_KEYS = ['"ph"', '"cat"', '"name"', '"pid"', '"tid"', '"ts"', '"args"']

/** Bytes that {@link isEventKey} may look at. */
export const EVENT_KEY_BYTES = 6

/** Whether a key that events begin with stands at `i`. */
export function isEventKey(buf: Uint8Array, i: number): boolean {
  return EVENT_KEYS.some((key) => startsWith(buf, i, key))
}

/** Whether `"args"` stands between `start` and `end`, given that it is a key of an event. */
export function isArgsKey(buf: Uint8Array, start: number, end: number): boolean {
  return end - start === 4 && buf[start] === 0x61 && buf[start + 3] === 0x73
}

function isPhKey(buf: Uint8Array, i: number): boolean {
  return buf[i] === QUOTE && buf[i + 1] === 0x70 && buf[i + 2] === 0x68 && buf[i + 3] === QUOTE
}

function isCatKey(buf: Uint8Array, i: number): boolean {
  return (
    buf[i] === QUOTE &&
    buf[i + 1] === 0x63 &&
    buf[i + 2] === 0x61 &&
    buf[i + 3] === 0x74 &&
    buf[i + 4] === QUOTE
  )
}

/** First byte of the value whose key ends at `i`; NEED where there is no colon. */
function valueAfter(buf: Uint8Array, i: number, end: number): number {
  const colon = skipSpace(buf, i, end)
  return buf[colon] === COLON ? skipSpace(buf, colon + 1, end) : NEED
}

/** What an event is, by its first two members; offsets of the category are -1 where it has none. */
export interface EventHead {
  ph: number
  catStart: number
  catEnd: number
}

/**
 * Reads `{ "ph": "X", "cat": "…"` at `i` into `head`, or `{ "ph": "…"` for phases other than X.
 * @returns the offset after it; NEED when the event begins otherwise
 */
export function readHead(buf: Uint8Array, i: number, end: number, head: EventHead): number {
  head.catStart = -1
  let p = skipSpace(buf, i + 1, end)
  if (!isPhKey(buf, p)) return NEED
  p = valueAfter(buf, p + 4, end)
  if (p < 0 || buf[p] !== QUOTE || buf[p + 2] !== QUOTE) return NEED
  head.ph = buf[p + 1]!
  if (head.ph !== COMPLETE) return p + 3
  p = skipSpace(buf, p + 3, end)
  if (buf[p] !== COMMA) return NEED
  p = skipSpace(buf, p + 1, end)
  if (!isCatKey(buf, p)) return NEED
  p = valueAfter(buf, p + 5, end)
  if (p < 0 || buf[p] !== QUOTE) return NEED
  head.catStart = ++p
  while (p < end && buf[p] !== QUOTE) p++
  head.catEnd = p
  return p < end ? p + 1 : NEED
}

/** Closing braces to look at before the event is read in full: its name may hold some. */
const TRIES = 4

/**
 * The comma after the event that `p` lies in, when what follows is `}` of args, `}`, comma, `{`,
 * `"ph"`. NEED when that is not found at once.
 */
export function commaAfterEvent(buf: Uint8Array, p: number, end: number): number {
  for (let tries = 0; tries < TRIES; tries++) {
    const brace = buf.indexOf(CLOSE_BRACE, p)
    if (brace < 0 || brace >= end) return NEED
    let q = skipSpace(buf, brace + 1, end)
    if (buf[q] === CLOSE_BRACE) q = skipSpace(buf, q + 1, end)
    if (buf[q] === COMMA) {
      const comma = q
      q = skipSpace(buf, q + 1, end)
      if (buf[q] === OPEN_BRACE) {
        q = skipSpace(buf, q + 1, end)
        // Any other key: perhaps the end of the event, which must not be passed.
        return q + 4 < end && isPhKey(buf, q) ? comma : NEED
      }
    }
    p = brace + 1
  }
  return NEED
}
