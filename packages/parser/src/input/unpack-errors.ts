// What is said of packed data that is cut off or damaged.
import { messageOf } from '@flowsim/trace-schema/vocabulary'
import { TraceParseError } from '../errors.js'

/** The error for packed data that ends too early. */
export function truncated(source: string, packing: string, byte: number): TraceParseError {
  return new TraceParseError(
    'truncated',
    `${source}: the ${packing} data ends in the middle, after ${byte} bytes of text; copy it again, or keep what is complete with --salvage`,
    byte,
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
    `${source}: the ${packing} data is damaged after ${byte} bytes of text (${why}); copy it again`,
    byte,
    { cause },
  )
}
