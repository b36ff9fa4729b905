// Predicted kernels as times for a replay: every kernel has one, and it is known which are stand-ins.
import { unansweredTime } from '@flowsim/calibration'
import type { KernelTrace } from '@flowsim/trace-schema'
import type { KernelPrediction } from './predict-kernels.js'

/** Times of the kernels of a trace, in nanoseconds, and how far they are predicted. */
export interface PredictedTimes {
  durationsNs: Float64Array
  p10Ns: Float64Array
  p90Ns: Float64Array
  /** 1 for kernels that are predicted, by themselves or with the kernel that they help. */
  answered: Uint8Array
  /** What stands in for a kernel without an estimate is its measured time by this factor. */
  change: number
}

/** The times of predicted kernels. A helper takes no time: the kernel that it helps is charged with it. */
export function predictedTimes(
  { kernels }: KernelTrace,
  { estimates, helped, isElsewhere }: KernelPrediction,
): PredictedTimes {
  const count = kernels.length
  const [durationsNs, p10Ns, p90Ns] = [0, 1, 2].map(() => new Float64Array(count))
  const answered = new Uint8Array(count)
  let measured = 0
  let predicted = 0
  for (let k = 0; k < count; k++) {
    const main = helped[k]! >= 0 ? helped[k]! : k
    if (estimates[main] === null) continue
    answered[k] = 1
    measured += kernels[k]!.durationNs
    const estimate = estimates[k]
    if (!estimate) continue
    predicted += estimate.latencyS * 1e9
    durationsNs![k] = estimate.latencyS * 1e9
    p10Ns![k] = estimate.p10S * 1e9
    p90Ns![k] = estimate.p90S * 1e9
  }
  // On its own device, a measured time stands for itself.
  const change = isElsewhere && measured > 0 ? predicted / measured : 1
  for (let k = 0; k < count; k++) {
    if (answered[k] === 1) continue
    const time = unansweredTime(kernels[k]!.durationNs, change)
    durationsNs![k] = time.ns
    p10Ns![k] = time.p10Ns
    p90Ns![k] = time.p90Ns
  }
  return { durationsNs: durationsNs!, p10Ns: p10Ns!, p90Ns: p90Ns!, answered, change }
}
