/**
 * Pages of results: a verdict, then its evidence; one HTML file each, whole without a script.
 *
 * @module
 */

export { type DiffPageFacts, type DiffPageSide, diffPage } from './diff/diff-page.js'
export { DIFF_PARTS, MATCHED, mergedRows, rowShapes } from './diff/diff-rows.js'
export { type JobPageFacts, type JobRank, jobPage } from './job/job-page.js'
export type { BarsChart } from './page/bars-chart.js'
export type { LineChart } from './page/line-chart.js'
export { renderPage } from './page/render-page.js'
export type {
  Evidence,
  ResultCell,
  ResultChart,
  ResultColumn,
  ResultPage,
  ResultTable,
  ResultTile,
} from './page/result-page.js'
export type { StripsChart } from './page/strips-chart.js'
