// What rules can ask of a trace, by name.
import type { HardwareSpec, KernelOperation, KernelTrace } from '@flowsim/trace-schema'
import type { Breakdown } from '../breakdown.js'
import type { GemmRow } from '../gemm-table.js'
import type { Straggler } from '../match-collectives.js'
import type { Value } from './fill.js'
import { exposedCommunication, exposedTransfers, straggler } from './transfers.js'
import { allocations, hostWaits, stalls, waitingForHost } from './waits.js'
import { copies, experts, largeProducts, smallProducts, unfused } from './work.js'

/** What a measure reads. */
export interface Measured {
  trace: KernelTrace
  operations: readonly KernelOperation[]
  budget: Breakdown
  hardware?: HardwareSpec
  /** Of `gemmTable` on the hardware. */
  gemms?: readonly GemmRow[]
  stragglers?: readonly Straggler[]
}

/** What a measure says. */
export interface Measurement {
  /** Nanoseconds of the window that would be gained at most. */
  gainNs: number
  /** For the sentences and conditions of rules. */
  values: Record<string, Value>
  /** Where it shows best. */
  place?: { startNs: number; durationNs: number } | undefined
}

/** A measure; null where the trace does not show it. */
export type Measure = (input: Measured) => Measurement | null

/** Every measure. */
export const MEASURES = {
  waitingForHost,
  stalls,
  hostWaits,
  allocations,
  exposedCommunication,
  exposedTransfers,
  straggler,
  experts,
  largeProducts,
  smallProducts,
  unfused,
  copies,
} satisfies Record<string, Measure>

/** Name of a measure. */
export type MeasureName = keyof typeof MEASURES
