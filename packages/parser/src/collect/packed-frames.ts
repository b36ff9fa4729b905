// Python frames of a trace that has many: about nine bytes each instead of 26, so that they need not be read from the
// text once more. Of each, the start as the difference from the one before, duration, name and thread are written as
// integers of seven bits a byte, lowest first (LEB128; https://protobuf.dev/programming-guides/encoding/#varints).
import type { HostColumns } from './trace-store.js'

const PIECE = 1 << 20
/** Four integers below 2^63. */
const LONGEST = 4 * 9

/** One frame; times in nanoseconds, the start after the base of all. */
export interface PackedFrame {
  startNs: number
  durationNs: number
  name: number
  thread: number
}

export class PackedFrames {
  #count = 0
  readonly #pieces: Uint8Array[] = []
  #piece: Uint8Array = new Uint8Array(0)
  #used = 0
  #full = 0
  #firstMicros = 0
  #lastNs = 0

  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#full + this.#used
  }

  /** @param micros - whole microseconds of the start, and `nanos` beyond them */
  add(micros: number, nanos: number, durationNs: number, name: number, thread: number): void {
    if (this.#used + LONGEST > this.#piece.length) this.#open()
    if (this.#count === 0) this.#firstMicros = micros
    const startNs = (micros - this.#firstMicros) * 1000 + nanos
    const step = startNs - this.#lastNs
    this.#lastNs = startNs
    this.#count++
    this.#put(step < 0 ? -2 * step - 1 : 2 * step)
    this.#put(durationNs)
    this.#put(name)
    this.#put(thread)
  }

  /** Takes all rows of columns whose times have no base yet. */
  addAll({ start, nanos, duration, name, thread, length }: HostColumns): void {
    for (let row = 0; row < length; row++) {
      this.add(
        start.data[row]!,
        nanos.data[row]!,
        duration.data[row]!,
        name.data[row]!,
        thread.data[row]!,
      )
    }
  }

  /**
   * All frames in the order in which they came, in one object that is used again.
   * @param baseMicros - whole microseconds that starts count from
   */
  *frames(baseMicros: number): Generator<PackedFrame> {
    const frame: PackedFrame = { startNs: 0, durationNs: 0, name: 0, thread: 0 }
    const base = (this.#firstMicros - baseMicros) * 1000
    let lastNs = 0
    for (const piece of [...this.#pieces, this.#piece.subarray(0, this.#used)]) {
      const reader = new Varints(piece)
      while (reader.at < piece.length) {
        const step = reader.next()
        lastNs += step % 2 === 0 ? step / 2 : -(step + 1) / 2
        frame.startNs = base + lastNs
        frame.durationNs = reader.next()
        frame.name = reader.next()
        frame.thread = reader.next()
        yield frame
      }
    }
  }

  #open(): void {
    if (this.#used > 0) this.#pieces.push(this.#piece.subarray(0, this.#used))
    this.#full += this.#used
    this.#piece = new Uint8Array(PIECE)
    this.#used = 0
  }

  #put(value: number): void {
    const piece = this.#piece
    let rest = value
    // Beyond 32 bits, shifts would cut the number off.
    while (rest > 0x7fffffff) {
      piece[this.#used++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    while (rest > 127) {
      piece[this.#used++] = (rest & 127) | 128
      rest >>>= 7
    }
    piece[this.#used++] = rest
  }
}

class Varints {
  at = 0

  constructor(private readonly bytes: Uint8Array) {}

  next(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.bytes[this.at++]!
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
  }
}
