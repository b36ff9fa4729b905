// Zstandard frames (RFC 8878), one after the other; each that states the checksum of its content (the low
// half of its XXH64) is checked against it. Frames are followed from block to block, since the decoder
// knows neither checksums nor where a frame ends.
import { ByteReader } from './byte-reader.js'
import type { UnpackOptions } from './unpack.js'
import { damaged, truncated } from './unpack-errors.js'

const MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a50
const CHECKSUM_FLAG = 4
const SINGLE_SEGMENT_FLAG = 0x20
const RUN_LENGTH_BLOCK = 1
/** Bytes of the dictionary's number and of the content's length, by their flags. */
const DICTIONARY_BYTES = [0, 1, 2, 4]
const LENGTH_BYTES = [0, 2, 4, 8]
/** Data of this size is handed to the decoder at once. */
const BATCH = 1 << 17
const EMPTY = new Uint8Array(0)

export async function* unzstd(
  chunks: AsyncIterable<Uint8Array>,
  options: UnpackOptions,
): AsyncGenerator<Uint8Array> {
  const { source, salvage, repairs } = options
  const reader = new ByteReader(chunks)
  let byte = 0
  try {
    for (;;) {
      const magic = await reader.upTo(4)
      if (magic.length === 0) return
      const kind = magic.length < 4 ? undefined : view(magic).getUint32(0, true)
      if (kind !== undefined && (kind & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
        const length = await reader.upTo(4)
        if (length.length === 4) await reader.upTo(view(length).getUint32(0, true))
        continue
      }
      if (kind !== MAGIC) {
        if (!salvage) throw damaged(source, 'zstd', byte, 'bytes follow that are not a frame')
        repairs.add('trailing_bytes', byte)
        return
      }
      reader.unread(magic)
      const frame = frameContent(reader)
      let next = await frame.next()
      for (; next.done !== true; next = await frame.next()) {
        byte += next.value.length
        yield next.value
      }
      if (next.value === undefined) continue
      const { fault } = next.value
      if (!salvage) {
        throw fault === 'cut'
          ? truncated(source, 'zstd', byte)
          : damaged(source, 'zstd', byte, next.value.cause)
      }
      if (fault === 'checksum') repairs.add('checksum_mismatch', byte)
      else if (fault === 'damaged') repairs.add('damaged_archive', byte)
      if (fault !== 'checksum') return
    }
  } finally {
    await reader.close()
  }
}

/** Why a frame is not whole. */
interface FrameFault {
  fault: 'cut' | 'damaged' | 'checksum'
  cause?: unknown
}

async function* frameContent(
  reader: ByteReader,
): AsyncGenerator<Uint8Array, FrameFault | undefined> {
  const { Decompress } = await import('fzstd')
  const hash = (await hashing()).create64()
  const out: Uint8Array[] = []
  const decoder = new Decompress((data) => {
    hash.update(data)
    out.push(data)
  })
  const head = await frameHeader(reader)
  if (head === undefined) return { fault: 'cut' }
  const batch = new Batch(decoder)
  try {
    batch.add(head.bytes)
    for (let isLast = false; !isLast; ) {
      const block = await reader.upTo(3)
      if (block.length < 3) return { fault: 'cut' }
      const bits = block[0]! | (block[1]! << 8) | (block[2]! << 16)
      isLast = (bits & 1) === 1
      const length = ((bits >> 1) & 3) === RUN_LENGTH_BLOCK ? 1 : bits >>> 3
      const content = await reader.upTo(length)
      batch.add(block)
      batch.add(content)
      if (content.length < length) {
        batch.flush()
        yield* out.splice(0)
        return { fault: 'cut' }
      }
      yield* out.splice(0)
    }
    const stated = await reader.upTo(head.hasChecksum ? 4 : 0)
    batch.add(stated)
    batch.end()
    yield* out.splice(0)
    if (!head.hasChecksum) return undefined
    if (stated.length < 4) return { fault: 'cut' }
    const found = Number(hash.digest() & 0xffffffffn)
    if (view(stated).getUint32(0, true) === found) return undefined
    return { fault: 'checksum', cause: 'its checksum is not that of its content' }
  } catch (cause) {
    yield* out.splice(0)
    return { fault: 'damaged', cause }
  }
}

async function frameHeader(
  reader: ByteReader,
): Promise<{ bytes: Uint8Array; hasChecksum: boolean } | undefined> {
  const fixed = await reader.upTo(5)
  if (fixed.length < 5) return undefined
  const flags = fixed[4]!
  const isSingle = (flags & SINGLE_SEGMENT_FLAG) !== 0
  const lengthBytes = LENGTH_BYTES[flags >> 6]! || (isSingle ? 1 : 0)
  const more = (isSingle ? 0 : 1) + DICTIONARY_BYTES[flags & 3]! + lengthBytes
  const rest = await reader.upTo(more)
  if (rest.length < more) return undefined
  const bytes = new Uint8Array(fixed.length + rest.length)
  bytes.set(fixed)
  bytes.set(rest, fixed.length)
  return { bytes, hasChecksum: (flags & CHECKSUM_FLAG) !== 0 }
}

/** Small pieces for the decoder, put together. */
class Batch {
  readonly #bytes = new Uint8Array(2 * BATCH)
  #length = 0

  constructor(
    private readonly decoder: { push: (chunk: Uint8Array, final?: boolean) => unknown },
  ) {}

  add(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) this.flush()
    if (bytes.length > this.#bytes.length) this.decoder.push(bytes.slice())
    else {
      this.#bytes.set(bytes, this.#length)
      this.#length += bytes.length
    }
    if (this.#length >= BATCH) this.flush()
  }

  end(): void {
    this.flush()
    this.decoder.push(EMPTY, true)
  }

  flush(): void {
    if (this.#length === 0) return
    this.decoder.push(this.#bytes.slice(0, this.#length))
    this.#length = 0
  }
}

let hasher: Promise<Awaited<ReturnType<typeof load>>> | undefined

function hashing() {
  hasher ??= load()
  return hasher
}

async function load() {
  const { default: create } = await import('xxhash-wasm')
  return create()
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
