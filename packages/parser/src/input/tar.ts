// Tar archives (POSIX ustar, with GNU's and pax's long names): the regular files in them. Each header is
// checked against its checksum; the files themselves have none.
import type { ArchiveEntry } from './archive.js'
import type { ByteReader } from './byte-reader.js'
import type { UnpackOptions } from './unpack.js'
import { damaged, truncated } from './unpack-errors.js'

const BLOCK = 512
const CHECKSUM_AT = 148
const TYPE_AT = 156
const MAX_NAME_BYTES = 1 << 20

/** The files of a tar archive. */
export async function* tarEntries(
  reader: ByteReader,
  { source, salvage }: UnpackOptions,
): AsyncGenerator<ArchiveEntry> {
  let longName: string | undefined
  for (;;) {
    const header = await reader.upTo(BLOCK)
    // Two blocks of zeros end an archive; some writers leave them out.
    if (header.length === 0 || header.every((byte) => byte === 0)) return reader.drain()
    if (header.length < BLOCK) {
      if (salvage) return
      throw truncated(source, 'tar', reader.offset)
    }
    if (!hasChecksum(header)) {
      throw damaged(source, 'tar', reader.offset, 'the checksum of a header is wrong')
    }
    const size = sizeOf(header)
    const type = String.fromCharCode(header[TYPE_AT]!)
    if (type === 'L' || type === 'x') {
      if (size > MAX_NAME_BYTES) throw damaged(source, 'tar', reader.offset, 'a name of megabytes')
      const content = new TextDecoder().decode(await reader.upTo(size))
      await reader.upTo(padding(size))
      longName = type === 'L' ? content.replace(/\0.*$/s, '') : paxPath(content)
      continue
    }
    const data = fileData(reader, size, { source, salvage })
    if (type === '0' || type === '\0') yield { name: longName ?? nameOf(header), data }
    longName = undefined
    for await (const _ of data) {
      // What was not asked for is passed over.
    }
    await reader.upTo(padding(size))
  }
}

async function* fileData(
  reader: ByteReader,
  size: number,
  { source, salvage }: Pick<UnpackOptions, 'source' | 'salvage'>,
): AsyncGenerator<Uint8Array> {
  for (let left = size; left > 0; ) {
    const bytes = await reader.some(left)
    if (bytes === undefined) {
      if (salvage) return
      throw truncated(source, 'tar', reader.offset)
    }
    left -= bytes.length
    yield bytes
  }
}

function hasChecksum(header: Uint8Array): boolean {
  const stated = Number.parseInt(text(header.subarray(CHECKSUM_AT, CHECKSUM_AT + 8)).trim(), 8)
  let sum = 0
  for (let i = 0; i < BLOCK; i++) {
    sum += i >= CHECKSUM_AT && i < CHECKSUM_AT + 8 ? 0x20 : header[i]!
  }
  return sum === stated
}

/** Octal digits, or (GNU, from 8 GiB) a binary number with the first bit set. */
function sizeOf(header: Uint8Array): number {
  const field = header.subarray(124, 136)
  if ((field[0]! & 0x80) === 0) return Number.parseInt(text(field), 8) || 0
  return field.subarray(1).reduce((size, byte) => size * 256 + byte, 0)
}

function nameOf(header: Uint8Array): string {
  const name = text(header.subarray(0, 100))
  const prefix = text(header.subarray(345, 500))
  return prefix === '' ? name : `${prefix}/${name}`
}

function paxPath(records: string): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(records)?.[1]
}

const padding = (size: number) => (BLOCK - (size % BLOCK)) % BLOCK

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end))
}
