/** Why an analysis was refused. */
export type AnalysisErrorCode =
  | 'operations_mismatch'
  | 'no_traces'
  | 'duplicate_rank'
  | 'bad_option'

/** Input that cannot be analysed. The message is one line: what, where, what to do. */
export class AnalysisError extends Error {
  override readonly name = 'AnalysisError'

  constructor(
    /** Stable reason, for programs. */
    readonly code: AnalysisErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
