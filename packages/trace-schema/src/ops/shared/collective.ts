// Communication: the volume that crosses a rank's links (NCCL tests, PERFORMANCE.md).
import { type Dtype, dtypeBytes } from '../../dtype.js'
import type { CollectiveKind } from '../../kernel-trace.js'
import { count, dtype, optional, text } from './fields.js'
import type { OpWork } from './work.js'

/** Group, type and algorithm of a collective. */
export const groupFields = {
  devices: count('Ranks in the group.'),
  dtype: dtype(),
  algorithm: optional(text('"ring", "one_shot", "two_shot", … where known.')),
}

/** A group and a tensor, as examples have them. */
export const SOME_GROUP = { devices: 4, elements: 1 << 20, dtype: 'bf16' } as const

/** The share of a collective's tensor that crosses a rank's links: bus over algorithm bandwidth. */
export function busFactor(kind: CollectiveKind, ranks: number): number {
  switch (kind) {
    case 'all_reduce':
      return (2 * (ranks - 1)) / ranks
    case 'all_gather':
    case 'reduce_scatter':
    case 'all_to_all':
    case 'gather':
    case 'scatter':
      return (ranks - 1) / ranks
    default:
      return 1
  }
}

/** Bytes of a collective's tensor. */
export function tensorBytes(c: { elements: number; dtype: Dtype }): number {
  return c.elements * dtypeBytes(c.dtype)
}

/** Work on `bytes` bytes by the shares of them that cross the links, are read and are written. */
export function networkWork(
  bytes: number,
  shares: { crossing: number; read: number; write: number },
  flops = 0,
): OpWork {
  return {
    flops,
    readBytes: bytes * shares.read,
    writeBytes: bytes * shares.write,
    networkBytes: bytes * shares.crossing,
  }
}

/** Elements and ranks. */
export function groupSizes({ elements, devices }: { elements: number; devices: number }): string {
  return `${elements} elements, ${devices} ranks`
}
