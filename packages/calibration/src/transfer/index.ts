export { type MeasuredHere, transferEstimate } from './transfer-estimate.js'
export { type BoundedTime, commonErrorShare, unansweredTime } from './unanswered.js'
