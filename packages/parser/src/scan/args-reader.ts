// Goes through the members of an event's `args` object, which the scanner has found to be well formed.
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
  stringEnd,
} from './bytes.js'

export class ArgsReader {
  buf: Uint8Array = new Uint8Array(0)
  keyStart = 0
  keyEnd = 0
  /** First byte of the value: the one after the quote for strings. */
  valueStart = 0
  /** Byte after the value: the closing quote for strings. */
  valueEnd = 0
  isString = false
  #at = 0
  #end = 0

  /** Starts with the object from `start` to `end`, braces included. */
  open(buf: Uint8Array, start: number, end: number): void {
    this.buf = buf
    this.#at = start + 1
    this.#end = end - 1
  }

  /** Goes to the next member; false when there is none. */
  next(): boolean {
    const { buf } = this
    const end = this.#end
    let p = this.#at
    while (p < end && (buf[p]! <= 0x20 || buf[p] === COMMA)) p++
    if (p >= end || buf[p] !== QUOTE) return false
    this.keyStart = p + 1
    this.keyEnd = stringEnd(buf, p + 1, end)
    if (this.keyEnd < 0) return false
    p = skipSpace(buf, skipSpace(buf, this.keyEnd + 1, end) + 1, end)
    if (p >= end) return false
    const c = buf[p]
    this.isString = c === QUOTE
    if (c === QUOTE) {
      this.valueStart = p + 1
      this.valueEnd = this.#quotedEnd(p + 1, end)
      if (this.valueEnd < 0) return false
      this.#at = this.valueEnd + 1
      return true
    }
    this.valueStart = p
    let depth = 0
    for (; p < end; p++) {
      const d = buf[p]
      if (d === QUOTE) {
        p = stringEnd(buf, p + 1, end)
        if (p < 0) return false
      } else if (d === OPEN_BRACE || d === OPEN_BRACKET) depth++
      else if (d === CLOSE_BRACE || d === CLOSE_BRACKET) depth--
      else if (d === COMMA && depth === 0) break
    }
    this.#at = p
    while (p > this.valueStart && buf[p - 1]! <= 0x20) p--
    this.valueEnd = p
    return true
  }

  /** The quote that is followed by a comma or the end: others were not escaped. */
  #quotedEnd(i: number, end: number): number {
    for (let from = i; ; ) {
      const quote = stringEnd(this.buf, from, end)
      if (quote < 0) return -1
      const after = skipSpace(this.buf, quote + 1, end)
      if (after >= end || this.buf[after] === COMMA) return quote
      from = quote + 1
    }
  }
}
