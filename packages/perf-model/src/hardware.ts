// The hardware catalogue, hardware files and LLMCompass templates: `@flowsim/perf-model/hardware`.
export { PerfModelError, type PerfModelErrorCode } from './errors.js'
export { findHardware, type HardwareQuery, listHardware } from './hardware/find.js'
export type { LlmcompassTemplate } from './hardware/llmcompass-template.js'
export {
  type HardwareProblem,
  readHardware,
  readTemplate,
  sourceOf,
  validateHardware,
} from './hardware/read.js'
