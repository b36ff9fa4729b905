// Goes through a JSON document of any size as it comes and hands over the values at places that are asked
// for, one by one; the rest is passed over. What of a value is not JSON is mended as in events.
import { TraceParseError } from '../errors.js'
import type { Repairs } from '../repairs.js'
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
import { parseLenientJson } from './lenient-json.js'
import { BAD, NEED, ValueEnds } from './value-ends.js'
import { ValueSkipper } from './value-skipper.js'

/** What to do with a value: look into it, hand it over, or pass over it. */
export type Want = 'enter' | 'take' | 'skip'

/** Says what is wanted at a path; members go by their names, items of arrays by `*`. */
export type WantAt = (path: readonly string[]) => Want

/** Takes a value. */
export type OnValue = (path: readonly string[], value: unknown) => void

const MAX_VALUE_BYTES = 512 * 1024 * 1024
const SLACK = 64

export class JsonItems {
  #buf: Uint8Array = new Uint8Array(0)
  #from = 0
  #end = 0
  #base = 0
  #retryAt = 0
  /** Members and items that are being looked into; `*` for items of arrays. */
  readonly #path: string[] = []
  readonly #isArray: boolean[] = []
  #state: 'value' | 'member' | 'skip' | 'done' = 'value'
  readonly #ends = new ValueEnds()
  readonly #skipper = new ValueSkipper()

  constructor(
    private readonly source: string,
    private readonly wantAt: WantAt,
    private readonly onValue: OnValue,
    private readonly repairs: Repairs,
  ) {}

  push(chunk: Uint8Array): void {
    const rest = this.#end - this.#from
    const length = rest + chunk.length
    if (length + SLACK > this.#buf.length) {
      const grown = new Uint8Array(Math.max(length + SLACK, 2 * this.#buf.length))
      grown.set(this.#buf.subarray(this.#from, this.#end))
      this.#buf = grown
    } else if (rest > 0) this.#buf.copyWithin(0, this.#from, this.#end)
    this.#buf.set(chunk, rest)
    this.#buf.fill(0, length, length + SLACK)
    this.#base += this.#from
    this.#from = 0
    this.#end = length
    if (length >= this.#retryAt) this.#scan()
  }

  /**
   * Ends the document.
   * @throws TraceParseError `truncated` when it is cut off, unless `salvage`
   */
  end(salvage: boolean): void {
    this.#scan()
    if (this.#state === 'done') return
    const byte = this.#base + this.#end
    if (byte === 0) throw new TraceParseError('empty', 'is empty', { source: this.source })
    if (!salvage) {
      throw new TraceParseError(
        'truncated',
        `ends in the middle, at byte ${byte} of the text; capture it again, or keep what is complete`,
        { source: this.source, at: { byte }, isSalvageable: true },
      )
    }
    this.repairs.add('truncated_file', byte)
  }

  #scan(): void {
    let at = this.#from
    for (;;) {
      const next = this.#step(at)
      if (next === NEED) break
      at = next
    }
    this.#retryAt = at === this.#from && at < this.#end ? 2 * (this.#end - at) : 0
    this.#from = at
  }

  #step(at: number): number {
    const state = this.#state
    if (state === 'done') return NEED
    if (state === 'skip') return this.#skip(at)
    const i = skipSpace(this.#buf, at, this.#end)
    if (i >= this.#end) return NEED
    return state === 'member' ? this.#member(i) : this.#value(i)
  }

  /** A member or item, a comma before it, or the end of what is being looked into. */
  #member(i: number): number {
    const c = this.#buf[i]!
    if (c === COMMA) return i + 1
    if (c === CLOSE_BRACE || c === CLOSE_BRACKET) {
      if (this.#isArray.pop() !== (c === CLOSE_BRACKET)) throw this.#fault(i)
      if (this.#isArray.length === 0) this.#state = 'done'
      else this.#path.pop()
      return i + 1
    }
    if (this.#isArray.at(-1) === true) {
      this.#path.push('*')
      this.#state = 'value'
      return i
    }
    if (c !== QUOTE) throw this.#fault(i)
    const close = stringEnd(this.#buf, i + 1, this.#end)
    if (close < 0) return NEED
    const colon = skipSpace(this.#buf, close + 1, this.#end)
    if (colon >= this.#end) return NEED
    if (this.#buf[colon] !== COLON) throw this.#fault(colon)
    this.#path.push(new TextDecoder().decode(this.#buf.subarray(i + 1, close)))
    this.#state = 'value'
    return colon + 1
  }

  #value(i: number): number {
    const c = this.#buf[i]!
    const isContainer = c === OPEN_BRACE || c === OPEN_BRACKET
    if (this.#isArray.length === 0 && !isContainer) throw this.#fault(i)
    const want = this.wantAt(this.#path)
    if ((want === 'enter' && isContainer) || this.#isArray.length === 0) {
      this.#isArray.push(c === OPEN_BRACKET)
      this.#state = 'member'
      return i + 1
    }
    if (want !== 'take') return this.#startSkip(i)
    this.#ends.restart()
    const after = this.#ends.of(this.#buf, i, this.#end)
    if (after === NEED && this.#end - i <= MAX_VALUE_BYTES) return NEED
    if (after === BAD || after === NEED) {
      this.repairs.add('malformed_event', this.#base + i)
      return this.#startSkip(i)
    }
    this.#ends.report(this.repairs, this.#base)
    const value = parseExact(new TextDecoder().decode(this.#buf.subarray(i, after)))
    if (value === undefined) this.repairs.add('malformed_event', this.#base + i)
    else this.onValue(this.#path, value)
    return this.#leave(after)
  }

  #startSkip(i: number): number {
    this.#skipper.restart()
    this.#state = 'skip'
    return i
  }

  #skip(at: number): number {
    if (at >= this.#end) return NEED
    const after = this.#skipper.skip(this.#buf, at, this.#end)
    return after < this.#end ? this.#leave(after) : after
  }

  #leave(after: number): number {
    this.#path.pop()
    this.#state = 'member'
    return after
  }

  #fault(i: number): TraceParseError {
    const byte = this.#base + i
    return new TraceParseError('corrupt', `is not JSON at byte ${byte}`, {
      source: this.source,
      at: { byte },
    })
  }
}

/** A string, or an integer of so many digits that a double may not hold it. */
const STRING_OR_LONG_INTEGER = /"(?:[^"\\]|\\.)*"|(?<![\w.+-])-?\d{16,}(?![\w.+-])/gs

/** The value of a JSON text; integers that a double may not hold are texts of digits. */
function parseExact(text: string): unknown {
  if (!/\d{16}/.test(text)) return parseLenientJson(text)
  return parseLenientJson(
    text.replace(STRING_OR_LONG_INTEGER, (found) =>
      found.startsWith('"') || Number.isSafeInteger(Number(found)) ? found : `"${found}"`,
    ),
  )
}
