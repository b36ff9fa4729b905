import { FlowsimError } from '@flowsim/trace-schema'

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

/**
 * An operation that a model cannot answer, or hardware that cannot be read; `at.path` is the field at
 * fault, such as `k` or `device.clockHz`.
 */
export class PerfModelError extends FlowsimError<PerfModelErrorCode> {
  override readonly name = 'PerfModelError'
}
