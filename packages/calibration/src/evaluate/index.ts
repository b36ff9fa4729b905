export type { Row } from './columns.js'
export { type Errors, ErrorTally, type PredictedTime } from './errors.js'
export { type EvaluateOptions, type Evaluation, evaluate } from './evaluate.js'
export { MEASURED_OPS, type MeasuredOp, type MeasuredRow, measuredRow } from './measured-rows.js'
