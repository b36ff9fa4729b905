// Gzip in browsers, and wherever data is to be salvaged: the platform's DecompressionStream where it
// serves, else pako.
import { TraceParseError } from '../errors.js'
import { ByteReader } from './byte-reader.js'
import { chunksOf } from './chunks.js'
import { inflated } from './inflate.js'
import type { UnpackOptions } from './unpack.js'
import { damaged, truncated } from './unpack-errors.js'

/** Inflates with pako: any number of gzip members, data that is cut off. */
export async function* inflatedByPako(
  chunks: AsyncIterable<Uint8Array>,
  { source, salvage, repairs }: UnpackOptions,
): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(chunks)
  let byte = 0
  try {
    do {
      const member = inflated(reader, false)
      let next = await member.next()
      for (; next.done !== true; next = await member.next()) {
        byte += next.value.length
        yield next.value
      }
      const fault = next.value
      if (fault?.isCut === true) {
        if (!salvage) throw truncated(source, 'gzip', byte)
        return
      }
      if (fault !== undefined) {
        if (!salvage) throw damaged(source, 'gzip', byte, fault.why)
        repairs.add(/check/.test(fault.why) ? 'checksum_mismatch' : 'damaged_archive', byte)
        return
      }
    } while (await hasAnotherMember(reader))
    if (!(await isPadding(reader))) {
      const why = 'bytes follow that are not gzip'
      if (!salvage) throw damaged(source, 'gzip', byte, why)
      repairs.add('trailing_bytes', byte)
    }
  } finally {
    await reader.close()
  }
}

async function hasAnotherMember(reader: ByteReader): Promise<boolean> {
  const magic = await reader.upTo(2)
  reader.unread(magic)
  return magic[0] === 0x1f && magic[1] === 0x8b
}

/** Whether zeros are all that follows: tapes and block devices fill up with them. */
async function isPadding(reader: ByteReader): Promise<boolean> {
  for (;;) {
    const bytes = await reader.some()
    if (bytes === undefined) return true
    if (bytes.some((byte) => byte !== 0)) return false
  }
}

/**
 * Inflates input that can be read again: with DecompressionStream, and with pako from where that
 * stopped, since it takes more than one gzip member for an error.
 * @param open - reads the input from its start
 */
export async function* inflatedByPlatform(
  open: () => AsyncIterable<Uint8Array>,
  options: UnpackOptions,
): AsyncGenerator<Uint8Array> {
  let done = 0
  if (typeof DecompressionStream !== 'undefined') {
    const stream = readable(open()).pipeThrough(new DecompressionStream('gzip'))
    try {
      for await (const chunk of chunksOf(stream)) {
        done += chunk.length
        yield chunk
      }
      return
    } catch (fault) {
      if (fault instanceof TraceParseError) throw fault
      // Another member, or damage that pako names.
    }
  }
  let skip = done
  for await (const chunk of inflatedByPako(open(), options)) {
    if (skip < chunk.length) yield chunk.subarray(skip)
    skip = Math.max(0, skip - chunk.length)
  }
}

function readable(chunks: AsyncIterable<Uint8Array>): ReadableStream<BufferSource> {
  const iterator = chunks[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next()
      if (done === true) controller.close()
      else controller.enqueue(value as Uint8Array<ArrayBuffer>)
    },
    async cancel() {
      await iterator.return?.()
    },
  })
}
