import { FlowsimError } from '@flowsim/trace-schema/vocabulary'

/** Why the service refused to start or to work. */
export type ServerErrorCode =
  | 'invalid_option'
  | 'token_needed'
  | 'store_in_use'
  | 'store_failed'
  | 'worker_failed'
  | 'timeout'

/** A failure of the service. */
export class ServerError extends FlowsimError<ServerErrorCode> {
  override readonly name = 'ServerError'
}
