// Collectives on more devices than were measured together: among several nodes, or through a rack. NCCL's
// algorithms over the links and adapters that the device's description names, with NCCL's own constants.
import type { EstimateOptions } from '@flowsim/perf-model'
import { acrossNodesTime, toEstimate } from '@flowsim/perf-model/parts'
import {
  type CollectiveCall,
  type Estimate,
  type HardwareSpec,
  opWork,
} from '@flowsim/trace-schema'

/**
 * How far operators' figures lie from it: 370 to 450 GB/s of bus bandwidth where 388 are predicted, and latencies
 * of small messages from 20 to 40 us where 25 to 45 are.
 */
const SPREAD = [0.75, 1.35] as const

/**
 * The estimate of a collective that no rows speak about. It takes `fewerS` at least, seconds of the same one on the
 * devices that were measured together: what rows show beyond NCCL's constants does not end where they do.
 */
export function beyondMeasured(
  model: string,
  call: CollectiveCall,
  hardware: HardwareSpec,
  { devicesPerNode }: EstimateOptions,
  fewerS = 0,
): Estimate {
  const ncclS = acrossNodesTime(call, hardware, { reach: 'nccl', devicesPerNode })
  const networkS = Math.max(ncclS, fewerS)
  return toEstimate(model, call, hardware, {
    parts: { computeS: 0, memoryS: 0, launchS: 0, networkS },
    bound: 'network',
    work: opWork(call),
    spread: SPREAD,
    notes: [
      `no rows of ${call.devices} devices: NCCL's algorithms over the links and adapters of the description${
        fewerS > ncclS ? '; as long as on the fewer devices that were measured' : ''
      }`,
    ],
  })
}
