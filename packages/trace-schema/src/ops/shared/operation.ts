// What an operation is: its fields, its least work, and the words for it.
import type { OpFamily } from '../../op-family.js'
import type { CallWith, Fields } from './fields.js'
import type { OpWork } from './work.js'

/** The part of a machine that an operation keeps busy. */
export type RunsOn =
  /** The matrix units. */
  | 'matrix'
  /** The vector units and the memory. */
  | 'vector'
  /** The links between devices. */
  | 'links'
  /** The copy engines, where it leaves the device. */
  | 'copy'

/** An operation of the vocabulary. */
export interface Operation<Op extends string = string, F extends Fields = Fields> {
  /** Its name in an `OpCall`. */
  readonly op: Op
  /** What it is, in a few words. */
  readonly title: string
  /** Its group in a report, where no rule says another. */
  readonly family: OpFamily
  /** The part of a machine that it keeps busy. */
  readonly runsOn: RunsOn
  /** Its dimensions and types. */
  readonly fields: F
  /** Fields that are at most as large as another: the experts of a token as those that there are. */
  readonly atMost?: Readonly<Record<string, string>>
  /** Fields that a person may leave out, with what is meant then. */
  readonly usual?: Partial<CallWith<Op, F>>
  /** Columns of the input for each of the result, where there are several. */
  readonly inputWidth?: number
  /** A typical call. */
  readonly example: CallWith<Op, F>
  /** Its least work. */
  work(call: CallWith<Op, F>): OpWork
  /** Its dimensions in a few characters, as people in the field write them; without types. */
  describe(call: CallWith<Op, F>): string
}

/** An operation, whose name every call and its example carry. */
export function operation<const Op extends string, const F extends Fields>(
  op: Op,
  definition: Omit<Operation<Op, F>, 'op' | 'example' | 'fields'> & {
    fields: F
    example: Omit<CallWith<Op, F>, 'op'>
  },
): Operation<Op, F> {
  return { op, ...definition, example: { op, ...definition.example } as CallWith<Op, F> }
}
