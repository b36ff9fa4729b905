// Collectives: their kind, message and group from what the profiler or the operator recorded of them.
// Member names: pytorch, torch/csrc/distributed/c10d/ParamCommsUtils.hpp.
import type { CollectiveKind, KernelCollective, Tensor } from '@flowsim/trace-schema'
import { parseDtype } from '@flowsim/trace-schema'
import { parseLenientJson } from '../scan/lenient-json.js'

/** Kernels of NCCL and RCCL: ncclKernel_*, ncclDevKernel_*, ncclSymDevKernel_*, ncclKernel_Generic. */
const COLLECTIVE_KERNEL = /^(?:void )?(?:r?nccl\w*Kernel|rccl\w*Kernel|mscclKernel)/i

/** Whether a kernel belongs to a collectives library, by its name. */
export function isCollectiveKernel(name: string): boolean {
  return COLLECTIVE_KERNEL.test(name)
}

// Names of c10d ("allreduce", "_allgather_base"), of annotations ("nccl:all_reduce") and of kernels
// ("AllReduce_Sum_bf16_RING_LL"), first match wins.
const KINDS: [RegExp, CollectiveKind][] = [
  [/all_?to_?all/i, 'all_to_all'],
  [/reduce_?scatter/i, 'reduce_scatter'],
  [/all_?reduce/i, 'all_reduce'],
  [/all_?gather/i, 'all_gather'],
  [/broadcast/i, 'broadcast'],
  [/barrier/i, 'barrier'],
  [/\brecv|_recv|irecv/i, 'recv'],
  [/send_?recv/i, 'unknown'],
  [/\bsend|isend/i, 'send'],
  [/gather/i, 'gather'],
  [/scatter/i, 'scatter'],
  [/reduce/i, 'reduce'],
]

/** The kind that a name tells; `unknown` where it tells none. */
export function collectiveKind(name: string): CollectiveKind {
  return KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? 'unknown'
}

/**
 * A collective from its recorded members.
 * @param members - `Collective name`, `In msg nelems`, `Group size`, …, as text
 * @param kernelName - used for the kind where no member names it
 */
export function readCollective(
  members: ReadonlyMap<string, string>,
  kernelName: string,
): KernelCollective {
  const recorded = members.get('Collective name')
  const kind = collectiveKind(recorded ?? kernelName)
  const collective: KernelCollective = {
    kind: kind === 'unknown' ? collectiveKind(kernelName) : kind,
  }
  const dtype = parseDtype(members.get('dtype') ?? '')
  if (dtype !== undefined) collective.dtype = dtype
  const numbers = [
    ['inElements', 'In msg nelems'],
    ['outElements', 'Out msg nelems'],
    ['groupSize', 'Group size'],
    ['sequence', 'Seq'],
  ] as const
  for (const [field, member] of numbers) {
    const text = members.get(member)
    const value = text === undefined ? Number.NaN : Number(text)
    if (Number.isSafeInteger(value)) collective[field] = value
  }
  const group = members.get('Process Group Name')
  if (group !== undefined) collective.groupName = group
  // A list, or (when it is long) its beginning as text.
  const ranks = parseLenientJson(members.get('Process Group Ranks') ?? '')
  if (Array.isArray(ranks) && ranks.length > 0 && ranks.every(Number.isSafeInteger)) {
    collective.ranks = ranks as number[]
  }
  return collective
}

/** Annotations of c10d around its collectives: `nccl:all_reduce`, `hccl:_all_gather_base`. */
const COLLECTIVE_ANNOTATION = /^(?:nccl|hccl|xccl|ucc|mpi|gloo):/

/** Whether an annotation is that of a collective. */
export function isCollectiveAnnotation(name: string): boolean {
  return COLLECTIVE_ANNOTATION.test(name)
}

/**
 * Adds what the annotation of a collective says: its kind, and the elements that went in.
 * @param tensors - `Input Dims` and `Input type` of the annotation
 */
export function describeByAnnotation(
  collective: KernelCollective,
  name: string,
  tensors: readonly Tensor[],
): void {
  if (collective.kind === 'unknown') collective.kind = collectiveKind(name)
  if (tensors.length === 0) return
  const elements = tensors.reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  )
  if (Number.isSafeInteger(elements)) collective.inElements = elements
  const [first] = tensors
  if (first!.dtype !== undefined) collective.dtype ??= first!.dtype
}
