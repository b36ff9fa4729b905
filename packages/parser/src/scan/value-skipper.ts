// Passes over a JSON value that is too large to keep or cannot be read, however many chunks it fills.
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './bytes.js'

export class ValueSkipper {
  #depth = 0
  #inString = false
  #escaped = false

  /** Begins with a value. */
  restart(): void {
    this.#depth = 0
    this.#inString = false
    this.#escaped = false
  }

  /** Offset of the comma or bracket that ends the value; `end` where it goes on. */
  skip(buf: Uint8Array, i: number, end: number): number {
    for (; i < end; i++) {
      const c = buf[i]
      if (this.#escaped) this.#escaped = false
      else if (this.#inString) {
        if (c === BACKSLASH) this.#escaped = true
        else if (c === QUOTE) this.#inString = false
      } else if (c === QUOTE) this.#inString = true
      else if (c === OPEN_BRACE || c === OPEN_BRACKET) this.#depth++
      else if (c === CLOSE_BRACE || c === CLOSE_BRACKET || c === COMMA) {
        if (this.#depth === 0) return i
        if (c !== COMMA) this.#depth--
      }
    }
    return end
  }
}
