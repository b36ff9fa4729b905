export {
  type CalibrateOptions,
  type CalibrationRow,
  calibrate,
  type FitReport,
} from './calibrate.js'
export { type CalibratedOptions, calibrated, createCalibrated } from './calibrated.js'
export {
  type CalibrationProfile,
  calibrationProfileSchema,
  type ProfileSection,
  parseProfile,
} from './profile.js'
