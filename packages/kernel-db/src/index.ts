export { type ClassifyContext, classify } from './engine/classify.js'
export { classifyTrace } from './engine/classify-trace.js'
export { KernelDatabase, kernelDatabase, type RuleMatch } from './engine/database.js'
export { KernelDbError, type KernelDbErrorCode } from './errors.js'
export { familyOf } from './families.js'
export { type LintFinding, type LintKind, lint } from './lint.js'
export { demangle } from './names/demangle.js'
export { readableName } from './names/kernel-name.js'
export {
  matchReference,
  type ReferenceKernel,
  type ReferenceMatch,
  readReferenceDatabase,
  referenceDatabase,
} from './reference/reference.js'
export type { KernelRule, OperatorRule, RuleExample, RuleParameters } from './rule.js'
export {
  type AddedKernels,
  addKernels,
  type UnknownKernel,
  type UnknownKernels,
  unknownKernels,
} from './user/unknown-kernels.js'
export { readUserDatabase, type UserDatabase, type UserKernel } from './user/user-database.js'
