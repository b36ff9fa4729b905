/** Why a document was refused. */
export type TraceSchemaErrorCode =
  | 'untagged'
  | 'unknown_document'
  | 'wrong_document'
  | 'newer_major'
  | 'no_upgrade'
  | 'invalid'

/**
 * A document that is not what it should be. The message is one line: the input's name, where in it
 * (a JSON path), what is wrong and what to do.
 */
export class TraceSchemaError extends Error {
  override readonly name = 'TraceSchemaError'

  constructor(
    /** Stable reason, for programs. */
    readonly code: TraceSchemaErrorCode,
    message: string,
    /** JSON path of the fault, such as `kernels[3].startNs`; empty for the document itself. */
    readonly path = '',
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
