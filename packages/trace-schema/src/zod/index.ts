/**
 * The zod schemas of the vocabulary, and the reading of its documents. Needs `zod`, which the main entry
 * does without.
 *
 * @module
 */
export {
  DOCUMENTS,
  type DocumentKind,
  jsonSchema,
  readDocument,
  readTagged,
} from './document.js'
export { boundSchema, estimateSchema } from './estimate.js'
export {
  hardwareSpecSchema,
  linkSpecSchema,
  memoryLevelSchema,
  tileSpecSchema,
} from './hardware-spec.js'
export { kernelOperationSchema, opFamilySchema } from './kernel-operation.js'
export {
  annotationSpanSchema,
  collectiveKindSchema,
  hostCallSchema,
  hostSpansSchema,
  kernelCollectiveSchema,
  kernelEventSchema,
  kernelLaunchSchema,
  kernelOperatorSchema,
  kernelTraceSchema,
  processGroupSchema,
  traceDeviceSchema,
  traceRepairSchema,
} from './kernel-trace.js'
export { opCallSchema } from './op-call.js'
export { issueText, type SchemaFault, schemaFault, schemaFaultText } from './schema-fault.js'
export {
  latencySummarySchema,
  requestRecordSchema,
  servingClassReportSchema,
  servingCostSchema,
  servingPowerSchema,
  servingReportSchema,
  speculationReportSchema,
} from './serving.js'
export { servingWorkloadSchema, workloadRequestSchema } from './serving-workload.js'
export { parseSummarySchema, simulationSummarySchema } from './summaries.js'
export { dtypeSchema, operatorArgSchema, tensorArgSchema, tensorRoleSchema } from './tensor.js'
