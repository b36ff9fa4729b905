import { FlowsimError, type FlowsimErrorOptions } from '@flowsim/trace-schema/vocabulary'

/** Why a trace could not be read. */
export type TraceParseErrorCode =
  | 'empty'
  | 'not_a_trace'
  | 'truncated'
  | 'corrupt'
  | 'unsupported_format'
  | 'no_kernels'
  | 'capture_mismatch'
  | 'aborted'
  | 'unreadable'

/** A trace that cannot be read; `at.byte` is the offset in the uncompressed text, where it is known. */
export class TraceParseError extends FlowsimError<TraceParseErrorCode> {
  override readonly name = 'TraceParseError'

  constructor(
    code: TraceParseErrorCode,
    message: string,
    byte?: number,
    options: FlowsimErrorOptions = {},
  ) {
    super(code, message, { ...options, at: byte === undefined ? options.at : { byte } })
  }
}
