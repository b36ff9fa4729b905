// What a serving simulator is to the rest of the package: its fields of a configuration, how it prepares, runs
// and tells its results. Adding one is a folder beside this file and a line in index.ts; its name stands
// nowhere else. See docs/contributing/simulator.md.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import type { z } from 'zod'
import type { RecordedRunFormat } from '../compare/recorded-run.js'
import type { RunSettings } from '../compare/settings.js'
import type { ReadText } from '../config/read-text.js'
import type { SloLimits } from '../core/report.js'
import type { SimulationResult } from '../core/simulation-result.js'
import type { SourcePlace } from '../errors.js'
import type { MeasuredFormat } from '../measured/measured-run.js'
import type { Assumption, Deployment, StepTimeConfig } from '../step-time/deployment.js'
import type { StepTimeKind } from '../step-time/step-time-kind.js'
import type { TraceFormat } from '../workload/trace-format.js'
import type { WorkloadKind } from '../workload/workload-kind.js'

/** Limits by service class. */
export type SloByClass = Readonly<Record<string, SloLimits>>

/** Fields that every configuration may have. */
export interface CommonFields {
  name?: string | undefined
  seed: number
  /** Simulated time after which nothing happens any more. */
  horizonS?: number | undefined
}

/** Schemas that a simulator may use in its fields. */
export interface SchemaKit {
  /** The section `stepTime`, of any kind. */
  stepTime: z.ZodType<StepTimeConfig>
}

/** What a simulator is given besides its fields. */
export interface SimulatorContext {
  /** In order of arrival; there is at least one. */
  requests: readonly WorkloadRequest[]
  /** Requests a second that the workload says it has; null: it does not say. */
  ratePerS: number | null
  slo: SloByClass | undefined
  /** Whether to keep every batch. */
  recordBatches: boolean
  readText: ReadText
  /** Where a field of the configuration stands. */
  place(path: readonly PropertyKey[]): SourcePlace
  /** The deployment that a section `stepTime` at `path` means. */
  deploy(config: StepTimeConfig, path: readonly PropertyKey[], blockSize: number): Deployment
}

/** How a simulator is written: `Setup` is a run that is ready, `Native` its result in its own form. */
export interface SimulatorDefinition<Fields extends z.ZodRawShape, Setup, Native> {
  /** What `engine` of a configuration says. */
  name: string
  /** Its fields of a configuration, besides the common ones. */
  schema(kit: SchemaKit): Fields
  /**
   * Checks the configuration and reads its files; nothing runs yet, but everything is known to fit.
   * @throws ServingError with the place of the field at fault
   */
  prepare(config: z.infer<z.ZodObject<Fields>> & CommonFields, context: SimulatorContext): Setup
  /** Simulates; may be called again. */
  run(setup: Setup): Native
  /** The common form of what it gives back. */
  result(native: Native, setup: Setup): SimulationResult
  /** Settings that must agree for two runs to be compared; null where it has no such thing. */
  settings(setup: Setup): RunSettings
  /** Devices of the whole deployment; null where it does not know. */
  devices(setup: Setup): number | null
  /** Values that enter the run though the configuration does not state them. */
  assumptions?(setup: Setup): readonly Assumption[]
  /** Step times, workloads, traces and recorded runs that come with it. */
  stepTimes?: readonly StepTimeKind[]
  workloads?: readonly WorkloadKind[]
  traceFormats?: readonly TraceFormat[]
  recordedRuns?: readonly RecordedRunFormat[]
  measuredRuns?: readonly MeasuredFormat[]
}

/** A run that is ready to go. */
export interface ReadyRun {
  /** Devices of the whole deployment; null where the simulator does not know. */
  devices: number | null
  settings: RunSettings
  /** Values that enter the run though the configuration does not state them, with sources. */
  assumptions: readonly Assumption[]
  /** Simulates; may be called again. */
  run(): SimulationResult
}

/** A simulator, as the list of them holds it. */
export interface Simulator {
  readonly name: string
  schema(kit: SchemaKit): z.ZodRawShape
  prepare(config: CommonFields, context: SimulatorContext): ReadyRun
  readonly stepTimes: readonly StepTimeKind[]
  readonly workloads: readonly WorkloadKind[]
  readonly traceFormats: readonly TraceFormat[]
  readonly recordedRuns: readonly RecordedRunFormat[]
  /** Results in other forms than tables of requests. */
  readonly measuredRuns: readonly MeasuredFormat[]
}

/** A simulator for the list. */
export function defineSimulator<Fields extends z.ZodRawShape, Setup, Native>(
  simulator: SimulatorDefinition<Fields, Setup, Native>,
): Simulator {
  const { stepTimes = [], workloads = [], traceFormats = [] } = simulator
  const { recordedRuns = [], measuredRuns = [] } = simulator
  return {
    name: simulator.name,
    schema: (kit) => simulator.schema(kit),
    prepare(config, context) {
      // The schema of this simulator has made the configuration.
      const own = config as Parameters<typeof simulator.prepare>[0]
      const setup = simulator.prepare(own, context)
      return {
        devices: simulator.devices(setup),
        settings: simulator.settings(setup),
        assumptions: simulator.assumptions?.(setup) ?? [],
        run: () => simulator.result(simulator.run(setup), setup),
      }
    },
    stepTimes,
    workloads,
    traceFormats,
    recordedRuns,
    measuredRuns,
  }
}
