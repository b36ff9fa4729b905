export { TraceParseError, type TraceParseErrorCode } from './errors.js'
export { type ParseOptions, parseText } from './parse-trace.js'
