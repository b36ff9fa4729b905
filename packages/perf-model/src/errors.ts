/** Why a model or a hardware description was refused. */
export type PerfModelErrorCode =
  | 'unsupported_op'
  | 'unsupported_dtype'
  | 'invalid_dimension'
  | 'unknown_hardware'
  | 'invalid_hardware'
  | 'invalid_profile'
  | 'unknown_model'
  | 'unknown_mode'

/** An operation that a model cannot answer, or hardware that cannot be read. */
export class PerfModelError extends Error {
  override readonly name = 'PerfModelError'

  constructor(
    /** Stable reason, for programs. */
    readonly code: PerfModelErrorCode,
    message: string,
    /** The field at fault, such as `k` or `device.clockHz`. */
    readonly field = '',
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
