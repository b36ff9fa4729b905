// Puts an estimate together and lets no time leave that is not a finite, non-negative number.
import type { Bound, Estimate, HardwareSpec, OpCall, OpWork } from '@flowsim/trace-schema'
import { PerfModelError } from './errors.js'

/** Seconds of an operation that no other part hides. */
export interface Parts {
  computeS: number
  memoryS: number
  launchS: number
  networkS: number
}

/** What a model found out about an operation. */
export interface Prediction {
  parts: Parts
  bound: Bound
  work: OpWork
  /** The time itself, where it is not exactly the sum of its parts. */
  latencyS?: number
  /** Factors on the latency that one run in ten stays below and above. */
  spread: readonly [p10: number, p90: number]
  notes?: string[]
  profile?: string
}

/**
 * The {@link Estimate} of a prediction.
 * @throws PerfModelError `invalid_dimension` when the work is beyond what a double can hold
 */
export function toEstimate(
  model: string,
  call: OpCall,
  hardware: HardwareSpec,
  prediction: Prediction,
): Estimate {
  const { parts, work, spread, notes } = prediction
  const latencyS =
    prediction.latencyS ?? parts.computeS + parts.memoryS + parts.launchS + parts.networkS
  const bytes = work.readBytes + work.writeBytes
  const p90S = latencyS * spread[1]
  if (!(p90S >= 0 && p90S < Infinity && bytes < Infinity && work.flops < Infinity)) {
    const [field, value] = largestNumber(call)
    throw new PerfModelError(
      'invalid_dimension',
      `${call.op}.${field}: ${value} makes more work than can be counted`,
      field,
    )
  }
  const estimate: Estimate = {
    schema: 'flowsim.estimate/1',
    latencyS,
    p10S: latencyS * spread[0],
    p90S,
    flops: work.flops,
    bytes,
    bound: prediction.bound,
    parts,
    model,
    hardware: hardware.name,
    profile: prediction.profile ?? null,
  }
  if (notes !== undefined && notes.length > 0) estimate.notes = notes
  return estimate
}

function largestNumber(call: OpCall): [string, number] {
  let largest: [string, number] = ['op', 0]
  for (const [key, value] of Object.entries(call)) {
    if (typeof value === 'number' && value > largest[1]) largest = [key, value]
  }
  return largest
}
