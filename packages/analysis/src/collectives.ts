// Bandwidth of collectives, by the definitions of nccl-tests (doc/PERFORMANCE.md).
//
//   algorithm bandwidth = S / t                  bus bandwidth = algorithm bandwidth · f(n)
//
//   kind                            S                                  f(n)
//   all_reduce                      the tensor                         2(n−1)/n
//   all_gather                      what one rank gets out             (n−1)/n
//   reduce_scatter                  what one rank puts in              (n−1)/n
//   all_to_all                      what one rank puts in              (n−1)/n
//   gather, scatter                 all ranks' parts together          (n−1)/n
//   broadcast, reduce, send, recv   the tensor                         1
import {
  busFactor,
  type CollectiveKind,
  type Dtype,
  dtypeBytes,
  isCollective,
  type KernelEvent,
  type KernelOperation,
  type KernelTrace,
} from '@flowsim/trace-schema'
import { checkOperations } from './columns.js'
import { type Sample, summarize } from './statistics.js'

/** One collective on one rank. */
export interface Collective {
  /** Place in `trace.kernels`. */
  kernel: number
  kind: CollectiveKind
  /** By a communication library (`true`) or by a kernel of the framework, such as custom all-reduce. */
  library: boolean
  /** Name of the process group; empty when unknown. */
  group: string
  /** Ranks in the group; null when unknown. */
  ranks: number | null
  dtype: Dtype | null
  /** Size S of the table above in bytes; null when unknown. */
  bytes: number | null
  startNs: number
  /** On a single rank this holds the wait for the last rank to arrive, so bandwidths are at least. */
  durationNs: number
  algorithmBytesPerS: number | null
  busBytesPerS: number | null
}

/** Collectives of one kind, size and group. */
export interface CollectiveGroup
  extends Pick<Collective, 'kind' | 'library' | 'group' | 'ranks' | 'dtype' | 'bytes'> {
  count: number
  sumNs: number
  durationNs: Sample
  /** Bandwidths at the median duration. */
  algorithmBytesPerS: number | null
  busBytesPerS: number | null
}

/** Result of {@link collectives}. */
export interface CollectiveReport {
  /** In the order of the trace. */
  calls: Collective[]
  /** Longest first. */
  groups: CollectiveGroup[]
}

/**
 * Every collective of a rank with its algorithm and bus bandwidth, one by one and grouped. Formulas
 * stand at the top of the file. Custom all-reduce kernels count where the operations know them.
 *
 * @throws AnalysisError `operations_mismatch` unless there is one operation for each kernel.
 */
export function collectives(
  trace: KernelTrace,
  operations?: readonly KernelOperation[],
): CollectiveReport {
  const calls = collectiveCalls(trace, operations)
  const groups = new Map<string, Collective[]>()
  for (const call of calls) {
    const key = [call.kind, call.library, call.group, call.ranks, call.dtype, call.bytes].join('|')
    const group = groups.get(key)
    if (group) group.push(call)
    else groups.set(key, [call])
  }
  return {
    calls,
    groups: [...groups.values()]
      .map((members): CollectiveGroup => {
        const { kind, library, group, ranks, dtype, bytes } = members[0]!
        const durationNs = summarize(members.map((call) => call.durationNs))
        return {
          kind,
          library,
          group,
          ranks,
          dtype,
          bytes,
          count: members.length,
          sumNs: durationNs.sum,
          durationNs,
          ...bandwidth(kind, ranks, bytes, durationNs.p50),
        }
      })
      .sort((a, b) => b.sumNs - a.sumNs),
  }
}

/** Every collective of a rank, in the order of the trace. */
export function collectiveCalls(
  trace: KernelTrace,
  operations?: readonly KernelOperation[],
): Collective[] {
  checkOperations(trace, operations)
  return trace.kernels.flatMap((kernel, i) => describe(kernel, operations?.[i], i) ?? [])
}

/** Algorithm and bus bandwidth of S bytes in a time; null where something is unknown. */
export function bandwidth(
  kind: CollectiveKind,
  ranks: number | null,
  bytes: number | null,
  durationNs: number,
): { algorithmBytesPerS: number | null; busBytesPerS: number | null } {
  if (bytes === null || durationNs <= 0) return { algorithmBytesPerS: null, busBytesPerS: null }
  const algorithmBytesPerS = bytes / (durationNs * 1e-9)
  return {
    algorithmBytesPerS,
    busBytesPerS: ranks === null ? null : algorithmBytesPerS * busFactor(kind, ranks),
  }
}

function describe(
  kernel: KernelEvent,
  operation: KernelOperation | undefined,
  index: number,
): Collective | null {
  const { collective } = kernel
  const call = operation?.call
  const op = operation?.op ?? null
  const named = op !== null && isCollective({ op }) ? (op as CollectiveKind) : null
  if (kernel.kind !== 'collective' && !collective && !named) return null
  const kind = collective && collective.kind !== 'unknown' ? collective.kind : (named ?? 'unknown')
  const known = call && 'devices' in call ? call : undefined
  const ranks = collective?.groupSize ?? collective?.ranks?.length ?? known?.devices ?? null
  const dtype = collective?.dtype ?? known?.dtype ?? null
  const elements =
    elementsOf(kind, ranks, collective?.inElements, collective?.outElements) ??
    (known && 'elements' in known ? known.elements : null)
  const bytes = elements === null || dtype === null ? null : elements * dtypeBytes(dtype)
  return {
    kernel: index,
    kind,
    library: kernel.kind === 'collective',
    group: collective?.groupName ?? '',
    ranks,
    dtype,
    bytes,
    startNs: kernel.startNs,
    durationNs: kernel.durationNs,
    ...bandwidth(kind, ranks, bytes, kernel.durationNs),
  }
}

function elementsOf(
  kind: CollectiveKind,
  ranks: number | null,
  into: number | undefined,
  out: number | undefined,
): number | null {
  switch (kind) {
    case 'all_gather':
    case 'gather':
      return out ?? (into !== undefined && ranks !== null ? into * ranks : null)
    case 'reduce_scatter':
    case 'scatter':
      return into ?? (out !== undefined && ranks !== null ? out * ranks : null)
    case 'barrier':
      return null
    case 'recv':
      return out ?? into ?? null
    default:
      return into ?? out ?? null
  }
}
