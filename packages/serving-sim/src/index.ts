/**
 * Simulates LLM serving request by request: FlowSim's simulator, and other simulators exactly.
 *
 * @module
 */

export type { ComparedCommand } from './compare/commands.js'
export type { Comparison, RunComparison } from './compare/compare.js'
export {
  type PreparedComparison,
  prepareComparison,
} from './compare/prepare-comparison.js'
export type { RunMetrics } from './compare/run-metrics.js'
export type { MetricScore, Thresholds, Verdict } from './compare/scorer.js'
export type { RunSettings, SettingMismatch } from './compare/settings.js'
export type { CostSettings } from './config/cost-schema.js'
export { comparisonJsonSchema, type JsonSchema, servingJsonSchema } from './config/json-schema.js'
export {
  type PreparedRun,
  type PrepareOptions,
  prepareServing,
} from './config/prepare.js'
export type { ReadText } from './config/read-text.js'
export { schemaLine } from './config/schema-line.js'
export type { ServingConfig } from './config/serving-schema.js'
export type { RequestState, RequestTable } from './core/request-table.js'
export type { BatchRow, DeviceUse, SimulationResult } from './core/simulation-result.js'
export type { TimelineInterval } from './core/timeline.js'
export type { WeightedSamples } from './core/weighted-samples.js'
export { ServingError, type ServingErrorCode, type SourcePlace } from './errors.js'
export {
  type MeasuredArrival,
  type MeasuredLatency,
  type MeasuredRun,
  workloadOfRun,
} from './measured/measured-run.js'
export { readMeasuredRuns } from './measured/read-measured-runs.js'
export type { AdapterOptions } from './simulators/flowsim/adapters/options.js'
export { type SimulateOptions, simulateFlowsim } from './simulators/flowsim/engine.js'
export type { GrammarOptions } from './simulators/flowsim/grammars/options.js'
export type { EncoderOptions } from './simulators/flowsim/images/options.js'
export type {
  CpuOverhead,
  FlowsimOptions,
  InstanceKv,
  InstanceOptions,
  PoolScaling,
  SchedulerOptions,
} from './simulators/flowsim/options.js'
export type { OutageOptions } from './simulators/flowsim/outages/options.js'
export type { SpeculationOptions } from './simulators/flowsim/speculation/options.js'
export {
  type AdapterCost,
  type AdapterSpec,
  type Assumption,
  bareDeployment,
  type Deployment,
  type DeviceFacts,
  type DeviceWork,
  type Drafter,
  type KvMemory,
  type KvRoom,
  type OwnDrafters,
  type StepTimeConfig,
  type VisionEncoder,
} from './step-time/deployment.js'
export { type EngineRules, type GraphSizes, PLAIN_ENGINE } from './step-time/engine-rules.js'
export {
  defineStepTime,
  type StepTimeContext,
  type StepTimeKind,
} from './step-time/step-time-kind.js'
export { type ReadTraceOptions, readTrace } from './workload/read-trace.js'
export { type SyntheticSpec, syntheticRequests } from './workload/synthetic.js'
export type { Trace } from './workload/trace-format.js'
