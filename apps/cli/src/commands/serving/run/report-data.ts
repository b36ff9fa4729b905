// The HTML page of one simulation.
import type { ServingReportData } from '@flowsim/report'
import type { PreparedRun, SimulationResult } from '@flowsim/serving-sim'
import type { ServingCost } from '@flowsim/trace-schema'
import { ASSUMPTION_COLUMNS, ASSUMPTIONS_TITLE, assumptionRows } from '../assumptions-table.js'
import { costRows } from '../cost-rows.js'
import { metricRows } from '../metrics-table.js'
import { type Curve, latencyCurves, thinned, timelineCurves } from './curves.js'

/** Most instances that get their own column. */
const MOST_COLUMNS = 12
const MOST_POINTS = 400

/** Tables and charts of a simulation. */
export function servingReportData(
  result: SimulationResult,
  {
    title,
    generator,
    assumptions,
    cost,
  }: {
    title: string
    generator: string
    assumptions: PreparedRun['assumptions']
    cost: ServingCost
  },
): ServingReportData {
  const reports = [result.report, ...result.instances].slice(0, MOST_COLUMNS + 1)
  const series = (...curves: Curve[]) =>
    curves.map((curve) => ({ name: curve.name, points: thinned(curve, MOST_POINTS) }))
  const over = timelineCurves(result)
  const costs = costRows(cost)
  return {
    title,
    generator,
    warnings: result.warnings,
    tables: [
      {
        title: 'Metrics',
        header: [
          result.engine,
          ...reports.map(({ instance }) => (reports.length === 1 ? '' : instance)),
        ],
        rows: metricRows(reports),
      },
      ...(costs.length === 0 ? [] : [{ title: 'Cost', header: ['', ''], rows: costs }]),
      ...(assumptions.length === 0
        ? []
        : [
            {
              title: ASSUMPTIONS_TITLE,
              header: ASSUMPTION_COLUMNS,
              rows: assumptionRows(assumptions),
            },
          ]),
    ],
    charts: [
      ...latencyCurves(result).map((curve) => ({
        title: `${curve.name} of requests`,
        xLabel: 'ms',
        yLabel: '% of requests',
        series: series(curve),
      })),
      ...(over === null
        ? []
        : [
            {
              title: 'Throughput over time',
              xLabel: 's',
              yLabel: 'output tokens/s',
              series: series(over.throughput),
            },
            {
              title: 'KV cache over time',
              xLabel: 's',
              yLabel: '% of blocks in use',
              series: series(over.kvUse),
            },
            {
              title: 'Requests over time',
              xLabel: 's',
              yLabel: 'requests',
              series: series(over.running, over.waiting),
            },
          ]),
    ],
  }
}
