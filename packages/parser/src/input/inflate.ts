// Inflates one deflate or gzip stream out of a row of bytes, and leaves the reader behind its last byte.
// pako checks the CRC-32 and the length that gzip states.
import { Inflate, type ZStream } from 'pako'
import type { ByteReader } from './byte-reader.js'

const CHUNK = 1 << 18
const EMPTY = new Uint8Array(0)
const SYNC_FLUSH = 2

/** How a stream ended: `cut` in the middle, otherwise what is wrong with it. */
export type InflateFault = { isCut: true } | { isCut: false; why: string }

/** The inflated bytes; what was good before a fault is given out too. */
export async function* inflated(
  reader: ByteReader,
  isRaw: boolean,
): AsyncGenerator<Uint8Array, InflateFault | undefined> {
  const out: Uint8Array[] = []
  const inflate = new Inflate({ chunkSize: CHUNK, raw: isRaw })
  let stream: ZStream | undefined
  inflate.onStart = (started) => {
    stream = started
  }
  inflate.onData = (data) => {
    out.push(data)
  }
  inflate.onEnd = () => {}
  while (!inflate.ended) {
    const bytes = await reader.some()
    if (bytes === undefined) {
      inflate.push(EMPTY, SYNC_FLUSH)
      yield* out
      return { isCut: true }
    }
    inflate.push(bytes, false)
    yield* out.splice(0)
    if (inflate.ended && stream !== undefined) {
      reader.unread(bytes.subarray(bytes.length - stream.avail_in))
    }
  }
  if (inflate.err === 0) return undefined
  if (stream !== undefined && stream.next_out > 0) yield stream.output.subarray(0, stream.next_out)
  return { isCut: false, why: inflate.msg }
}
