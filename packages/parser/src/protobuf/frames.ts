// Messages that stand one behind the other, each behind its length, out of bytes as they come. Memory is that
// of the largest message, which has a bound.
//
// Specification: protobuf.dev/programming-guides/techniques#streaming.
import { TraceParseError } from '../errors.js'
import type { Repairs } from '../repairs.js'

/** A message as a view that holds until the next chunk comes, and where it stands in the unpacked data. */
export interface Frame {
  bytes: Uint8Array
  byte: number
}

const MAX_FRAME_BYTES = 16 * 1024 * 1024
const MAX_LENGTH_BYTES = 5
const EMPTY = new Uint8Array(0)

export class Frames {
  #buf: Uint8Array = EMPTY
  #from = 0
  #end = 0
  #base = 0
  /** Bytes of a message beyond the bound that are still to come. */
  #toSkip = 0

  /** @param tag - the byte before each length: messages that are a repeated field; none if absent */
  constructor(
    private readonly source: string,
    private readonly repairs: Repairs,
    private readonly tag?: number,
  ) {}

  /**
   * The messages that a chunk completes.
   * @throws TraceParseError `corrupt` where something else stands than the beginning of a message
   */
  *push(chunk: Uint8Array): Generator<Frame> {
    this.#append(chunk)
    while (this.#from < this.#end) {
      const head = this.#head()
      if (head === undefined) return
      const start = this.#from + head.size
      if (head.length > MAX_FRAME_BYTES) {
        this.repairs.add('oversized_event', this.#base + this.#from)
        const here = Math.min(head.length, this.#end - start)
        this.#toSkip = head.length - here
        this.#from = start + here
      } else if (start + head.length > this.#end) return
      else {
        this.#from = start + head.length
        yield { bytes: this.#buf.subarray(start, this.#from), byte: this.#base + start }
      }
    }
  }

  /**
   * Ends the data.
   * @throws TraceParseError `truncated` where it ends within a message, unless `salvage`
   */
  end(salvage: boolean): void {
    const byte = this.#base + this.#end
    if (byte === 0) throw new TraceParseError('empty', 'is empty', { source: this.source })
    if (this.#from === this.#end && this.#toSkip === 0) return
    if (!salvage) {
      throw new TraceParseError(
        'truncated',
        `ends in the middle, at byte ${byte}; record it again, or keep what is complete`,
        { source: this.source, at: { byte }, isSalvageable: true },
      )
    }
    this.repairs.add('truncated_file', byte)
  }

  #append(chunk: Uint8Array): void {
    const skipped = Math.min(this.#toSkip, chunk.length)
    this.#toSkip -= skipped
    const rest = this.#end - this.#from
    const length = rest + chunk.length - skipped
    this.#base += this.#from + skipped
    if (length > this.#buf.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#buf.length))
      grown.set(this.#buf.subarray(this.#from, this.#end))
      this.#buf = grown
    } else this.#buf.copyWithin(0, this.#from, this.#end)
    this.#buf.set(chunk.subarray(skipped), rest)
    this.#from = 0
    this.#end = length
  }

  /** Length of the next message, and the bytes that say it; undefined where they are not all there. */
  #head(): { length: number; size: number } | undefined {
    let at = this.#from
    if (this.tag !== undefined && this.#buf[at++] !== this.tag) throw this.#fault()
    let length = 0
    for (let i = 0; i < MAX_LENGTH_BYTES; i++) {
      if (at >= this.#end) return undefined
      const byte = this.#buf[at++]!
      length += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) return { length, size: at - this.#from }
    }
    throw this.#fault()
  }

  #fault(): TraceParseError {
    const byte = this.#base + this.#from
    return new TraceParseError('corrupt', `no message begins at byte ${byte}; copy it again`, {
      source: this.source,
      at: { byte },
    })
  }
}
