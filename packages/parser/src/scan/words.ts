// Bytes compared and hashed four at a time: a byte at a time took twice as long, and a call of Buffer.compare costs
// as much as comparing some hundred bytes.

/** The bytes, to be read four at a time. */
export function wordsOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Whether `length` bytes of `a` from `i` are those of `b` from `j`. */
export function sameBytes(a: DataView, i: number, b: DataView, j: number, length: number): boolean {
  const last = length - 4
  if (last < 0) {
    for (let at = 0; at < length; at++) if (a.getUint8(i + at) !== b.getUint8(j + at)) return false
    return true
  }
  for (let at = 0; at < last; at += 4) {
    if (a.getInt32(i + at) !== b.getInt32(j + at)) return false
  }
  // The last four again, whether or not some of them were compared.
  return a.getInt32(i + last) === b.getInt32(j + last)
}

/** A number that equal bytes share, and others hardly: multiplied and mixed as MurmurHash3 does (Appleby). */
export function hashOf(bytes: DataView, start: number, end: number): number {
  let hash = end - start
  let at = start
  for (; at + 4 <= end; at += 4) {
    hash = Math.imul(hash ^ bytes.getInt32(at, true), 0xcc9e2d51)
    hash ^= hash >>> 15
  }
  for (; at < end; at++) hash = Math.imul(hash ^ bytes.getUint8(at), 0x1b873593)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
