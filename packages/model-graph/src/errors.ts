/** Why a model, a parallelism or a batch was refused. */
export type ModelGraphErrorCode =
  | 'unknown_architecture'
  | 'unknown_model'
  | 'invalid_config'
  | 'unknown_quantization'
  | 'invalid_parallelism'
  | 'invalid_batch'
  | 'invalid_option'
  | 'does_not_fit'

/** Where a fault lies. */
export interface ModelGraphFault {
  /** Name of the input, such as a file; absent where the fault lies in the options of a call. */
  source?: string
  /** The field, such as `num_key_value_heads` or `parallelism.tensor`; empty for the whole input. */
  path: string
}

/**
 * An input that no step can be built from. The message is one line: the input's name, the field, what
 * is wrong and what to do.
 */
export class ModelGraphError extends Error {
  override readonly name = 'ModelGraphError'
  /** Name of the input, such as a file. */
  readonly source: string | undefined
  /** The field at fault. */
  readonly at: { path: string }

  constructor(
    /** Stable reason, for programs. */
    readonly code: ModelGraphErrorCode,
    message: string,
    { source, path }: ModelGraphFault,
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.source = source
    this.at = { path }
  }
}
