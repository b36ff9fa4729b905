// The one shape of errors: every package's error class extends this one.

/** Where in an input a fault lies; the fields that its format has. */
export interface ErrorPlace {
  /** Offset in the (uncompressed) bytes. */
  byte?: number | undefined
  /** Line, from 1. */
  line?: number | undefined
  /** Column, from 1. */
  column?: number | undefined
  /** JSON path such as `kernels[3].startNs`; empty for the document itself. */
  path?: string | undefined
}

/** What is known of a fault besides its words. */
export interface FlowsimErrorOptions {
  /** Name of the input, as the user gave it. */
  source?: string | undefined
  /** Where in the input. */
  at?: ErrorPlace | undefined
  /** What was caught. */
  cause?: unknown
}

/**
 * A failure that a user can understand. The message is one line that stands alone: what, where, what
 * to do. Programs read `code`, `source` and `at` instead.
 */
export abstract class FlowsimError<Code extends string = string> extends Error {
  /** Stable reason, for programs. */
  readonly code: Code
  /** Name of the input, where the fault lies in one. */
  readonly source: string | undefined
  /** Where in the input, as far as it is known. */
  readonly at: ErrorPlace | undefined

  /** @param where - what else is known; a text alone is the JSON path of the fault */
  constructor(code: Code, message: string, where: FlowsimErrorOptions | string = {}) {
    const options: FlowsimErrorOptions = typeof where === 'string' ? { at: { path: where } } : where
    const { source, at, cause } = options
    super(oneLine(message), cause === undefined ? undefined : { cause })
    this.code = code
    this.source = source
    this.at = at
  }
}

/** A word this long is not one for people: a name from a hostile file, or bytes taken for a text. */
const LONG_WORD = /\S{500,}/g
const SHOWN = 100

function oneLine(message: string): string {
  return message
    .replace(/\s*[\n\r]\s*/g, ' ')
    .replace(LONG_WORD, (word) => `${word.slice(0, SHOWN)}… (${word.length} characters)`)
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
