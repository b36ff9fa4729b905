import { FlowsimError } from '@flowsim/trace-schema/vocabulary'

/** Why the kernel database refused an input. */
export type KernelDbErrorCode =
  /** A file that is no document of the expected kind, or is of another version. */
  | 'wrong_document'
  | 'other_version'
  /** A field of a document is wrong. */
  | 'invalid_document'
  /** A rule names an operation, a field or a dimension function that does not exist. */
  | 'invalid_rule'
  /** An expression for a dimension cannot be read. */
  | 'invalid_expression'

/** An input that the kernel database cannot use; `at.path` such as `kernels[3].dimensions.m`. */
export class KernelDbError extends FlowsimError<KernelDbErrorCode> {
  override readonly name = 'KernelDbError'
}
