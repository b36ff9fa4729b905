// What ran in a stretch of time: a kernel that reaches over an end counts with its part inside.
import { kindOf, type Model } from '../model.js'

/** Sums of a stretch. */
export interface StretchSums {
  /** Kernels, copies and fills with a part inside. */
  count: number
  /** Sum of durations inside, and time in which at least one ran. */
  sumNs: number
  busyNs: number
  /** Least bytes and FLOPs of the kernels for which they are known. */
  bytes: number
  flops: number
  /** Kernels whose bytes are not known. */
  withoutBytes: number
  /** Durations inside by place of the family, the longest first. */
  families: { family: number; count: number; sumNs: number }[]
}

/** Sums over the kernels that run from `from` to `to`, in nanoseconds of the window. */
export function stretchSums(model: Model, from: number, to: number): StretchSums {
  const { start, end, duration, family, count } = model
  const sums: StretchSums = {
    count: 0,
    sumNs: 0,
    busyNs: 0,
    bytes: 0,
    flops: 0,
    withoutBytes: 0,
    families: [],
  }
  const byFamily = new Map<number, StretchSums['families'][number]>()
  let busyTo = from
  for (let i = 0; i < count; i++) {
    if (start[i]! >= to) break
    if (end[i]! <= from) continue
    const begins = Math.max(from, start[i]!)
    const ends = Math.min(to, end[i]!)
    const part = duration[i]! > 0 ? (ends - begins) / duration[i]! : 1
    const { bytes, flops } = kindOf(model, i)
    sums.count++
    sums.sumNs += ends - begins
    if (bytes === null) sums.withoutBytes++
    sums.bytes += (bytes ?? 0) * part
    sums.flops += (flops ?? 0) * part
    if (ends > busyTo) sums.busyNs += ends - Math.max(begins, busyTo)
    busyTo = Math.max(busyTo, ends)
    let own = byFamily.get(family[i]!)
    if (!own) {
      own = { family: family[i]!, count: 0, sumNs: 0 }
      byFamily.set(family[i]!, own)
    }
    own.count++
    own.sumNs += ends - begins
  }
  sums.families = [...byFamily.values()].sort((a, b) => b.sumNs - a.sumNs)
  return sums
}
