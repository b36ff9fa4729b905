export { type ChipArea, chipArea, memoryCostUsd } from './area/chip-area.js'
export { PerfModelError, type PerfModelErrorCode } from './errors.js'
export {
  type Errors,
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  MEASURED_OPS,
  type MeasuredOp,
  type MeasuredRow,
  measuredRow,
  type Row,
} from './evaluate/index.js'
export { findHardware, type HardwareQuery, listHardware } from './hardware/find.js'
export type { LlmcompassTemplate } from './hardware/llmcompass-template.js'
export {
  type HardwareProblem,
  isLlmcompassTemplate,
  readHardware,
  readTemplate,
  sourceOf,
  validateHardware,
} from './hardware/read.js'
export type { EstimateOptions, LatencyModel } from './model.js'
export {
  type CalibratedOptions,
  type CalibrateOptions,
  type CalibrationProfile,
  type CalibrationRow,
  calibrate,
  calibrated,
  calibrationProfileSchema,
  createCalibrated,
  type FitReport,
  type ProfileSection,
  parseProfile,
} from './models/calibrated/index.js'
export { type MeasuredOptions, measured } from './models/measured/index.js'
export { roofline } from './models/roofline.js'
export { tile } from './models/tile/model.js'
export { getModel, MODELS } from './models.js'
export { type Aims, paretoFront } from './sweep/pareto.js'
export {
  type SweepAxes,
  type SweepOptions,
  type SweepPoint,
  type SweepResult,
  type SweepWorkload,
  sweepHardware,
} from './sweep/sweep-hardware.js'
export {
  type CountedCall,
  type TransformerBlock,
  type TransformerBlockLatency,
  transformerBlock,
  transformerCalls,
} from './transformer-block.js'
