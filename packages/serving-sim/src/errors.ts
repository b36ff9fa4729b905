import { FlowsimError } from '@flowsim/trace-schema'

/** Why a configuration, a workload or a run was refused. */
export type ServingErrorCode =
  | 'invalid_config'
  | 'unknown_field'
  | 'invalid_workload'
  | 'empty_workload'
  | 'invalid_trace'
  | 'invalid_profile'
  | 'impossible_parallelism'
  | 'model_does_not_fit'
  | 'unsupported'

/** Where a fault lies. */
export interface SourcePlace {
  /** Name of the input, as the user gave it. */
  source?: string
  /** Line, from 1. */
  line?: number
  /** Column, from 1. */
  column?: number
}

/**
 * A configuration, workload or profile that cannot be used. The message is one line:
 * `source:line:column: what is wrong; what to do`.
 */
export class ServingError extends FlowsimError<ServingErrorCode> {
  override readonly name = 'ServingError'

  constructor(
    code: ServingErrorCode,
    message: string,
    place: SourcePlace = {},
    options: { cause?: unknown } = {},
  ) {
    const { source, line, column } = place
    const where = [source, line, line === undefined ? undefined : column].filter(
      (part) => part !== undefined,
    )
    super(code, where.length > 0 ? `${where.join(':')}: ${message}` : message, {
      source,
      at: line === undefined ? undefined : { line, column },
      cause: options.cause,
    })
  }
}
