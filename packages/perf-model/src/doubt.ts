// Whether what is known of a kernel can be true. Dimensions that imply more arithmetic or traffic than the
// device can do in the measured time are wrong, or the time is.
import type { Estimate, HardwareSpec, OpCall } from '@flowsim/trace-schema'
import { PerfModelError } from './errors.js'
import { roofline } from './models/roofline.js'

/** Multiples of the listed peak or bandwidth: caches and boost clocks explain less than this. */
export const DOUBT = 3

/**
 * Whether an operation that took `measuredS` seconds on a device would have needed more than `DOUBT`
 * times its peak, its memory bandwidth or that of its links. Operations that the roofline cannot tell are not
 * doubted.
 */
export function isDoubtful(call: OpCall, measuredS: number, hardware: HardwareSpec): boolean {
  return leastTimeS(call, hardware) > DOUBT * measuredS
}

/** By device and operation: the kernels of a trace are few operations over and over. */
const leastTimes = new WeakMap<HardwareSpec, WeakMap<OpCall, number>>()

/** Seconds at the full rates of a device; −∞ for what the roofline cannot tell. */
function leastTimeS(call: OpCall, hardware: HardwareSpec): number {
  let known = leastTimes.get(hardware)
  if (known === undefined) {
    known = new WeakMap()
    leastTimes.set(hardware, known)
  }
  let least = known.get(call)
  if (least === undefined) {
    least = atFullRates(call, hardware)
    known.set(call, least)
  }
  return least
}

function atFullRates(call: OpCall, hardware: HardwareSpec): number {
  try {
    const { computeS, memoryS, networkS } = roofline.estimate(call, hardware).parts
    return computeS + memoryS + networkS
  } catch (error) {
    if (error instanceof PerfModelError) return -Infinity
    throw error
  }
}

/** An estimate from dimensions that are doubtful: the time itself, with wider bounds. */
export function doubted(estimate: Estimate): Estimate {
  return { ...estimate, p10S: estimate.p10S / DOUBT, p90S: estimate.p90S * DOUBT }
}
