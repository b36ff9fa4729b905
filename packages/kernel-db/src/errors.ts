import { FlowsimError } from '@flowsim/trace-schema'

/** Why the kernel database refused an input. */
export type KernelDbErrorCode =
  /** A file that is not a document of the expected kind, or is of another version. */
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

/**
 * Says in which place of which input a fault lies that was found while something of it was made.
 * @throws KernelDbError with source and path
 */
export function located<Made>(source: string, path: string, make: () => Made): Made {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof KernelDbError) || error.source !== undefined) throw error
    const at = [path, error.at?.path].filter((part) => part).join('.')
    throw new KernelDbError(error.code, `${source}: ${at}: ${error.message}`, {
      source,
      at: { path: at },
      cause: error.cause,
    })
  }
}
