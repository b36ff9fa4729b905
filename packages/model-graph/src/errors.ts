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

/**
 * An input that no step can be built from. The message is one line: the input's name, the field, what
 * is wrong and what to do.
 */
export class ModelGraphError extends Error {
  override readonly name = 'ModelGraphError'

  constructor(
    /** Stable reason, for programs. */
    readonly code: ModelGraphErrorCode,
    message: string,
    /** The field at fault, such as `num_key_value_heads` or `parallelism.tensor`. */
    readonly field: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
