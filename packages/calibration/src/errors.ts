import { FlowsimError } from '@flowsim/trace-schema'

/** Why the package cannot answer anything, whatever it is asked. */
export type CalibrationErrorCode = 'missing_profiles'

/**
 * The built-in profiles cannot be read: there is no file system, or the package is not whole. Unlike a
 * PerfModelError it does not mean that one operation has no answer.
 */
export class CalibrationError extends FlowsimError<CalibrationErrorCode> {
  override readonly name = 'CalibrationError'
}
