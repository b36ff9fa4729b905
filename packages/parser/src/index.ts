export {
  FLOWSIM_COLUMNS,
  flowsimCsv,
  flowsimRows,
  type ReferenceLookup,
  type ReferenceMatch,
} from './compat/flowsim.js'
export { TraceParseError, type TraceParseErrorCode } from './errors.js'
export type { TraceInput } from './input/chunks.js'
export type { StackMode } from './link/launch-contexts.js'
export { type ParseOptions, parseTrace } from './parse-trace.js'
