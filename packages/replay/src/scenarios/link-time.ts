// Time of a collective over a described link.
//
//   t = latency + bytes · f(n) / bus bandwidth
//
// with bytes and f(n) as nccl-tests define them (doc/PERFORMANCE.md): all_reduce 2(n−1)/n of the tensor;
// all_gather, reduce_scatter, all_to_all, gather, scatter (n−1)/n of what all ranks hold together;
// broadcast, reduce, send, recv the tensor.
import { busFactor, dtypeBytes, type KernelEvent } from '@flowsim/trace-schema'

/** A link between the ranks of a group. */
export interface Link {
  busBandwidthGBPerS: number
  latencyUs: number
}

/** The transfer in nanoseconds; undefined where the trace does not tell message and group. */
export function linkTimeNs({ collective }: KernelEvent, link: Link): number | undefined {
  if (collective === undefined) return undefined
  const { kind, dtype, inElements = 0, outElements = 0, groupSize, ranks } = collective
  const n = groupSize ?? ranks?.length
  const elements = Math.max(inElements, outElements)
  if (kind === 'barrier') return link.latencyUs * 1000
  if (dtype === undefined || n === undefined || elements === 0) return undefined
  const bytes = elements * dtypeBytes(dtype) * busFactor(kind, n)
  return link.latencyUs * 1000 + bytes / link.busBandwidthGBPerS
}
