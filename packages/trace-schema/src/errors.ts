import { FlowsimError } from './flowsim-error.js'

/** Why a document was refused. */
export type TraceSchemaErrorCode =
  | 'untagged'
  | 'unknown_document'
  | 'wrong_document'
  | 'newer_major'
  | 'no_upgrade'
  | 'invalid'

/** A document that is not what it should be; `at.path` is the first field at fault. */
export class TraceSchemaError extends FlowsimError<TraceSchemaErrorCode> {
  override readonly name = 'TraceSchemaError'
}
