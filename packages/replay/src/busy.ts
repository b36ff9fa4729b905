// Time in which devices run at least one kernel.
import { unionNs } from '@flowsim/analysis'
import type { ReplayGraph } from './graph.js'

/** Busy time of each device (a pair of rank and device), in the order of `kernelDevice`. */
export function deviceBusyNs(
  { kernelDevice, deviceCount }: ReplayGraph,
  startNs: Float64Array,
  durationNs: Float64Array,
): number[] {
  if (deviceCount === 1) return [unionNs(startNs, durationNs)]
  return Array.from({ length: deviceCount }, (_, device) =>
    unionNs(startNs, durationNs, (k) => kernelDevice[k] === device),
  )
}

/** Mean busy time over devices. */
export function meanBusyNs(
  graph: ReplayGraph,
  startNs: Float64Array,
  durationNs: Float64Array,
): number {
  const devices = deviceBusyNs(graph, startNs, durationNs)
  return devices.reduce((a, b) => a + b, 0) / Math.max(1, devices.length)
}
