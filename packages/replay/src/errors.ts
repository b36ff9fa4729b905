/** Why replay refused its input. */
export type ReplayErrorCode =
  | 'no_traces'
  | 'duplicate_rank'
  | 'invalid_trace'
  | 'invalid_option'
  | 'invalid_scenarios'
  | 'unknown_provider'

/**
 * Input that cannot be replayed. The message is one line: what, where, what to do. Broken dependencies
 * of a trace are not errors: they are counted in `graph.report.faults`.
 */
export class ReplayError extends Error {
  override readonly name = 'ReplayError'

  constructor(
    /** Stable reason, for programs. */
    readonly code: ReplayErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
