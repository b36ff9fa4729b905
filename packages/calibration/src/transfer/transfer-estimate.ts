// The time of a measured kernel on another device: what the model says there, corrected by how far it was off
// here.
//
// With e the errors of the model's logarithms on the two devices, of standard deviations s (from its p10 and
// p90) and correlation ρ, and n the repeatability of a measurement, the best linear estimate of the error there
// from the error here, r = ln(measured / estimate here), is w · r:
//
//   v = s_here² + n²        w = ρ · s_here · s_there / v, at most 1
//   ln time = ln estimate there + w · c + (r − c)        c = r, at most 2 √v either way
//   s = s_there · √(1 − ρ² · s_here² / v)
//
// So a model that is sure of a kernel here is believed there, and one that is not is scaled by what was
// measured: w = 1 is measured × ratio of estimates. What is beyond two standard deviations is taken to be the
// kernel's own (its dimensions, its implementation), and carried over whole.
import type { Estimate } from '@flowsim/trace-schema'
import facts from './transfer.json' with { type: 'json' }

/** z of the 90th percentile of the standard normal distribution. */
const Z90 = 1.2815515655446004
/** Standard deviations within which a difference is an error of the model. */
const USUAL = 2

/** What is known of a kernel on the device where it was measured. */
export interface MeasuredHere {
  measuredS: number
  /** Of the same operation on the same device. */
  estimate: Estimate
}

/**
 * The estimate of an operation on another device, given its measured time on this one. Parts keep their
 * proportions. The formula stands at the top of the file.
 *
 * @param there - estimate of the operation on the other device
 */
export function transferEstimate(there: Estimate, here: MeasuredHere): Estimate {
  const { measuredS, estimate } = here
  if (!(measuredS > 0 && estimate.latencyS > 0 && there.latencyS > 0)) return there
  const rho = correlationOf(there.model)
  const [sHere, sThere] = [spreadOf(estimate), spreadOf(there)]
  const variance = sHere ** 2 + facts.repeatability.value ** 2
  const off = Math.log(measuredS / estimate.latencyS)
  const limit = USUAL * Math.sqrt(variance)
  const usual = Math.max(-limit, Math.min(limit, off))
  const weight = Math.min(1, (rho * sHere * sThere) / variance)
  const factor = Math.exp(weight * usual + off - usual)
  const latencyS = there.latencyS * factor
  const narrower = Math.sqrt(1 - (rho * sHere) ** 2 / variance)
  const bound = (s: number) => latencyS * (s / there.latencyS) ** narrower
  const { computeS, memoryS, launchS, networkS } = there.parts
  return {
    ...there,
    latencyS,
    p10S: bound(there.p10S),
    p90S: bound(there.p90S),
    parts: {
      computeS: computeS * factor,
      memoryS: memoryS * factor,
      launchS: launchS * factor,
      networkS: networkS * factor,
    },
  }
}

/** How far errors on two devices go together: formulas leave out the same on both. */
function correlationOf(model: string): number {
  const { others, ...known } = facts.correlation.value
  return Object.hasOwn(known, model) ? known[model as keyof typeof known] : others
}

function spreadOf({ p10S, p90S }: Estimate): number {
  return p10S > 0 && p90S > p10S ? Math.log(p90S / p10S) / (2 * Z90) : 0
}
