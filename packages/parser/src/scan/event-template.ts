// Events that are alike but for their values: the bytes between the values, learned from one that was read in full.
//
// A profiler writes all events of a kind with the same keys in the same order. Those bytes are compared and what
// lies between them is passed once, where an event that is read in full is passed twice and each key looked up. That
// took 18 % of the CPU of `parse` on 250,000 operators, launches and kernels. A template is a short cut alone:
// what does not fit it, to the byte, is read in full.
import {
  BACKSLASH,
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
import { COMPLETE } from './event-text.js'
import { MAX_VALUES, type ScannedEvent, type Span } from './scanned-event.js'
import { NEED } from './value-ends.js'
import { sameBytes, wordsOf } from './words.js'

/** Members of an event that a template knows; the others are `args` and what is passed over. */
type Field = 'name' | 'pid' | 'tid' | 'ts' | 'dur'
const FIELDS: readonly string[] = ['name', 'pid', 'tid', 'ts', 'dur'] satisfies Field[]

/** What an event is made of besides its values. */
interface Layout {
  /** Where each value starts and ends, counted from the event. */
  starts: number[]
  ends: number[]
  fields: { field: Field; value: number }[]
  cat: Span
  args: { start: number; firstValue: number; keys: string[] }
}

export class EventTemplate {
  /** Names of the members of `args`, in order; their values are the last ones. */
  readonly argKeys: readonly string[]
  /** Number of the first value that lies in `args`. */
  readonly firstArg: number
  /** The template of the event that came after one of this one the last time. */
  next: EventTemplate | null = null

  /** The bytes before the first value, between each two, and after the last, all in a row. */
  readonly #bytes: Uint8Array
  readonly #words: DataView
  /** Where each of those parts starts in `#bytes`, and the end of the last. */
  readonly #parts: Int32Array
  readonly #fields: Layout['fields']
  readonly #cat: Span
  /** Bytes from the brace of `args` to its first value, and from its other brace to the end of the event. */
  readonly #argsHead: number
  readonly #argsTail: number

  private constructor(event: Uint8Array, { starts, ends, fields, cat, args }: Layout) {
    const count = starts.length
    const bytes: number[] = []
    const parts: number[] = []
    for (let k = 0; k <= count; k++) {
      parts.push(bytes.length)
      bytes.push(...event.subarray(k === 0 ? 0 : ends[k - 1]!, starts[k] ?? event.length))
    }
    this.#bytes = Uint8Array.from(bytes)
    this.#words = wordsOf(this.#bytes)
    this.#parts = Int32Array.from([...parts, bytes.length])
    this.#fields = fields
    this.#cat = cat
    this.#argsHead = starts[args.firstValue]! - args.start
    this.#argsTail = event.length - 1 - event.lastIndexOf(CLOSE_BRACE, event.length - 2)
    this.firstArg = args.firstValue
    this.argKeys = args.keys
  }

  /** The template of an event that was read in full and is complete; undefined where it is not plain enough. */
  static of(buf: Uint8Array, start: number, stop: number): EventTemplate | undefined {
    const event = buf.slice(start, stop)
    const layout = layoutOf(event)
    return layout === undefined ? undefined : new EventTemplate(event, layout)
  }

  /** Whether the category of the template's events stands between `start` and `end`. */
  isOf(buf: Uint8Array, start: number, end: number): boolean {
    const { start: from, end: to } = this.#cat
    if (end - start !== to - from) return false
    for (let i = start, j = from; i < end; i++, j++) if (buf[i] !== this.#bytes[j]) return false
    return true
  }

  /**
   * Reads the event at `i`, if it is one of these.
   * @returns the offset after it; NEED where it is another or goes on beyond the bytes at hand
   */
  read(event: ScannedEvent, i: number, end: number): number {
    const { buf, words, valueStarts, valueEnds } = event
    const bytes = this.#words
    const parts = this.#parts
    const count = parts.length - 2
    let p = i
    for (let k = 0; ; k++) {
      const part = parts[k]!
      const length = parts[k + 1]! - part
      if (p + length > end || !sameBytes(words, p, bytes, part, length)) return NEED
      p += length
      if (k === count) break
      valueStarts[k] = p
      p = plainValueEnd(buf, p, end)
      if (p < 0) return NEED
      valueEnds[k] = p
    }
    event.clear(i)
    event.ph = COMPLETE
    event.cat.start = i + this.#cat.start
    event.cat.end = i + this.#cat.end
    for (const { field, value } of this.#fields) {
      const span = event[field]
      const quoted = field === 'name' && buf[valueStarts[value]!] === QUOTE ? 1 : 0
      span.start = valueStarts[value]! + quoted
      span.end = valueEnds[value]! - quoted
    }
    event.args.start = valueStarts[this.firstArg]! - this.#argsHead
    event.args.end = p - this.#argsTail
    event.stop = p
    event.template = this
    return p
  }
}

const isDigitOrDot = (byte: number) => (byte >= 0x30 && byte <= 0x39) || byte === 0x2e

/** Offset after a number, a string or an array of such; NEED for what is anything else or is not JSON. */
function plainValueEnd(buf: Uint8Array, i: number, end: number): number {
  const c = buf[i]!
  if (c === QUOTE) return plainStringEnd(buf, i, end)
  if (c === OPEN_BRACKET) return plainArrayEnd(buf, i, end)
  return plainNumberEnd(buf, i)
}

function plainNumberEnd(buf: Uint8Array, i: number): number {
  let p = buf[i] === 0x2d /* - */ ? i + 1 : i
  if (buf[p] === 0x2e || !isDigitOrDot(buf[p]!)) return NEED
  while (isDigitOrDot(buf[p]!)) p++
  return p
}

function plainStringEnd(buf: Uint8Array, i: number, end: number): number {
  let p = i + 1
  while (p < end && buf[p] !== QUOTE && buf[p] !== BACKSLASH) p++
  if (buf[p] === BACKSLASH) p = stringEnd(buf, i + 1, end)
  return p < 0 || p >= end ? NEED : p + 1
}

/** What follows a number or a string within an array must be a comma or the end, else it is no JSON. */
function plainArrayEnd(buf: Uint8Array, i: number, end: number): number {
  let depth = 0
  let p = i
  while (p < end) {
    const c = buf[p]!
    if (c === COMMA || c <= 0x20) p++
    else if (c === OPEN_BRACKET) {
      depth++
      p++
    } else if (c === CLOSE_BRACKET) {
      p++
      if (--depth === 0) return p
    } else {
      p = c === QUOTE ? plainStringEnd(buf, p, end) : plainNumberEnd(buf, p)
      if (p < 0) return NEED
      const after = buf[p]!
      if (after !== COMMA && after !== CLOSE_BRACKET && after > 0x20) return NEED
      // A quote that white space and then something else follows was not escaped.
      if (after <= 0x20 && c === QUOTE) {
        const next = buf[skipSpace(buf, p, end)]
        if (next !== COMMA && next !== CLOSE_BRACKET) return NEED
      }
    }
  }
  return NEED
}

/** Where the values of an event stand that begins `{"ph": "X", "cat": "…"` and ends with its `args`. */
function layoutOf(event: Uint8Array): Layout | undefined {
  const starts: number[] = []
  const ends: number[] = []
  const fields: Layout['fields'] = []
  const walk = new Walk(event)
  if (!walk.take(OPEN_BRACE) || walk.key() !== 'ph' || walk.text() !== 'X') return undefined
  if (!walk.take(COMMA) || walk.key() !== 'cat' || walk.text() === undefined) return undefined
  const cat = walk.value
  while (walk.take(COMMA)) {
    const key = walk.key()
    if (key === undefined) return undefined
    if (key === 'args') break
    // Keys that a reader of events could take for one of those that it knows.
    if (!FIELDS.includes(key) && key.length <= 4 && /^[ptcdna]/.test(key)) return undefined
    if (!walk.plainValue()) return undefined
    if (FIELDS.includes(key)) fields.push({ field: key as Field, value: starts.length })
    starts.push(walk.value.start)
    ends.push(walk.value.end)
  }
  const args = { start: walk.at, firstValue: starts.length, keys: [] as string[] }
  if (!walk.take(OPEN_BRACE)) return undefined
  do {
    const key = walk.key()
    if (key === undefined || !walk.plainValue()) return undefined
    args.keys.push(key)
    starts.push(walk.value.start)
    ends.push(walk.value.end)
  } while (walk.take(COMMA))
  if (!walk.take(CLOSE_BRACE) || !walk.take(CLOSE_BRACE) || walk.at !== event.length) {
    return undefined
  }
  return starts.length > MAX_VALUES ? undefined : { starts, ends, fields, cat, args }
}

/** Goes through an event from byte to byte. */
class Walk {
  at = 0
  /** Where the value stands that was read last, without the quotes of a text. */
  value: Span = { start: 0, end: 0 }

  constructor(private readonly event: Uint8Array) {}

  /** Passes one byte, where it stands next. */
  take(byte: number): boolean {
    const at = skipSpace(this.event, this.at, this.event.length)
    if (this.event[at] !== byte) return false
    this.at = at + 1
    return true
  }

  /** Passes a key and its colon. */
  key(): string | undefined {
    const key = this.text()
    if (key === undefined || !this.take(COLON)) return undefined
    this.at = skipSpace(this.event, this.at, this.event.length)
    return key
  }

  /** Passes a text without escapes. */
  text(): string | undefined {
    const { event } = this
    const start = skipSpace(event, this.at, event.length)
    if (event[start] !== QUOTE || !this.plainValue()) return undefined
    const text = new TextDecoder().decode(event.subarray(start + 1, this.at - 1))
    this.value = { start: start + 1, end: this.at - 1 }
    return text.includes('\\') ? undefined : text
  }

  plainValue(): boolean {
    const { event } = this
    const start = skipSpace(event, this.at, event.length)
    const end = plainValueEnd(event, start, event.length)
    if (end < 0) return false
    this.value = { start, end }
    this.at = end
    return true
  }
}
