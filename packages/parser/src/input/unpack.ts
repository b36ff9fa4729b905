// The text of a packed input, whatever it is packed in: a .tar.gz, a zip of .json.gz.
import type { Repairs } from '../repairs.js'
import { theTrace } from './archive.js'
import { ByteReader } from './byte-reader.js'
import { peek } from './chunks.js'
import { detectPacking, SIGNATURE_BYTES } from './detect.js'
import { inflatedByPako } from './gzip.js'
import { tarEntries } from './tar.js'
import { unreadablePacking } from './unpack-errors.js'
import { zipEntries } from './zip.js'
import { unzstd } from './zstd.js'

/** How to unpack. */
export interface UnpackOptions {
  source: string
  /** Give out what there is of data that is cut off or damaged, instead of failing. */
  salvage: boolean
  /** Takes the faults of what is salvaged. */
  repairs: Repairs
  /** Unpacks gzip data, of one member or several. */
  gunzip: (chunks: AsyncIterable<Uint8Array>, options: UnpackOptions) => AsyncIterable<Uint8Array>
}

/** Packings within each other, at most. */
const MAX_DEPTH = 4

/** The unpacked bytes of chunks that may be packed; the packing is found by the first bytes. */
export async function* unpacked(
  packed: AsyncIterable<Uint8Array>,
  options: UnpackOptions,
  depth = 0,
): AsyncGenerator<Uint8Array> {
  const { head, chunks } = await peek(packed, SIGNATURE_BYTES)
  const content = contentOf(detectPacking(head), chunks, options)
  if (content === undefined) {
    yield* chunks
    return
  }
  if (depth === MAX_DEPTH) throw unreadablePacking(options.source, 'is packed again and again')
  yield* unpacked(content, { ...options, gunzip: inflatedByPako }, depth + 1)
}

function contentOf(
  packing: ReturnType<typeof detectPacking>,
  chunks: AsyncGenerator<Uint8Array>,
  options: UnpackOptions,
): AsyncIterable<Uint8Array> | undefined {
  switch (packing) {
    case 'gzip':
      return options.gunzip(chunks, options)
    case 'zip':
      return theTrace(zipEntries(new ByteReader(chunks), options), options)
    case 'tar':
      return theTrace(tarEntries(new ByteReader(chunks), options), options)
    case 'zstd':
      return unzstd(chunks, options)
    case 'none':
      return undefined
  }
}
