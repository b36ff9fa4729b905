// What a total takes for kernels without an estimate, and how errors of kernels add up in it.
import facts from './transfer.json' with { type: 'json' }

const Z90 = 1.2815515655446004

/** A time with the bounds that one run in ten stays below and above. */
export interface BoundedTime {
  ns: number
  p10Ns: number
  p90Ns: number
}

/**
 * A time for a kernel without an estimate, so that totals have one: its measured time, changed as the others
 * change on the whole, with bounds that say how little that is. It is not a prediction of the kernel.
 *
 * @param change - predicted over measured time of the kernels that have an estimate
 */
export function unansweredTime(measuredNs: number, change: number): BoundedTime {
  const ns = measuredNs * change
  const factor = Math.exp(Z90 * facts.unansweredSpread.value)
  return { ns, p10Ns: ns / factor, p90Ns: ns * factor }
}

/**
 * Share of the variance of a model's errors that all kernels of a trace have in common, so that they do not
 * average out in a total; undefined where it was not measured.
 */
export function commonErrorShare(model: string): number | undefined {
  const shares: Readonly<Record<string, number>> = facts.commonErrorShare.value
  return Object.hasOwn(shares, model) ? shares[model] : undefined
}
