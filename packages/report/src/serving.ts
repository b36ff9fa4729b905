/**
 * Results of serving simulations: as a page, as rows of tables, as curves; without what the page of a trace needs.
 *
 * @module
 */

export {
  ASSUMPTION_COLUMNS,
  ASSUMPTIONS_TITLE,
  assumptionRows,
} from './serving/assumption-rows.js'
export { costRows } from './serving/cost-rows.js'
export { type Curve, latencyCurves, thinned, timelineCurves } from './serving/curves.js'
export { metricRows, seconds } from './serving/metric-rows.js'
export {
  renderServingReport,
  type ServingChart,
  type ServingReportData,
  type ServingTable,
  type ServingTile,
} from './serving/render-serving-report.js'
export { type ServingRunFacts, servingReportData } from './serving/serving-report-data.js'
