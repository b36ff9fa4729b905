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

/** Where a fault lies in a file. */
export interface SourcePlace {
  /** File as the user named it. */
  file?: string
  /** Line, from 1. */
  line?: number
  /** Column, from 1. */
  column?: number
}

/**
 * A configuration, workload or profile that cannot be used. The message is one line:
 * `file:line:column: what is wrong; what to do`.
 */
export class ServingError extends FlowsimError<ServingErrorCode> {
  override readonly name = 'ServingError'

  constructor(
    code: ServingErrorCode,
    message: string,
    place: SourcePlace = {},
    options: { cause?: unknown } = {},
  ) {
    const { file, line, column } = place
    const where = [file, line, line === undefined ? undefined : column].filter(
      (part) => part !== undefined,
    )
    super(code, where.length > 0 ? `${where.join(':')}: ${message}` : message, {
      source: file,
      at: line === undefined ? undefined : { line, column },
      cause: options.cause,
    })
  }
}
