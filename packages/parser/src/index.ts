export type { Capture } from './capture/captured-graph.js'
export type { CaptureReport } from './capture/merge-captures.js'
export {
  type FlowsimCsvOptions,
  flowsimCsv,
  type ReferenceLookup,
  type ReferenceMatch,
} from './compat/flowsim.js'
export { TraceParseError, type TraceParseErrorCode } from './errors.js'
export type { ExecutionTraceReport } from './execution-trace/join-execution-trace.js'
export type { ExecutionTrace } from './execution-trace/read-execution-trace.js'
export { withoutKernels } from './formats/index.js'
export { isTraceName } from './input/archive.js'
export type { TraceInput } from './input/chunks.js'
export type { StackMode } from './link/launch-contexts.js'
export { type MergeInput, mergeTraces } from './merge/merge-traces.js'
export {
  type ParseCaptureOptions,
  type ParseOptions,
  parseCapture,
  parseExecutionTrace,
  parseTrace,
} from './parse-trace.js'
export { describeRepair } from './repairs.js'
export { chakraTrace } from './writers/chakra.js'
export type { ChakraReport } from './writers/chakra-graph.js'
export { ChakraGroups } from './writers/chakra-groups.js'
export {
  type Cell,
  KERNEL_COLUMNS,
  type KernelColumn,
  type KernelRow,
  type KernelRows,
} from './writers/columns.js'
export { kernelCsvLines } from './writers/csv.js'
export { kernelJsonLines } from './writers/jsonl.js'
export { kinetoLines } from './writers/kineto.js'
export { kernelParquet } from './writers/parquet.js'
