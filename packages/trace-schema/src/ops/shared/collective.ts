// Communication: the volume that crosses a rank's links (NCCL tests, PERFORMANCE.md).
import { dtypeBytes } from '../../dtype.js'
import type { CollectiveKind } from '../../kernel-trace.js'
import { count, dtype, optional, size, text } from './fields.js'
import { operation } from './operation.js'

/** Group, type and algorithm of a collective. */
export const groupFields = {
  devices: count('Ranks in the group.'),
  dtype: dtype(),
  algorithm: optional(text('"ring", "one_shot", "two_shot", … where known.')),
}

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

/** What is moved of a collective's tensor, as shares of its bytes. */
interface Shares {
  /** Over the links of one rank. */
  crossing: number
  /** From and to the memory of one rank. */
  read: number
  write: number
}

/** A tensor that moves between the ranks of a group; with `adds`, one FLOP an element where ranks meet. */
export function collective<const Op extends string>(
  op: Op,
  definition: {
    title: string
    /** What its elements are, where that needs words. */
    elements?: string
    shares: (ranks: number) => Shares
    adds?: true
  },
) {
  const { title, shares, adds } = definition
  return operation(op, {
    title,
    family: 'communication',
    runsOn: 'links',
    fields: { elements: size(definition.elements), ...groupFields },
    example: { devices: 4, elements: 1 << 20, dtype: 'bf16' },
    work({ elements, devices, dtype }) {
      const bytes = elements * dtypeBytes(dtype)
      const { crossing, read, write } = shares(devices)
      return {
        flops: adds === true && devices > 1 ? elements : 0,
        readBytes: bytes * read,
        writeBytes: bytes * write,
        networkBytes: bytes * crossing,
      }
    },
    describe: ({ elements, devices }) => `${elements} elements, ${devices} ranks`,
  })
}
