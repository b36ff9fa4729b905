import { FlowsimError, type FlowsimErrorOptions } from '@flowsim/trace-schema'

/** Why a trace could not be read. */
export type TraceParseErrorCode =
  | 'empty'
  | 'not_a_trace'
  | 'truncated'
  | 'corrupt'
  | 'unsupported_format'
  | 'missing_library'
  | 'no_kernels'
  | 'capture_mismatch'
  | 'aborted'
  | 'unreadable'

/** A trace that cannot be read; `at.byte` is the offset in the unpacked data, where it is known. */
export class TraceParseError extends FlowsimError<TraceParseErrorCode> {
  override readonly name = 'TraceParseError'
  /** Name of the input. */
  declare readonly source: string
  /** Whether what is whole of the input can be read with `salvage`; the problem ends by offering it. */
  readonly isSalvageable: boolean

  constructor(
    code: TraceParseErrorCode,
    /** What is wrong and what to do, without the input's name. */
    readonly problem: string,
    where: FlowsimErrorOptions & { source: string; isSalvageable?: boolean },
  ) {
    super(code, `${where.source}: ${problem}`, where)
    this.isSalvageable = where.isSalvageable ?? false
  }
}
