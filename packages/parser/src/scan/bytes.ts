// Names for the bytes that JSON is made of, and the smallest steps over them.

export const QUOTE = 0x22
export const BACKSLASH = 0x5c
export const OPEN_BRACE = 0x7b
export const CLOSE_BRACE = 0x7d
export const OPEN_BRACKET = 0x5b
export const CLOSE_BRACKET = 0x5d
export const COMMA = 0x2c
export const COLON = 0x3a

/** First offset at or after `i` that is not white space; `end` if there is none. */
export function skipSpace(buf: Uint8Array, i: number, end: number): number {
  while (i < end && buf[i]! <= 0x20) i++
  return i
}

/** Last offset at or before `i` that is not white space; -1 if there is none. */
export function skipSpaceBack(buf: Uint8Array, i: number): number {
  while (i >= 0 && buf[i]! <= 0x20) i--
  return i
}

/** Whether the bytes from `i` are those of `text` (ASCII). */
export function startsWith(buf: Uint8Array, i: number, text: string): boolean {
  if (i + text.length > buf.length) return false
  for (let j = 0; j < text.length; j++) if (buf[i + j] !== text.charCodeAt(j)) return false
  return true
}

/**
 * Offset of the quote that ends the string whose first byte is at `i`, or -1 when it lies beyond
 * `end`. A quote counts as the end when it is not escaped.
 */
export function stringEnd(buf: Uint8Array, i: number, end: number): number {
  // Most strings are short: a call of indexOf costs as much as some thirty steps.
  const near = Math.min(end, i + 32)
  let quote = i
  while (quote < near && buf[quote] !== QUOTE) quote++
  for (;;) {
    if (quote >= near) quote = buf.indexOf(QUOTE, quote)
    if (quote < 0 || quote >= end) return -1
    if (buf[quote - 1] !== BACKSLASH) return quote
    let backslashes = 1
    while (buf[quote - 1 - backslashes] === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return quote
    quote = buf.indexOf(QUOTE, quote + 1)
  }
}
