// Looks for the next event after one that cannot be read: `{` and a key of events, after `,` or `[`.
import { COMMA, OPEN_BRACE, OPEN_BRACKET, skipSpace, skipSpaceBack } from './bytes.js'
import { EVENT_KEY_BYTES, isEventKey } from './event-text.js'
import { NEED } from './value-ends.js'

export class EventSearch {
  isFound = false
  /** Last byte given up. */
  #before = 0

  /** Begins after a byte that is given up. */
  restart(before: number): void {
    this.#before = before
    this.isFound = false
  }

  /**
   * Offset of the event (`isFound`), else of what is to be looked at once more with more bytes; NEED where
   * that is everything.
   */
  find(buf: Uint8Array, i: number, end: number): number {
    for (let at = i; ; at++) {
      at = buf.indexOf(OPEN_BRACE, at)
      if (at < 0 || at >= end) return this.#giveUp(buf, i, end)
      const key = skipSpace(buf, at + 1, end)
      if (key + EVENT_KEY_BYTES >= end) return this.#giveUp(buf, i, at)
      const before = this.byteBefore(buf, i, at)
      if ((before === COMMA || before === OPEN_BRACKET) && isEventKey(buf, key)) {
        this.isFound = true
        return at
      }
    }
  }

  /** Last byte before `at` that is not white space, in the buffer or given up before it. */
  byteBefore(buf: Uint8Array, i: number, at: number): number {
    const before = skipSpaceBack(buf, at - 1)
    return before >= i ? buf[before]! : this.#before
  }

  /** Gives up the bytes up to `at`, or asks for more when there are none. */
  #giveUp(buf: Uint8Array, i: number, at: number): number {
    this.#before = this.byteBefore(buf, i, at)
    return at > i ? at : NEED
  }
}
