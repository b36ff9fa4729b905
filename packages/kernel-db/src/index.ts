export { type ClassifyContext, classify } from './classify/classify.js'
export { type ClassifyOptions, classifyTrace } from './classify/classify-trace.js'
export type { LayerFeedForward, LayerMixer, ModelShape } from './classify/model-shape.js'
export { KernelDbError, type KernelDbErrorCode } from './errors.js'
export { readableName } from './names/kernel-name.js'
export { matchReference, readReferenceDatabase } from './reference/reference.js'
export { type KernelDatabase, kernelDatabase, readRules } from './rules/database.js'
export { type LintFinding, type LintKind, lint } from './rules/lint.js'
export type { KernelRule, OperatorRule, RuleExample, RuleFile } from './rules/rule-file.js'
export {
  type AddedKernels,
  addKernels,
  type UnknownKernel,
  type UnknownKernels,
  unknownKernels,
} from './rules/unknown-kernels.js'
