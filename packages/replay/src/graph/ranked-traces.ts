// Which trace is of which rank, and which ranks are copies of others.
import { classifyTrace } from '@flowsim/kernel-db'
import type { KernelOperation, KernelTrace } from '@flowsim/trace-schema'
import type { BuildOptions } from '../build-graph.js'
import { ReplayError } from '../errors.js'

/** The trace of a rank. */
export interface RankedTrace {
  rank: number
  trace: KernelTrace
  /** One for each kernel. */
  operations: readonly KernelOperation[]
  /** The rank that a rank without a trace is taken to be like; null for one with a trace. */
  copyOf: number | null
}

/** Whether the input is a single trace. */
export function isTrace(input: KernelTrace | readonly KernelTrace[]): input is KernelTrace {
  return !Array.isArray(input)
}

/** The traces by rank, with copies for the ranks that are assumed; throws where they do not fit. */
export function rankedTraces(traces: readonly KernelTrace[], options: BuildOptions): RankedTrace[] {
  if (traces.length === 0) throw new ReplayError('no_traces', 'no traces; pass at least one')
  if (options.ranks !== undefined && options.ranks.length !== traces.length) {
    throw new ReplayError(
      'invalid_option',
      `ranks: ${options.ranks.length} ranks for ${traces.length} traces; name one for each`,
    )
  }
  const known = traces.map(({ rank }) => rank)
  const ranks =
    options.ranks ??
    (known.every((rank): rank is number => rank !== null) ? known : traces.map((_, i) => i))
  const operations = options.operations ?? traces.map((trace) => classifyTrace(trace))
  traces.forEach(({ source, kernels }, i) => {
    const count = operations[i]?.length ?? 0
    if (count === kernels.length) return
    throw new ReplayError(
      'invalid_option',
      `operations: ${count} for the ${kernels.length} kernels of ${source}; pass one for each`,
    )
  })
  const seen = new Map<number, string>()
  ranks.forEach((rank, i) => {
    const other = seen.get(rank)
    if (other !== undefined) {
      throw new ReplayError(
        'duplicate_rank',
        `${traces[i]!.source}: rank ${rank} is also that of ${other}; pass \`ranks\``,
      )
    }
    seen.set(rank, traces[i]!.source)
  })
  const given = traces
    .map(
      (trace, i): RankedTrace => ({
        rank: ranks[i]!,
        trace,
        operations: operations[i]!,
        copyOf: null,
      }),
    )
    .sort((a, b) => a.rank - b.rank)
  const { assumeSymmetric } = options
  return assumeSymmetric === undefined ? given : withCopies(given, assumeSymmetric)
}

/** Copies cost memory, some 300 bytes a kernel: more kernels than this are refused (about 5 GB). */
const MAX_KERNELS = 1 << 24
const MAX_RANKS = 65_535

function withCopies(given: readonly RankedTrace[], count: number): RankedTrace[] {
  const last = given.at(-1)!.rank
  if (!Number.isInteger(count) || count <= last || count > MAX_RANKS) {
    throw new ReplayError(
      'invalid_option',
      `assumeSymmetric: ${count} is not a number of ranks from ${last + 1} to ${MAX_RANKS}; rank ${last} is among the traces`,
    )
  }
  const all = Array.from({ length: count }, (_, rank): RankedTrace => {
    const source = given.findLast((each) => each.rank <= rank) ?? given[0]!
    return source.rank === rank ? source : { ...source, rank, copyOf: source.rank }
  })
  const kernels = all.reduce((sum, { trace }) => sum + trace.kernels.length, 0)
  if (kernels > MAX_KERNELS) {
    throw new ReplayError(
      'invalid_option',
      `assumeSymmetric: ${count} ranks have ${kernels} kernels together, more than ${MAX_KERNELS}; assume fewer ranks, or cut the trace to a few steps`,
    )
  }
  return all
}
