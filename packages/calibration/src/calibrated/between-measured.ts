// Collectives on numbers of devices between two that were measured: 3 between 2 and 4, 5 to 7 between 4 and 8.
//
// NCCL chooses its algorithm by the number, and rows are of powers of two alone: what is learned of 4 says nothing of
// 5. Times between are on the line between their logarithms, over that of the number of devices.
import type { CollectiveCall, Estimate } from '@flowsim/trace-schema'

/** The measured numbers around one that was not measured; undefined: it was, or there are none around it. */
export function measuredAround(
  { devices }: CollectiveCall,
  most: number,
): readonly [number, number] | undefined {
  if (devices < 2) return undefined
  const below = 2 ** Math.floor(Math.log2(devices))
  return below === devices || 2 * below > most ? undefined : [below, 2 * below]
}

/** The estimate of a collective between those of fewer and of more devices. */
export function betweenMeasured(
  call: CollectiveCall,
  [fewer, more]: readonly [Estimate, Estimate],
  [below, above]: readonly [number, number],
): Estimate {
  const share = Math.log2(call.devices / below) / Math.log2(above / below)
  const between = (a: number, b: number) => a ** (1 - share) * b ** share
  const latencyS = between(fewer.latencyS, more.latencyS)
  const part = latencyS / more.latencyS
  const { computeS, memoryS, launchS, networkS } = more.parts
  return {
    ...more,
    latencyS,
    p10S: between(fewer.p10S, more.p10S),
    p90S: between(fewer.p90S, more.p90S),
    parts: {
      computeS: computeS * part,
      memoryS: memoryS * part,
      launchS: launchS * part,
      networkS: networkS * part,
    },
    notes: [
      ...(more.notes ?? []),
      `no rows of ${call.devices} devices: between those of ${below} and ${above}`,
    ],
  }
}
