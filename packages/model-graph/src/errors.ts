import { FlowsimError } from '@flowsim/trace-schema'

/** Why a model, a parallelism or a batch was refused. */
export type ModelGraphErrorCode =
  | 'unknown_architecture'
  | 'unknown_model'
  | 'invalid_config'
  | 'unknown_quantization'
  | 'invalid_parallelism'
  | 'invalid_batch'
  | 'invalid_option'
  | 'unreadable'
  | 'unreachable'
  | 'not_found'
  | 'forbidden'

/** Where a fault lies. */
export interface ModelGraphFault {
  /** Name of the input, such as a file; absent where the fault lies in the options of a call. */
  source?: string
  /** The field, such as `num_key_value_heads` or `parallelism.tensor`; empty for the whole input. */
  path: string
}

/**
 * An input that no step can be built from; `at.path` is the field at fault, such as
 * `num_key_value_heads` or `parallelism.tensor`.
 */
export class ModelGraphError extends FlowsimError<ModelGraphErrorCode> {
  override readonly name = 'ModelGraphError'

  constructor(
    code: ModelGraphErrorCode,
    message: string,
    { source, path }: ModelGraphFault,
    options: { cause?: unknown } = {},
  ) {
    super(code, message, { source, at: { path }, cause: options.cause })
  }
}
