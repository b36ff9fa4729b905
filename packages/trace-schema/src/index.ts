export {
  DOCUMENTS,
  type DocumentKind,
  type DocumentName,
  type Documents,
  jsonSchema,
  readDocument,
  readTagged,
  schemaTag,
} from './document.js'
export { DTYPES, type Dtype, dtypeBytes, parseDtype } from './dtype.js'
export { TraceSchemaError, type TraceSchemaErrorCode } from './errors.js'
export { type Bound, boundSchema, type Estimate, estimateSchema } from './estimate.js'
export {
  type ErrorPlace,
  FlowsimError,
  type FlowsimErrorOptions,
  messageOf,
} from './flowsim-error.js'
export {
  type HardwareSpec,
  hardwareSpecSchema,
  type LinkSpec,
  linkSpecSchema,
  type MemoryLevel,
  matrixDtypes,
  memoryLevel,
  memoryLevelSchema,
  type TileSpec,
  tileSpecSchema,
} from './hardware-spec.js'
export {
  type KernelOperation,
  kernelOperationSchema,
  type OpFamily,
  opFamilySchema,
} from './kernel-operation.js'
export {
  type AnnotationSpan,
  annotationSpanSchema,
  type CollectiveKind,
  collectiveKindSchema,
  type HostCall,
  hostCallSchema,
  type KernelCollective,
  type KernelEvent,
  type KernelLaunch,
  type KernelOperator,
  type KernelTrace,
  kernelCollectiveSchema,
  kernelEventSchema,
  kernelLaunchSchema,
  kernelOperatorSchema,
  kernelTraceSchema,
  type ProcessGroup,
  processGroupSchema,
  type TraceDevice,
  type TraceRepair,
  traceDeviceSchema,
  traceRepairSchema,
} from './kernel-trace.js'
export {
  OP_NAMES,
  type OpCall,
  type OpCallOf,
  type OpName,
  opCallSchema,
  scalingSchema,
} from './op-call.js'
export { attentionPairs, expectedGroups, type OpWork, opWork, outputDtype } from './op-work.js'
export type {
  PageBudget,
  PageCeiling,
  PageKernelKind,
  PageKernels,
  PageModule,
  PageTable,
  ReportPage,
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
  latencySummarySchema,
  type RequestRecord,
  requestRecordSchema,
  type ServingReport,
  type ServingWorkload,
  servingReportSchema,
  servingWorkloadSchema,
  type WorkloadRequest,
  workloadRequestSchema,
} from './serving.js'
export { StepBatch, type StepTimeModel } from './step-time.js'
export {
  type ParseSummary,
  parseSummarySchema,
  type SimulationSummary,
  simulationSummarySchema,
} from './summaries.js'
export {
  dtypeSchema,
  type OperatorArg,
  operatorArgSchema,
  type TensorArg,
  type TensorRole,
  tensorArgSchema,
  tensorRoleSchema,
} from './tensor.js'
