// Reads chunks as a row of bytes: so many at a time, with what was taken too much put back.

const EMPTY: Uint8Array = new Uint8Array(0)

export class ByteReader {
  /** Bytes read so far. */
  offset = 0
  #rest: Uint8Array = EMPTY
  readonly #chunks: AsyncIterator<Uint8Array>

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** The next bytes, at most `most` and at least one; undefined at the end. */
  async some(most = Infinity): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next()
      if (done === true) return undefined
      this.#rest = value
    }
    const bytes = this.#rest.subarray(0, Math.min(most, this.#rest.length))
    this.#rest = this.#rest.subarray(bytes.length)
    this.offset += bytes.length
    return bytes
  }

  /** The next `count` bytes, or fewer at the end. */
  async upTo(count: number): Promise<Uint8Array> {
    if (count === 0) return EMPTY
    const first = (await this.some(count)) ?? EMPTY
    if (first.length === count) return first
    const bytes = new Uint8Array(count)
    bytes.set(first)
    let length = first.length
    while (length < count) {
      const more = await this.some(count - length)
      if (more === undefined) break
      bytes.set(more, length)
      length += more.length
    }
    return bytes.subarray(0, length)
  }

  /** Puts back the last bytes that were read. */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    const joined = new Uint8Array(bytes.length + this.#rest.length)
    joined.set(bytes)
    joined.set(this.#rest, bytes.length)
    this.#rest = joined
    this.offset -= bytes.length
  }

  /** Reads to the end, so that what packs these bytes is checked to its end. */
  async drain(): Promise<void> {
    while ((await this.some()) !== undefined);
  }

  /** Ends the source of the chunks. */
  async close(): Promise<void> {
    await this.#chunks.return?.()
  }
}
