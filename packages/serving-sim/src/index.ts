/**
 * Simulates LLM serving request by request: our own engine, and inference-sim, Vidur and ReaLLM exactly.
 *
 * @module
 */

export {
  type CompareOptions,
  type Comparison,
  compareRuns,
  type RunComparison,
} from './compare/compare.js'
export {
  metricsOfRecorded,
  type RecordedRequest,
  type RecordedToken,
  type RunFile,
  readRecordedRequests,
  readRecordedTokens,
  workloadOfRecorded,
} from './compare/measured-run.js'
export { type PreparedComparison, prepareComparison } from './compare/prepare-comparison.js'
export { metricsOfResult, type RunMetrics } from './compare/run-metrics.js'
export {
  DEFAULT_THRESHOLDS,
  type MetricScore,
  type MetricValues,
  relativeError,
  scoreMetric,
  type Thresholds,
  type Verdict,
  verdictOf,
} from './compare/scorer.js'
export { type RunSettings, type SettingMismatch, statedSettings } from './compare/settings.js'
export {
  type TestbedRow,
  type TestbedRun,
  type TestbedTables,
  testbedCsv,
  testbedTables,
} from './compare/testbed.js'
export type { BuiltWorkload, ReadText } from './config/build-workload.js'
export { buildWorkload, readGuideLlm, type WorkloadContext } from './config/build-workload.js'
export { DEFAULT_CPU_OVERHEAD, DEFAULT_SCHEDULER } from './config/flowsim-options.js'
export { type PreparedRun, prepareConfig, prepareServing } from './config/prepare.js'
export type { PrepareOptions } from './config/prepare-context.js'
export type { ReallmKernelSource } from './config/prepare-reallm.js'
export type { ModelStepTime, ServingConfig } from './config/serving-schema.js'
export { servingSchema } from './config/serving-schema.js'
export { validate } from './config/validate.js'
export { parseYaml, type YamlSource } from './config/yaml-source.js'
export { mean, quantile, quantileSorted } from './core/quantile.js'
export { buildReport, type SloLimits, summarise } from './core/report.js'
export { type RequestState, RequestTable } from './core/request-table.js'
export type { BatchRow, SimulationResult } from './core/simulation-result.js'
export type { TimelineInterval } from './core/timeline.js'
export { WeightedSamples } from './core/weighted-samples.js'
export { CsvTable } from './csv.js'
export { ServingError, type ServingErrorCode, type SourcePlace } from './errors.js'
export { GoRand } from './random/go-rand.js'
export { NumpyRandomState, PythonRandom } from './random/mersenne-twister.js'
export { Random } from './random/random.js'
export { fitMonotone } from './regression/monotone.js'
export { type ForestOptions, fitRandomForest } from './regression/random-forest.js'
export type { Fit, Regressor } from './regression/regressor.js'
export type { AdmissionOptions } from './simulators/flowsim/cluster/admission.js'
export type { AutoscalingOptions } from './simulators/flowsim/cluster/autoscaler.js'
export type { RoutingOptions, RoutingScorer } from './simulators/flowsim/cluster/routing.js'
export { simulateFlowsim } from './simulators/flowsim/engine.js'
export type {
  CpuOverhead,
  FlowsimOptions,
  InstanceKv,
  InstanceOptions,
  SchedulerOptions,
  TransferOptions,
} from './simulators/flowsim/options.js'
export { SCHEDULER_POLICIES, type SchedulerPolicy } from './simulators/flowsim/schedulers/index.js'
export {
  type InferenceSim2025Metrics,
  type InferenceSim2025Options,
  type InferenceSim2025Request,
  type InferenceSim2025Result,
  type InferenceSimRequest,
  simulateInferenceSim2025,
} from './simulators/inference-sim/engine-2025.js'
export {
  type InferenceSimHeadRequest,
  type InferenceSimHeadResult,
  type InferenceSimLatency,
  type InferenceSimMetrics,
  type InferenceSimOptions,
  type InferenceSimResult,
  simulateInferenceSim,
} from './simulators/inference-sim/engine-head.js'
export {
  REALLM_NODES,
  type ReallmAllReduce,
  type ReallmNode,
  reallmAllReduce,
} from './simulators/reallm/all-reduce.js'
export {
  type ReallmOptions,
  type ReallmRecord,
  type ReallmRequest,
  type ReallmResult,
  type ReallmScheduler,
  type ReallmStepTime,
  reallmResultsCsv,
  simulateReallm,
} from './simulators/reallm/engine.js'
export {
  type KernelLibraries,
  KernelLibrary,
  librarySeconds,
} from './simulators/reallm/kernel-library.js'
export {
  REALLM_DEVICES,
  type ReallmKernelCounts,
  type ReallmKernelKind,
  type RooflineDevice,
  rooflineSeconds,
} from './simulators/reallm/kernel-roofline.js'
export { type ReallmPercentiles, type ReallmSlo, reallmSlo } from './simulators/reallm/slo.js'
export {
  VIDUR_DEVICES,
  VIDUR_MODELS,
  VIDUR_NODES,
  type VidurModel,
} from './simulators/vidur/catalogue.js'
export {
  simulateVidur,
  type VidurBatchRecord,
  type VidurBatchStage,
  type VidurOptions,
  type VidurResult,
} from './simulators/vidur/engine.js'
export {
  CLOSED_FORM_OPERATORS,
  type StageTime,
  type VidurOperators,
  type VidurPredictorOptions,
  vidurStageTime,
  vidurStepTime,
} from './simulators/vidur/predictor.js'
export {
  type ProfileFile,
  type ProfileOptions,
  type VidurProfiles,
  vidurOperators,
} from './simulators/vidur/profile-tables.js'
export {
  VIDUR_REQUEST_COLUMNS,
  type VidurRequestColumn,
  type VidurRequestRow,
  vidurRequestMetrics,
} from './simulators/vidur/request-metrics.js'
export type { VidurSchedulerOptions } from './simulators/vidur/schedulers/replica.js'
export type { VidurBatch, VidurRequest, VidurSequence } from './simulators/vidur/sequence.js'
export type { Deployment, PlaceOf, ResolveModel } from './step-time/create-step-time.js'
export { INFERENCE_SIM_HARDWARE } from './step-time/inference-sim-hardware.js'
export {
  type InferenceSimHardware,
  type InferenceSimModel,
  inferenceSimModel,
} from './step-time/inference-sim-model.js'
export {
  inferenceSimPhysics,
  type PhysicsParallelism,
  TRAINED_PHYSICS,
} from './step-time/inference-sim-physics.js'
export { inferenceSimRoofline } from './step-time/inference-sim-roofline.js'
export { type ArrivalSpec, arrivalTimes } from './workload/arrivals.js'
export { type GuideLlmRequest, type GuideLlmSpec, guideLlmRequests } from './workload/guidellm.js'
export {
  INFERENCE_SIM_CLI_DEFAULTS,
  type InferenceSimCliSpec,
  inferenceSimCliRequests,
} from './workload/inference-sim-cli.js'
export { type LengthSpec, lengthSampler } from './workload/lengths.js'
export { type LengthTable, type ReallmTraceRequest, ReallmTraces } from './workload/reallm.js'
export { type SyntheticSpec, syntheticRequests } from './workload/synthetic.js'
export {
  changeTrace,
  readTrace,
  TRACE_FORMATS,
  type Trace,
  type TraceChanges,
  type TraceFormat,
} from './workload/traces.js'
export { type VidurWorkloadSpec, vidurRequests } from './workload/vidur.js'
