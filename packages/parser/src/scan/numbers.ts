// Numbers from their digits. A double cannot hold a Unix time in microseconds with three decimals,
// so timestamps are read as whole microseconds and nanoseconds apart.
import { skipSpace } from './bytes.js'

const ZERO = 0x30
const NINE = 0x39
const MINUS = 0x2d
const PLUS = 0x2b
const DOT = 0x2e

const isDigit = (byte: number) => byte >= ZERO && byte <= NINE

/** Whole microseconds and the nanoseconds beyond them, as the last call of {@link readMicros} found. */
export const micros = { whole: 0, nanos: 0 }

/**
 * Reads a number of microseconds into {@link micros}, rounded to the nanosecond. Quotes around it are
 * accepted.
 * @returns whether there was a finite number
 */
export function readMicros(buf: Uint8Array, start: number, end: number): boolean {
  let i = start
  if (buf[i] === 0x22) {
    i++
    end--
  }
  const negative = buf[i] === MINUS
  if (negative || buf[i] === PLUS) i++
  const first = i
  let whole = 0
  for (; i < end && isDigit(buf[i]!); i++) whole = whole * 10 + (buf[i]! - ZERO)
  let nanos = 0
  if (i < end && buf[i] === DOT) {
    i++
    for (let unit = 100; i < end && isDigit(buf[i]!); i++, unit /= 10) {
      nanos += (buf[i]! - ZERO) * unit
    }
    nanos = Math.round(nanos)
    if (nanos === 1000) {
      whole++
      nanos = 0
    }
  }
  if (i === first || whole > Number.MAX_SAFE_INTEGER) return readOther(buf, start, end)
  if (skipSpace(buf, i, end) !== end) return readOther(buf, start, end)
  micros.whole = negative ? -whole : whole
  micros.nanos = negative ? -nanos : nanos
  return true
}

/** Exponents and other rare spellings: no more exact than a double. */
function readOther(buf: Uint8Array, start: number, end: number): boolean {
  const value = readNumber(buf, start, end)
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return false
  micros.whole = Math.trunc(value)
  micros.nanos = Math.round((value - micros.whole) * 1000)
  return true
}

/** Reads a number; NaN when the text is none. */
export function readNumber(buf: Uint8Array, start: number, end: number): number {
  if (end - start > 40) return Number.NaN
  let text = ''
  for (let i = start; i < end; i++) {
    if (buf[i] !== 0x22) text += String.fromCharCode(buf[i]!)
  }
  text = text.trim()
  return text === '' ? Number.NaN : Number(text)
}

/** Reads a non-negative integer below 2^53; -1 when the text is none. */
export function readInteger(buf: Uint8Array, start: number, end: number): number {
  let value = 0
  if (start >= end) return -1
  for (let i = start; i < end; i++) {
    const digit = buf[i]! - ZERO
    if (digit < 0 || digit > 9) return slowInteger(buf, start, end)
    value = value * 10 + digit
  }
  return value <= Number.MAX_SAFE_INTEGER ? value : -1
}

function slowInteger(buf: Uint8Array, start: number, end: number): number {
  const value = readNumber(buf, start, end)
  return Number.isSafeInteger(value) && value >= 0 ? value : -1
}
