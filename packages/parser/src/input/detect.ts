// How a trace is packed, by its first bytes.

/** A way of packing that is understood. */
export type Packing = 'gzip' | 'zip' | 'zstd' | 'tar' | 'none'

/** Bytes that {@link detectPacking} needs. */
export const SIGNATURE_BYTES = 262

const SIGNATURES: { packing: Packing; at: number; bytes: number[] }[] = [
  { packing: 'gzip', at: 0, bytes: [0x1f, 0x8b] },
  { packing: 'zip', at: 0, bytes: [0x50, 0x4b, 0x03, 0x04] },
  { packing: 'zstd', at: 0, bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  // "ustar"
  { packing: 'tar', at: 257, bytes: [0x75, 0x73, 0x74, 0x61, 0x72] },
]

/** The packing of data that begins with these bytes. */
export function detectPacking(head: Uint8Array): Packing {
  const found = SIGNATURES.find(({ at, bytes }) => bytes.every((byte, i) => head[at + i] === byte))
  return found?.packing ?? 'none'
}
