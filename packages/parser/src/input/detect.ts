// How a trace is packed, by its first bytes.

/** A way of packing that is understood. */
export type Packing = 'gzip' | 'zip' | 'zstd' | 'none'

/** Bytes that {@link detectPacking} needs. */
export const SIGNATURE_BYTES = 4

const SIGNATURES: [Packing, number[]][] = [
  ['gzip', [0x1f, 0x8b]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
]

/** The packing of data that begins with these bytes. */
export function detectPacking(head: Uint8Array): Packing {
  const found = SIGNATURES.find(([, bytes]) => bytes.every((byte, i) => head[i] === byte))
  return found === undefined ? 'none' : found[0]
}
