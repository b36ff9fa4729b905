/** Why the service refused to start or to work. */
export type ServerErrorCode =
  | 'invalid_option'
  | 'token_needed'
  | 'store_in_use'
  | 'store_failed'
  | 'worker_failed'
  | 'timeout'

/** A failure of the service. The message is one line: what, where, what to do. */
export class ServerError extends Error {
  override readonly name = 'ServerError'

  constructor(
    /** Stable reason, for programs. */
    readonly code: ServerErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
