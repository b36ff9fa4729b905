// Kernels of Ampere's instructions: on later devices a compute unit does no more in a cycle than it did there. Which
// they are stands in choice.json.

import { matrixThroughput } from '@flowsim/perf-model/parts'
import type { Dtype, HardwareSpec } from '@flowsim/trace-schema'
import facts from './choice.json' with { type: 'json' }

const { family, framework, vendor, generations, flopsPerCycle } = facts.olderInstructions

/** Whether a framework's kernels of a family are of older instructions than the device's own. */
export function isOlder(name: string, source: string | undefined, hardware: HardwareSpec): boolean {
  const [generation = ''] = (hardware.computeCapability ?? '').split('.')
  return (
    name === family &&
    source === framework &&
    hardware.vendor === vendor &&
    generations.includes(generation)
  )
}

/** Factor on the share of a donor's peak that older instructions reach on a device. */
export function olderRatio(hardware: HardwareSpec, donor: HardwareSpec, dtype: Dtype): number {
  return reachable(hardware, dtype) / reachable(donor, dtype)
}

/** Share of the peak that is within reach of older instructions. */
function reachable(spec: HardwareSpec, dtype: Dtype): number {
  const { computeUnits, matrixClockHz, clockHz } = spec.device
  const { flopsPerS } = matrixThroughput(spec, dtype, 'attention')
  const perCycle = flopsPerS / computeUnits / (matrixClockHz ?? clockHz)
  return Math.min(1, flopsPerCycle / perCycle)
}
