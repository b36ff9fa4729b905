// Zip archives (PKWARE APPNOTE 6.3): files that are stored or deflated, also beyond 4 GiB, read as they
// come; each is checked against its CRC-32. Not read: encrypted files, other ways of packing, stored
// files of unknown length.
import type { ArchiveEntry } from './archive.js'
import type { ByteReader } from './byte-reader.js'
import { crc32 } from './crc32.js'
import { inflated } from './inflate.js'
import type { UnpackOptions } from './unpack.js'
import { damaged, truncated, unreadablePacking } from './unpack-errors.js'

const LOCAL_FILE = 0x04034b50
const DATA_DESCRIPTOR = 0x08074b50
const DIRECTORY = new Set([0x02014b50, 0x08064b50, 0x06064b50, 0x06054b50])
const HEADER_BYTES = 26
const STORED = 0
const DEFLATED = 8
const ENCRYPTED = 1
const SIZES_FOLLOW = 8
const ZIP64_EXTRA = 1
const SIZE_IN_EXTRA = 0xffffffff

interface FileHeader {
  name: string
  flags: number
  method: number
  crc: number
  packedBytes: number
  isZip64: boolean
}

/** The files of a zip archive. */
export async function* zipEntries(
  reader: ByteReader,
  options: UnpackOptions,
): AsyncGenerator<ArchiveEntry> {
  const { source, salvage } = options
  for (;;) {
    const signature = await reader.upTo(4)
    if (signature.length < 4) {
      if (salvage) return
      throw truncated(source, 'zip', 0)
    }
    const kind = view(signature).getUint32(0, true)
    if (DIRECTORY.has(kind)) return reader.drain()
    if (kind !== LOCAL_FILE) throw damaged(source, 'zip', 0, 'no file where one should begin')
    const header = await readHeader(reader, source)
    if (header === undefined) {
      if (salvage) return
      throw truncated(source, 'zip', 0)
    }
    const data = fileData(reader, header, options)
    yield { name: header.name, data }
    for await (const _ of data) {
      // What was not asked for is passed over.
    }
  }
}

async function readHeader(reader: ByteReader, source: string): Promise<FileHeader | undefined> {
  const fixed = await reader.upTo(HEADER_BYTES)
  if (fixed.length < HEADER_BYTES) return undefined
  const fields = view(fixed)
  const nameBytes = await reader.upTo(fields.getUint16(22, true))
  const extra = await reader.upTo(fields.getUint16(24, true))
  const name = new TextDecoder().decode(nameBytes)
  const flags = fields.getUint16(2, true)
  const method = fields.getUint16(4, true)
  if (flags & ENCRYPTED) {
    throw unreadablePacking(source, `${name} is encrypted; unzip it with its password first`)
  }
  const hasLength = (flags & SIZES_FOLLOW) === 0
  if (method !== DEFLATED && !(method === STORED && hasLength)) {
    const how = method === STORED ? 'stored without its length' : `packed by method ${method}`
    throw unreadablePacking(source, `${name} is ${how}; unzip it first`)
  }
  const stated = fields.getUint32(14, true)
  const zip64 = extraField(extra, ZIP64_EXTRA)
  return {
    name,
    flags,
    method,
    crc: fields.getUint32(10, true),
    // Zip64: the length of the unpacked file comes first.
    packedBytes:
      stated === SIZE_IN_EXTRA && zip64 !== undefined && zip64.length >= 16
        ? Number(view(zip64).getBigUint64(8, true))
        : stated,
    isZip64: zip64 !== undefined,
  }
}

function extraField(extra: Uint8Array, wanted: number): Uint8Array | undefined {
  for (let at = 0; at + 4 <= extra.length; ) {
    const fields = view(extra.subarray(at))
    const length = fields.getUint16(2, true)
    if (fields.getUint16(0, true) === wanted) return extra.subarray(at + 4, at + 4 + length)
    at += 4 + length
  }
  return undefined
}

async function* fileData(
  reader: ByteReader,
  header: FileHeader,
  { source, salvage, repairs }: UnpackOptions,
): AsyncGenerator<Uint8Array> {
  const content = header.method === STORED ? stored(reader, header) : inflated(reader, true)
  let byte = 0
  let found = 0
  let next = await content.next()
  for (; next.done !== true; next = await content.next()) {
    byte += next.value.length
    found = crc32(next.value, found)
    yield next.value
  }
  const fault = next.value
  if (fault !== undefined && !salvage) {
    throw fault.isCut ? truncated(source, 'zip', byte) : damaged(source, 'zip', byte, fault.why)
  }
  if (fault?.isCut === false) repairs.add('damaged_archive', byte)
  if (fault !== undefined) return
  const stated = header.flags & SIZES_FOLLOW ? await followingCrc(reader, header) : header.crc
  if (stated === found) return
  if (!salvage) throw damaged(source, 'zip', byte, 'its CRC-32 is not that of its content')
  repairs.add('checksum_mismatch', byte)
}

async function* stored(
  reader: ByteReader,
  { packedBytes }: FileHeader,
): AsyncGenerator<Uint8Array, { isCut: true } | undefined> {
  for (let left = packedBytes; left > 0; ) {
    const bytes = await reader.some(left)
    if (bytes === undefined) return { isCut: true }
    left -= bytes.length
    yield bytes
  }
  return undefined
}

/** The checksum in the descriptor behind a file; the signature before it may be missing. */
async function followingCrc(
  reader: ByteReader,
  { isZip64 }: FileHeader,
): Promise<number | undefined> {
  const sizes = isZip64 ? 16 : 8
  const bytes = await reader.upTo(8 + sizes)
  if (bytes.length < 4 + sizes) return undefined
  const isSigned = view(bytes).getUint32(0, true) === DATA_DESCRIPTOR
  const used = (isSigned ? 8 : 4) + sizes
  reader.unread(bytes.subarray(used))
  return view(bytes).getUint32(isSigned ? 4 : 0, true)
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
