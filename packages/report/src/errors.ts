import { FlowsimError } from '@flowsim/trace-schema'

/** Why a report was refused. */
export type ReportErrorCode = 'operations_mismatch' | 'estimates_mismatch' | 'layers_mismatch'

/** Data that makes no report. */
export class ReportError extends FlowsimError<ReportErrorCode> {
  override readonly name = 'ReportError'
}
