import { FlowsimError } from '@flowsim/trace-schema'

export type PlanErrorCode = 'invalid_limit' | 'invalid_budget' | 'invalid_traffic' | 'nothing_fits'

/** A question that cannot be answered as it is asked. */
export class PlanError extends FlowsimError<PlanErrorCode> {
  override readonly name = 'PlanError'
}
