// Which kernels a change is for.
import type { KernelEvent, KernelOperation } from '@flowsim/trace-schema'
import { ReplayError } from '../errors.js'
import type { ReplayGraph } from '../graph.js'
import type { KernelMatch } from './schema.js'

/** Kernels that meet every condition, as a mask over the graph's kernels. */
export function matchKernels(
  graph: ReplayGraph,
  match: KernelMatch | undefined,
  operations: readonly KernelOperation[] | undefined,
): Uint8Array {
  const mask = new Uint8Array(graph.kernels.length)
  if (match === undefined) return mask.fill(1)
  if ((match.op !== undefined || match.family !== undefined) && operations === undefined) {
    throw new ReplayError(
      'unknown_provider',
      'match: op and family need the operation of each kernel; pass `operations` (classifyTrace of @flowsim/kernel-db)',
    )
  }
  const name = tester(match.name)
  const operator = tester(match.operator)
  const scope = tester(match.scope)
  for (let k = 0; k < mask.length; k++) {
    const kernel = graph.kernels[k]!
    const ns = graph.durationNs[k]!
    const fits =
      (match.kind === undefined || match.kind.includes(kernel.kind)) &&
      (match.stream === undefined || match.stream.includes(kernel.stream)) &&
      (match.device === undefined || match.device.includes(kernel.device)) &&
      (match.rank === undefined || match.rank.includes(graph.ranks[graph.kernelRank[k]!]!.rank)) &&
      (match.longerThanUs === undefined || ns > 1000 * match.longerThanUs) &&
      (match.shorterThanUs === undefined || ns < 1000 * match.shorterThanUs) &&
      (match.op === undefined || match.op.some((op) => op === operations?.[k]?.op)) &&
      (match.family === undefined ||
        match.family.some((each) => each === operations?.[k]?.family)) &&
      (match.collective === undefined || isCollective(graph, k, match.collective)) &&
      (name === undefined || name(kernel.name)) &&
      (operator === undefined || operatorsOf(kernel).some(operator)) &&
      (scope === undefined || scopesOf(kernel).some(scope))
    if (fits) mask[k] = 1
  }
  return mask
}

function isCollective(
  { communicates, kernels }: ReplayGraph,
  k: number,
  kinds: NonNullable<KernelMatch['collective']>,
): boolean {
  if (communicates[k] === 0) return false
  // Kernels without the record of a library are the custom all-reduces.
  return kinds.includes(kernels[k]!.collective?.kind ?? 'all_reduce')
}

function operatorsOf({ op }: KernelEvent): readonly string[] {
  return op === undefined ? [] : [op.name, ...op.parents]
}

function scopesOf({ scopes = [], modules = [] }: KernelEvent): readonly string[] {
  return [...scopes, ...modules]
}

/** A test of names that judges each once. */
function tester(pattern: string | undefined): ((text: string) => boolean) | undefined {
  if (pattern === undefined) return undefined
  const expression = new RegExp(pattern)
  const known = new Map<string, boolean>()
  return (text) => {
    let fits = known.get(text)
    if (fits === undefined) {
      fits = expression.test(text)
      known.set(text, fits)
    }
    return fits
  }
}
