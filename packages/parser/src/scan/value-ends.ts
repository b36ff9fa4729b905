// Where JSON values end, in bytes that may end before they do. Values that are not JSON but can be
// understood (NaN, inf, N/A; quotes that were not escaped) are passed and noted.
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
  stringEnd,
} from './bytes.js'
import { literalKind } from './literals.js'

/** What is looked for goes on beyond the bytes at hand. */
export const NEED = -1
/** What stands there cannot be read. */
export const BAD = -2

/** Quotes within one string that may lack their backslash, and bytes of a word outside of strings. */
const MAX_STRAY_QUOTES = 64
const MAX_LITERAL_BYTES = 64

export class ValueEnds {
  /** Brackets that are open in the value being read. */
  #open = new Uint8Array(64)
  /** Offsets in the bytes of what was understood though it is not JSON. */
  readonly #noted: { kind: RepairKind; at: number }[] = []

  /** Forgets what was noted: another value begins, or the same once more with more bytes. */
  restart(): void {
    this.#noted.length = 0
  }

  /** Counts what was noted, now that the value is complete. */
  report(repairs: Repairs, base: number): void {
    for (const { kind, at } of this.#noted) repairs.add(kind, base + at)
    this.#noted.length = 0
  }

  /** Offset after the value at `i`; NEED or BAD. */
  of(buf: Uint8Array, i: number, end: number): number {
    const c = buf[i]
    if (c === QUOTE) return this.#ofString(buf, i, end)
    if (c === OPEN_BRACE || c === OPEN_BRACKET) return this.#ofContainer(buf, i, end)
    return this.#ofLiteral(buf, i, end)
  }

  /**
   * Offset after the string at `i`. A quote that is followed by none of `,`, `:`, `}`, `]` was not
   * escaped; the string goes on to one that is.
   */
  #ofString(buf: Uint8Array, i: number, end: number): number {
    let from = i + 1
    for (let strays = 0; strays < MAX_STRAY_QUOTES; strays++) {
      const quote = stringEnd(buf, from, end)
      if (quote < 0) return NEED
      const after = skipSpace(buf, quote + 1, end)
      if (after >= end) return NEED
      const c = buf[after]
      if (c === COMMA || c === COLON || c === CLOSE_BRACE || c === CLOSE_BRACKET) {
        if (strays > 0) this.#noted.push({ kind: 'unescaped_quote', at: i })
        return quote + 1
      }
      from = quote + 1
    }
    return BAD
  }

  /** Offset after the object or array at `i`; BAD where a bracket closes one of the other kind. */
  #ofContainer(buf: Uint8Array, i: number, end: number): number {
    let depth = 0
    for (let p = i; p < end; p++) {
      const c = buf[p]!
      if (c === OPEN_BRACE || c === OPEN_BRACKET) {
        if (depth === this.#open.length) this.#deepen()
        this.#open[depth++] = c
      } else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) {
        // In ASCII the closing bracket comes two after the opening one.
        if (this.#open[--depth] !== c - 2) return BAD
        if (depth === 0) return p + 1
      } else if (c > 0x20 && c !== COMMA && c !== COLON) {
        const after = c === QUOTE ? this.#ofString(buf, p, end) : this.#ofLiteral(buf, p, end)
        if (after < 0) return after
        p = after - 1
      }
    }
    return NEED
  }

  #deepen(): void {
    const larger = new Uint8Array(2 * this.#open.length)
    larger.set(this.#open)
    this.#open = larger
  }

  /** Offset after the number or word at `i`. */
  #ofLiteral(buf: Uint8Array, i: number, end: number): number {
    let p = i
    for (; p < end; p++) {
      const c = buf[p]!
      if (c <= 0x20 || c === COMMA || c === CLOSE_BRACE || c === CLOSE_BRACKET) break
      if (c === QUOTE || c === OPEN_BRACE || c === OPEN_BRACKET) return BAD
    }
    if (p >= end) return p - i > MAX_LITERAL_BYTES ? BAD : NEED
    const kind = literalKind(buf, i, p)
    if (kind === 'unknown') return BAD
    if (kind === 'repairable') this.#noted.push({ kind: 'bare_literal', at: i })
    return p
  }
}
