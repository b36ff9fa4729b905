// Refuses operations that no model can answer.
import { callFault, type OpCall } from '@flowsim/trace-schema'
import { PerfModelError, type PerfModelErrorCode } from './errors.js'

const CODES = {
  op: 'unsupported_op',
  dtype: 'unsupported_dtype',
  dimension: 'invalid_dimension',
} satisfies Record<string, PerfModelErrorCode>

/**
 * Checks an operation before it is estimated.
 * @throws PerfModelError `unsupported_op`, `unsupported_dtype` or `invalid_dimension`; `at.path` names
 *   what is wrong
 */
export function checkCall(call: OpCall): void {
  const fault = callFault(call)
  if (fault === undefined) return
  const { kind, path, what } = fault
  const where = kind === 'op' ? 'op' : `${call.op}.${path}`
  throw new PerfModelError(CODES[kind], `${where}: ${what}`, path)
}

/** The error for a dimension that cannot be. */
export function invalidDimension(op: string, key: string, what: string): PerfModelError {
  return new PerfModelError('invalid_dimension', `${op}.${key}: ${what}`, key)
}
