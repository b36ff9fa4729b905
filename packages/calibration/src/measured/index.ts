export { type MeasuredOptions, measured } from './measured.js'
