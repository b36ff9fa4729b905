import { FlowsimError } from '@flowsim/trace-schema'

/** Why a client gave up. */
export type TaskApiErrorCode =
  | 'invalid_option'
  | 'bad_journal'
  | 'request_failed'
  | 'server_refused'
  | 'timeout'
  | 'aborted'

/** A request that got no answer; the source is a URL or a file. */
export class TaskApiError extends FlowsimError<TaskApiErrorCode> {
  override readonly name = 'TaskApiError'
}
