// What is said of packed data that is cut off or damaged.
import { messageOf } from '@flowsim/trace-schema'
import { TraceParseError } from '../errors.js'

/** The error for packed data that ends too early. */
export function truncated(source: string, packing: string, byte: number): TraceParseError {
  return new TraceParseError(
    'truncated',
    `the ${packing} data ends in the middle, after ${byte} bytes of text; copy it again, or keep what is complete`,
    { source, at: { byte }, isSalvageable: true },
  )
}

/** The error for packed data that is damaged. */
export function damaged(
  source: string,
  packing: string,
  byte: number,
  cause: unknown,
): TraceParseError {
  const why = messageOf(cause)
  return new TraceParseError(
    'corrupt',
    `the ${packing} data is damaged after ${byte} bytes of text (${why}); copy it again, or keep what can be read`,
    { source, at: { byte }, cause, isSalvageable: true },
  )
}

/** The error for packed data that is whole but packed in a way that is not read here. */
export function unreadablePacking(source: string, problem: string): TraceParseError {
  return new TraceParseError('unsupported_format', problem, { source })
}
