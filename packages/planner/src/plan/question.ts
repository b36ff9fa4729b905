// What a plan is asked: a model, traffic, limits, and devices to choose from.
import type { CostSettings, ReadText } from '@flowsim/serving-sim'
import type { HardwareSpec, WorkloadRequest } from '@flowsim/trace-schema'
import type { Price } from '../cost/prices.js'
import type { Limit } from './limits.js'

/** Devices of one kind that may be used. */
export interface Budget {
  /** Name in the catalogue, or a description file. */
  hardware: string
  /** Its name, under which prices stand. */
  name: string
  vendor: HardwareSpec['vendor']
  /** Devices of a node: no group of tensor parallelism leaves it. */
  nodeDevices: number
  /** Most devices. */
  devices: number
}

/** How a deployment serves: each instance both phases, or prompts and outputs apart. */
export type Mode = 'aggregated' | 'disaggregated'

/** Drafts that steps may verify; what is accepted is a property of model and texts. */
export interface Drafts {
  /** As `speculation.method` of a configuration. */
  method: string
  /** Chance of each drafted token. */
  acceptance: number
  /** Depths to try, beside none. */
  depths: readonly number[]
}

/** The question. */
export interface PlanQuestion {
  /** As `stepTime.model` of a configuration. */
  model: string
  /** The section `workload` of the configurations that come out. */
  workload: Readonly<Record<string, unknown>>
  /** What that section means. */
  requests: readonly WorkloadRequest[]
  limits: readonly Limit[]
  budgets: readonly Budget[]
  /** As `stepTime.kernels`. */
  engine: 'vllm' | 'sglang' | 'trtllm'
  engineVersion?: string | undefined
  modes: readonly Mode[]
  /** As `stepTime.precision`; undefined: as in the checkpoint. */
  precisions: readonly (string | undefined)[]
  /** As `stepTime.kvPrecision`; undefined: as the activations. */
  kvPrecisions: readonly (string | undefined)[]
  drafts?: Drafts | undefined
  cost: CostSettings
  prices?: readonly Price[] | undefined
  seed: number
  readText: ReadText
}
