/**
 * Results of serving simulations: as a page for `renderPage`, as rows of tables, as curves.
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
export { type ServingRunFacts, servingPage } from './serving/serving-page.js'
