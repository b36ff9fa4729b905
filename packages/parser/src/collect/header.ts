// The header of a Kineto trace: devices, rank, process groups, versions.
import type { ProcessGroup, TraceDevice } from '@flowsim/trace-schema'
import { parseLenientJson } from '../scan/lenient-json.js'

/** What a trace says of the whole of it. */
export interface Header {
  producer: Record<string, string | number>
  devices: TraceDevice[]
  rank: number | null
  worldSize: number | null
  processGroups: ProcessGroup[]
}

/** Of a trace that says nothing. */
export const NO_HEADER: Header = {
  producer: {},
  devices: [],
  rank: null,
  worldSize: null,
  processGroups: [],
}

/** Members that are not versions or settings. */
const NOT_PRODUCER = new Set(['baseTimeNanoseconds', 'displayTimeUnit', 'traceName', 'traceEvents'])

/** Reads the header from its members' JSON texts; what is missing or malformed is left out. */
export function readHeader(members: ReadonlyMap<string, string>): Header {
  const read = (name: string) => parseLenientJson(members.get(name) ?? 'null')
  const producer: Record<string, string | number> = {}
  for (const [key, text] of members) {
    if (NOT_PRODUCER.has(key)) continue
    const value = parseLenientJson(text)
    if (typeof value === 'string' || typeof value === 'number') producer[key] = value
  }
  const distributed = record(read('distributedInfo'))
  const nccl = distributed.nccl_version
  if (typeof nccl === 'string') producer.nccl_version = nccl
  // A file that was put together from those of several ranks says so.
  const merged = list(read('mergedRanks'))
  if (merged.length > 1) producer.mergedRanks = merged.join(', ')
  return {
    producer,
    devices: list(read('deviceProperties')).flatMap(readDevice),
    rank: integer(distributed.rank) ?? null,
    worldSize: integer(distributed.world_size) ?? null,
    processGroups: list(distributed.pg_config).flatMap(readGroup),
  }
}

/** Nanoseconds that every timestamp of a Kineto trace counts from. */
export function readBaseTimeNs(members: ReadonlyMap<string, string>): bigint {
  const base = (members.get('baseTimeNanoseconds') ?? '').trim()
  return /^\d{1,19}$/.test(base) ? BigInt(base) : 0n
}

function readDevice(value: unknown): TraceDevice[] {
  const device = record(value)
  const id = integer(device.id)
  if (id === undefined) return []
  const major = integer(device.computeMajor)
  const minor = integer(device.computeMinor)
  return [
    {
      id,
      name: typeof device.name === 'string' ? device.name : '',
      ...defined('computeUnits', integer(device.numSms)),
      ...defined('memoryBytes', integer(device.totalGlobalMem)),
      ...defined(
        'computeCapability',
        major === undefined || minor === undefined ? undefined : `${major}.${minor}`,
      ),
      ...defined('warpSize', integer(device.warpSize)),
    },
  ]
}

function readGroup(value: unknown): ProcessGroup[] {
  const group = record(value)
  if (typeof group.pg_name !== 'string') return []
  const ranks = typeof group.ranks === 'string' ? parseLenientJson(group.ranks) : group.ranks
  return [
    {
      name: group.pg_name,
      ...defined('description', typeof group.pg_desc === 'string' ? group.pg_desc : undefined),
      ...defined(
        'backend',
        typeof group.backend_config === 'string' ? group.backend_config : undefined,
      ),
      ...defined('size', integer(group.pg_size)),
      ...defined(
        'ranks',
        Array.isArray(ranks) && ranks.every(Number.isSafeInteger) ? (ranks as number[]) : undefined,
      ),
    },
  ]
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function integer(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined
}

function defined<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value })
}
