export { type Errors, type EvaluateOptions, type Evaluation, evaluate } from './evaluate.js'
export {
  MEASURED_OPS,
  type MeasuredOp,
  type MeasuredRow,
  measuredRow,
  type Row,
} from './measured-rows.js'
