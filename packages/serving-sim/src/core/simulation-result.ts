import type { ServingReport } from '@flowsim/trace-schema'
import type { RequestTable } from './request-table.js'
import type { TimelineInterval } from './timeline.js'
import type { WeightedSamples } from './weighted-samples.js'

/** One step of an instance. */
export interface BatchRow {
  instance: string
  startNs: number
  durationNs: number
  size: number
  prefillTokens: number
  decodeTokens: number
}

/** What an instance did with its devices. Times are of one device, the mean of them. */
export interface DeviceUse {
  instance: string
  devices: number
  /** Name of the device; null: not known. */
  hardware: string | null
  /** Most that a device takes; null: not known. */
  maximumW: number | null
  /** Up, whether busy or not. */
  upS: number
  /** Running steps. */
  busyS: number
  /** What the arithmetic of the steps takes at the device's peak; null: not known. */
  computeS: number | null
  /** What their memory traffic takes at the listed bandwidth; null: not known. */
  memoryS: number | null
}

/** What every engine gives back. */
export interface SimulationResult {
  engine: string
  /** All instances together. */
  report: ServingReport
  /** One for each instance, where there are several. */
  instances: ServingReport[]
  /** Every request, in the order of the workload. */
  requests: RequestTable
  /** Every step, where asked for. */
  batches: BatchRow[] | null
  /** Gaps between tokens, in nanoseconds; null where an engine does not know them. */
  itlNs: WeightedSamples | null
  /** How the run went over time; null where an engine does not say. */
  timeline: TimelineInterval[] | null
  /** What instances did with their devices; absent where an engine does not know. */
  use?: DeviceUse[]
  /** Metrics that only this engine has, under its own names. */
  native: Record<string, unknown> | null
  /** What a user should know about the run. */
  warnings: string[]
}
