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
} from './calibrated/index.js'
export { CalibrationError, type CalibrationErrorCode } from './errors.js'
export {
  type Errors,
  ErrorTally,
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  MEASURED_OPS,
  type MeasuredOp,
  type MeasuredRow,
  measuredRow,
  type PredictedTime,
  type Row,
} from './evaluate/index.js'
export { sourceOfKernel, threadsOf } from './kernel-source.js'
export { collectiveTimes } from './measured/collective-times.js'
export { type MeasuredOptions, measured } from './measured/index.js'
export { getModel, MODELS } from './models.js'
export { provideProfiles } from './profiles/load.js'
export {
  type BoundedTime,
  commonErrorShare,
  type MeasuredHere,
  transferEstimate,
  unansweredTime,
} from './transfer/index.js'
