// Runs of one collective each, by which ASTRA-sim tells the times of a network: which there are, their names, and
// their results as a table.
import { ExternalError } from '../errors.js'
import type { AstraSimLog } from './log.js'

/** Collectives that ASTRA-sim runs by an algorithm; a broadcast has only the duration that its trace gives. */
export const ASTRA_SIM_COLLECTIVES = [
  'all_reduce',
  'all_gather',
  'reduce_scatter',
  'all_to_all',
] as const

/** One collective among all NPUs of a network. */
export interface AstraSimCollective {
  op: (typeof ASTRA_SIM_COLLECTIVES)[number]
  npus: number
  /** Of the whole tensor: of an all-gather what comes out, else what an NPU puts in. */
  bytes: number
}

/** Sizes from one to another, doubling. */
export interface CollectiveGrid {
  ops: readonly AstraSimCollective['op'][]
  npus: number
  fromBytes: number
  toBytes: number
}

const MOST_NPUS = 4096

/**
 * The collectives of a grid.
 * @throws ExternalError with code `invalid_plan`
 */
export function astraSimCollectives({
  ops,
  npus,
  fromBytes,
  toBytes,
}: CollectiveGrid): AstraSimCollective[] {
  if (!(npus >= 2 && npus <= MOST_NPUS)) {
    throw new ExternalError('invalid_plan', `${npus} NPUs: from 2 to ${MOST_NPUS} can be asked for`)
  }
  if (!(fromBytes >= npus && toBytes >= fromBytes && toBytes < 2 ** 48)) {
    throw new ExternalError(
      'invalid_plan',
      `sizes from ${fromBytes} to ${toBytes} bytes: give a byte for each NPU at least, rising`,
    )
  }
  const sizes: number[] = []
  for (let bytes = fromBytes; bytes <= toBytes; bytes *= 2) sizes.push(bytes)
  return ops.flatMap((op) => sizes.map((bytes) => ({ op, npus, bytes })))
}

/** Bytes that an NPU puts in: what a workload states. */
export function inputBytes({ op, npus, bytes }: AstraSimCollective): number {
  return op === 'all_gather' ? Math.ceil(bytes / npus) : bytes
}

/** The name of its workload and of its folder. */
export function collectiveName({ op, npus, bytes }: AstraSimCollective): string {
  return `${op}-${npus}-${bytes}`
}

/** What a name stands for; `null` for names of other things. */
export function collectiveOfName(name: string): AstraSimCollective | null {
  const [, op, npus, bytes] = /^([a-z_]+)-(\d+)-(\d+)$/.exec(name) ?? []
  const known = ASTRA_SIM_COLLECTIVES.find((each) => each === op)
  return known === undefined ? null : { op: known, npus: Number(npus), bytes: Number(bytes) }
}

/** A row of a table of collectives' times, as measured ones have it. */
export interface CollectiveRow {
  framework: 'astra-sim'
  op: AstraSimCollective['op']
  dtype: 'int8'
  num_gpus: number
  message_elements: number
  message_bytes: number
  latency_us: number
}

/** The time of a run; `null` where it did not end on all NPUs, or took no time. */
export function collectiveRow(
  collective: AstraSimCollective,
  { endToEndNs }: AstraSimLog,
): CollectiveRow | null {
  if (endToEndNs === null || endToEndNs === 0) return null
  const { op, npus, bytes } = collective
  return {
    framework: 'astra-sim',
    op,
    dtype: 'int8',
    num_gpus: npus,
    message_elements: bytes,
    message_bytes: bytes,
    latency_us: endToEndNs / 1000,
  }
}
