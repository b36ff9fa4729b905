/** Why a report was refused. */
export type ReportErrorCode = 'operations_mismatch' | 'estimates_mismatch' | 'layers_mismatch'

/** Data that makes no report. The message is one line: what, where, what to do. */
export class ReportError extends Error {
  override readonly name = 'ReportError'

  constructor(
    /** Stable reason, for programs. */
    readonly code: ReportErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
