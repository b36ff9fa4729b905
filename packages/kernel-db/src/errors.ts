/** Why the kernel database refused an input. */
export type KernelDbErrorCode =
  /** A file that is no document of the expected kind, or is of another version. */
  | 'wrong_document'
  | 'other_version'
  /** A field of a document is wrong. */
  | 'invalid_document'
  /** A rule names an operation, a field or a dimension function that does not exist. */
  | 'invalid_rule'
  /** An expression for a dimension cannot be read. */
  | 'invalid_expression'

/**
 * An input that the kernel database cannot use. The message is one line: the input's name, where in
 * it, what is wrong and what to do.
 */
export class KernelDbError extends Error {
  override readonly name = 'KernelDbError'

  constructor(
    /** Stable reason, for programs. */
    readonly code: KernelDbErrorCode,
    message: string,
    /** JSON path of the fault, such as `kernels[3].dimensions.m`; empty for the document itself. */
    readonly path = '',
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
