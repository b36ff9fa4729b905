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

/**
 * A trace that cannot be read. The message is one line: the input's name, where in it, what is wrong
 * and what to do.
 */
export class TraceParseError extends Error {
  override readonly name = 'TraceParseError'

  constructor(
    /** Stable reason, for programs. */
    readonly code: TraceParseErrorCode,
    message: string,
    /** Offset in the uncompressed text, where it is known. */
    readonly byte?: number,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
