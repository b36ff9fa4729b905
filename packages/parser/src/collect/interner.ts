// Gives equal byte sequences equal numbers, so that a name that comes a million times is kept once and
// decoded once.
import { hashOf, sameBytes, wordsOf } from '../scan/words.js'

/** Told of each byte sequence that was not seen before. */
export type OnNewBytes = (buf: Uint8Array, start: number, end: number) => void

export class BytesInterner {
  #slots = new Int32Array(0)
  #hashes = new Int32Array(0)
  #starts = new Int32Array(0)
  #pool = new Uint8Array(0)
  #poolWords = wordsOf(this.#pool)
  #used = 0
  #texts: (string | undefined)[] = []
  /** The bytes of the last call: mostly those of this one too. */
  #buf: Uint8Array = new Uint8Array(0)
  #words = wordsOf(this.#buf)
  readonly #decoder = new TextDecoder()
  readonly #encoder = new TextEncoder()

  constructor(private readonly onNew?: OnNewBytes) {
    // Assigned again at once, so that V8 does not take them for constants; see columns.ts.
    this.#slots = new Int32Array(1024).fill(-1)
    this.#hashes = new Int32Array(512)
    this.#starts = new Int32Array(513)
    this.#pool = new Uint8Array(16 * 1024)
    this.#poolWords = wordsOf(this.#pool)
  }

  /** Number of distinct sequences. */
  get size(): number {
    return this.#texts.length
  }

  /** Number of the bytes from `start` to `end`; the same for the same bytes. */
  intern(buf: Uint8Array, start: number, end: number): number {
    if (buf !== this.#buf) {
      this.#buf = buf
      this.#words = wordsOf(buf)
    }
    const hash = hashOf(this.#words, start, end)
    const mask = this.#slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot]!
      if (id < 0) return this.#add(slot, hash, buf, start, end)
      if (this.#hashes[id] === hash && this.#equals(id, start, end)) return id
    }
  }

  /** Number of a text, as UTF-8. */
  internText(text: string): number {
    const bytes = this.#encoder.encode(text)
    return this.intern(bytes, 0, bytes.length)
  }

  /** The text with a number, decoded as UTF-8; what is no UTF-8 becomes U+FFFD. */
  text(id: number): string {
    let text = this.#texts[id]
    if (text === undefined) {
      text = this.#decoder.decode(this.#pool.subarray(this.#starts[id]!, this.#starts[id + 1]!))
      this.#texts[id] = text
    }
    return text
  }

  #equals(id: number, start: number, end: number): boolean {
    const from = this.#starts[id]!
    const length = end - start
    if (this.#starts[id + 1]! - from !== length) return false
    return sameBytes(this.#words, start, this.#poolWords, from, length)
  }

  #add(slot: number, hash: number, buf: Uint8Array, start: number, end: number): number {
    const id = this.#texts.length
    const length = end - start
    if (this.#used + length > this.#pool.length) {
      const grown = new Uint8Array(Math.max(2 * this.#pool.length, this.#used + length))
      grown.set(this.#pool.subarray(0, this.#used))
      this.#pool = grown
      this.#poolWords = wordsOf(grown)
    }
    this.#pool.set(buf.subarray(start, end), this.#used)
    if (id === this.#hashes.length) {
      const hashes = new Int32Array(2 * id)
      hashes.set(this.#hashes)
      this.#hashes = hashes
      const starts = new Int32Array(2 * id + 1)
      starts.set(this.#starts)
      this.#starts = starts
    }
    this.#slots[slot] = id
    this.#hashes[id] = hash
    this.#starts[id] = this.#used
    this.#used += length
    this.#starts[id + 1] = this.#used
    this.#texts.push(undefined)
    if (2 * this.#texts.length > this.#slots.length) this.#rehash()
    this.onNew?.(buf, start, end)
    return id
  }

  #rehash(): void {
    const slots = new Int32Array(2 * this.#slots.length).fill(-1)
    const mask = slots.length - 1
    for (let id = 0; id < this.#texts.length; id++) {
      let slot = this.#hashes[id]! & mask
      while (slots[slot]! >= 0) slot = (slot + 1) & mask
      slots[slot] = id
    }
    this.#slots = slots
  }
}
