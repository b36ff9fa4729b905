// The text of a packed input.
import { peek } from './chunks.js'
import { detectPacking, SIGNATURE_BYTES } from './detect.js'
import { inflatedByPako } from './gzip.js'
import { unzipped } from './zip.js'
import { unzstd } from './zstd.js'

/** How to unpack. */
export interface UnpackOptions {
  source: string
  /** Give out what there is of data that is cut off, instead of failing. */
  salvage: boolean
  /** Unpacks gzip data, of one member or several. */
  gunzip: (chunks: AsyncIterable<Uint8Array>, options: UnpackOptions) => AsyncIterable<Uint8Array>
}

/** The unpacked bytes of chunks that may be packed; the packing is found by the first bytes. */
export async function* unpacked(
  packed: AsyncIterable<Uint8Array>,
  options: UnpackOptions,
): AsyncGenerator<Uint8Array> {
  const { head, chunks } = await peek(packed, SIGNATURE_BYTES)
  switch (detectPacking(head)) {
    case 'gzip':
      yield* options.gunzip(chunks, options)
      return
    case 'zip':
      yield* unpacked(unzipped(chunks, options), { ...options, gunzip: inflatedByPako })
      return
    case 'zstd':
      yield* unzstd(chunks, options)
      return
    case 'none':
      yield* chunks
  }
}
