import { FlowsimError } from '@flowsim/trace-schema'

/** Why another simulator's file or plan was refused. */
export type ExternalErrorCode =
  | 'not_a_log'
  | 'invalid_plan'
  | 'invalid_stats'
  | 'nothing_chosen'
  | 'command_failed'

/** What another simulator wrote, or was to be asked, is not usable. */
export class ExternalError extends FlowsimError<ExternalErrorCode> {
  override readonly name = 'ExternalError'
}
