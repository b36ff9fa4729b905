// Time in which devices run at least one kernel.
import { unionNs } from '@flowsim/analysis'
import type { ReplayGraph } from './graph.js'

/**
 * Busy time of each device (a pair of rank and device), in the order of `kernelDevice`. Kernels are sorted by device
 * first: a job has thousands of them.
 */
export function deviceBusyNs(
  { kernelDevice, deviceCount }: ReplayGraph,
  startNs: Float64Array,
  durationNs: Float64Array,
): number[] {
  if (deviceCount === 1) return [unionNs(startNs, durationNs)]
  const first = new Uint32Array(deviceCount + 1)
  for (const device of kernelDevice) first[device + 1]!++
  for (let device = 0; device < deviceCount; device++) first[device + 1]! += first[device]!
  const next = first.slice()
  const starts = new Float64Array(startNs.length)
  const durations = new Float64Array(startNs.length)
  for (let k = 0; k < startNs.length; k++) {
    const at = next[kernelDevice[k]!]!++
    starts[at] = startNs[k]!
    durations[at] = durationNs[k]!
  }
  return Array.from({ length: deviceCount }, (_, device) => {
    const [from, to] = [first[device]!, first[device + 1]!]
    return unionNs(starts.subarray(from, to), durations.subarray(from, to))
  })
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
