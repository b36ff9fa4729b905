import { FlowsimError } from '@flowsim/trace-schema'

/** Why replay refused its input. */
export type ReplayErrorCode =
  | 'no_traces'
  | 'duplicate_rank'
  | 'invalid_trace'
  | 'invalid_option'
  | 'invalid_scenarios'
  | 'unknown_provider'

/**
 * Input that cannot be replayed. Broken dependencies of a trace are not errors: they are counted in
 * `graph.report.faults`.
 */
export class ReplayError extends FlowsimError<ReplayErrorCode> {
  override readonly name = 'ReplayError'
}
