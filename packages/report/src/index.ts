/**
 * FlowSim's results for people: one HTML page that needs nothing but a browser, and tables and small
 * plots for a terminal.
 *
 * @module
 */

export { ReportError, type ReportErrorCode } from './errors.js'
export * from './pages.js'
export { renderReport } from './render-report.js'
export type { ReportData, ReportPrediction } from './report-data.js'
export * from './serving.js'
export * from './terminal.js'
