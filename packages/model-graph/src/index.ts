export { type BatchSummary, type SequenceStep, summarizeBatch } from './batch.js'
export { devicesPerToken } from './blocks/experts.js'
export type { ExpertFeedForward } from './blocks/feed-forward.js'
export { type BuildStepOptions, buildStep } from './build.js'
export { builtInModel, findModel, type ListedModel, listModels } from './catalogue/catalogue.js'
export { type CompiledStep, compileStep } from './compile.js'
export { parseConfig } from './config/parse-config.js'
export { type ReadModelOptions, readModel } from './config/read-model.js'
export { type DraftLayers, draftMemory, eagleLayer, predictorLayers } from './draft-layers.js'
export type { DtypeOptions } from './dtypes.js'
export { ModelGraphError, type ModelGraphErrorCode, type ModelGraphFault } from './errors.js'
export { type Fit, type FitOptions, fitSequences } from './fit.js'
export type { GraphOp, StepGraph, StepOptions } from './graph.js'
export type { ImageRule, ImageSize } from './images/image-rule.js'
export { type ImageTokens, imageTokens } from './images/image-tokens.js'
export { embeddingWidth, type TowerWork, towerWork } from './images/tower-work.js'
export { type MemoryOptions, type MemoryUse, memoryUse } from './memory.js'
export {
  type LayerKind,
  type ModelConfig,
  sliceModel,
  type Tower,
} from './model.js'
export type { CommunicationGroup, Layout, Parallelism } from './parallelism.js'
export {
  linearScheme,
  type Quantization,
  SCHEME_NAMES,
  type SchemeName,
  type WeightPart,
} from './quantization.js'
export { buildGeneration, type GenerationOptions } from './synth/generation.js'
export {
  type SynthDevice,
  type SynthOptions,
  synthesizeTraces,
} from './synth/synthesize.js'
export type { HostTimes } from './synth/timeline.js'
export { countParameters, type ParameterCount } from './weights.js'
