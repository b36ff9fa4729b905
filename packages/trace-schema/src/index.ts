export { type ClosestNamesOptions, closestNames, didYouMean } from './closest-names.js'
export { counted } from './counted.js'
export { plainCell, protectText, unprotectText } from './csv-cell.js'
export type { DocumentName, Documents } from './document.js'
export { DTYPES, type Dtype, dtypeBytes, parseDtype } from './dtype.js'
export { TraceSchemaError, type TraceSchemaErrorCode } from './errors.js'
export type { Bound, Estimate } from './estimate.js'
export {
  type ErrorPlace,
  FlowsimError,
  type FlowsimErrorOptions,
  messageOf,
} from './flowsim-error.js'
export { formatBytes } from './format-bytes.js'
export {
  type HardwareSpec,
  type LinkSpec,
  type MemoryLevel,
  matrixDtypes,
  memoryLevel,
  type NetworkSpec,
  type TileSpec,
} from './hardware-spec.js'
export { isKernel } from './is-kernel.js'
export type { KernelOperation } from './kernel-operation.js'
export {
  type AnnotationSpan,
  COLLECTIVE_KINDS,
  type CollectiveKind,
  type HostCall,
  type HostSpans,
  type KernelCollective,
  type KernelEvent,
  type KernelLaunch,
  type KernelOperator,
  type KernelTrace,
  type ProcessGroup,
  type TraceDevice,
  type TraceRepair,
} from './kernel-trace.js'
export type { OpFamily } from './op-family.js'
export { type AttentionSpan, attentionPairs } from './ops/attention.js'
export { type CallFault, callFault } from './ops/call-fault.js'
export {
  type CollectiveCall,
  describeCall,
  isCollective,
  isOpName,
  OP_NAMES,
  OPERATIONS,
  type OpCall,
  type OpCallOf,
  type OpName,
  opWork,
} from './ops/index.js'
export { busFactor } from './ops/shared/collective.js'
export { touchedExperts } from './ops/shared/experts.js'
export type { Field, Fields } from './ops/shared/fields.js'
export type { Operation, RunsOn } from './ops/shared/operation.js'
export { type OpWork, outputDtype } from './ops/shared/work.js'
export { asPredictedFor, predictedFor } from './predicted-for.js'
export {
  COLUMN_TYPES,
  HOST_KINDS,
  type PackedColumns,
  type PackedReportPage,
  type PageCeiling,
  type PageFinding,
  type PageHost,
  type PageKernelKind,
  type PageKernels,
  type PageModule,
  type PageTable,
  type ReportPage,
} from './report-page.js'
export {
  ALL_STREAMS,
  CallRole,
  callRole,
  isGraphLaunch,
  putsWork,
  waitsForDevice,
} from './runtime-calls.js'
export {
  type LatencySummary,
  REQUEST_STATES,
  type RequestRecord,
  type RequestState,
  type ServingClassReport,
  type ServingCost,
  type ServingMetrics,
  type ServingPower,
  type ServingReport,
  type ServingWorkload,
  type SpeculationReport,
  type WorkloadImage,
  type WorkloadRequest,
} from './serving.js'
export { shortKernelName } from './short-kernel-name.js'
export { StepBatch, type StepLaunch, type StepTimeModel } from './step-time.js'
export type { ParseSummary, SimulationSummary } from './summaries.js'
export type {
  OperatorArg,
  ScalarOperand,
  Tensor,
  TensorArg,
  TensorListOperand,
  TensorOperand,
  TensorRole,
} from './tensor.js'
export type { IdleSplit, TimeBudget } from './time-budget.js'
export { visible } from './visible.js'
