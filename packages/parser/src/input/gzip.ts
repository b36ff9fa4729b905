// Gzip in browsers: the platform's DecompressionStream where it serves, else pako.
import { Inflate } from 'pako'
import { TraceParseError } from '../errors.js'
import { chunksOf } from './chunks.js'
import { pushed } from './pushed.js'
import type { UnpackOptions } from './unpack.js'
import { damaged, truncated } from './unpack-errors.js'

const CHUNK = 1 << 18

/** Inflates with pako: any number of gzip members, data that is cut off. */
export async function* inflatedByPako(
  chunks: AsyncIterable<Uint8Array>,
  { source, salvage }: UnpackOptions,
): AsyncGenerator<Uint8Array> {
  const out: Uint8Array[] = []
  const inflate = new Inflate({ chunkSize: CHUNK })
  let byte = 0
  inflate.onData = (data: Uint8Array) => {
    byte += data.length
    out.push(data)
  }
  const push = (chunk: Uint8Array, last: boolean) => {
    if (last && !inflate.ended) {
      if (!salvage) throw truncated(source, 'gzip', byte)
      inflate.push(chunk, 2)
      return
    }
    if (!inflate.ended) inflate.push(chunk, false)
    if (inflate.err !== 0) throw damaged(source, 'gzip', byte, inflate.msg)
  }
  yield* pushed(chunks, push, out)
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
