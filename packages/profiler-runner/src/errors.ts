/** Why a run, a job or a request was given up. */
export type ProfilerRunnerErrorCode =
  | 'invalid_option'
  | 'command_not_found'
  | 'port_in_use'
  | 'server_exited'
  | 'server_not_ready'
  | 'server_refused'
  | 'request_failed'
  | 'trace_missing'
  | 'trace_incomplete'
  | 'unsupported'
  | 'aborted'
  | 'timeout'
  | 'bad_input'
  | 'backend_failed'
  | 'job_not_found'
  | 'missing_dependency'

/**
 * A run, a job or a request that failed. The message is one line: what failed, where (a URL, a file,
 * a command) and what to do.
 */
export class ProfilerRunnerError extends Error {
  override readonly name = 'ProfilerRunnerError'

  constructor(
    /** Stable reason, for programs. */
    readonly code: ProfilerRunnerErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
