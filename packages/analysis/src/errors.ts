import { FlowsimError } from '@flowsim/trace-schema'

/** Why an analysis was refused. */
export type AnalysisErrorCode =
  | 'operations_mismatch'
  | 'no_steps'
  | 'no_traces'
  | 'duplicate_rank'
  | 'bad_option'
  | 'not_counters'

/** Input that cannot be analysed. */
export class AnalysisError extends FlowsimError<AnalysisErrorCode> {
  override readonly name = 'AnalysisError'
}
