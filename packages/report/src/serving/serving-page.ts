// The HTML page of one simulation.
import type { PreparedRun, SimulationResult } from '@flowsim/serving-sim'
import type { ServingCost } from '@flowsim/trace-schema'
import type { ResultPage } from '../page/result-page.js'
import { ASSUMPTION_COLUMNS, ASSUMPTIONS_TITLE, assumptionRows } from './assumption-rows.js'
import { CLASS_COLUMNS, classRow } from './class-rows.js'
import { costRows } from './cost-rows.js'
import { type Curve, latencyCurves, thinned, timelineCurves } from './curves.js'
import { metricRows } from './metric-rows.js'
import { tiles } from './tiles.js'
import { verdict } from './verdict.js'
import { whatRan } from './what-ran.js'

/** Most instances that get their own column. */
const MOST_COLUMNS = 12
const MOST_POINTS = 400

/** What is known of a run beside its result. */
export interface ServingRunFacts {
  title: string
  /** Program and version that makes the report. */
  generator: string
  /** What was simulated. */
  prepared: PreparedRun
  cost: ServingCost
}

/** Verdict, figures, tables and charts of a simulation. */
export function servingPage(
  result: SimulationResult,
  { title, generator, prepared, cost }: ServingRunFacts,
): ResultPage {
  const { assumptions, config, devices } = prepared
  const reports = [result.report, ...result.instances].slice(0, MOST_COLUMNS + 1)
  const series = (...curves: Curve[]) =>
    curves.map((curve) => ({ name: curve.name, points: thinned(curve, MOST_POINTS) }))
  const over = timelineCurves(result)
  const costs = costRows(cost)
  const classes = result.report.classes ?? []
  return {
    kind: 'serving simulation',
    title,
    generator,
    verdict: verdict(result, config.slo),
    facts: whatRan(prepared),
    tiles: tiles(result.report, { devices, cost }),
    warnings: result.warnings,
    tables: [
      {
        title: 'Metrics',
        columns: [
          result.engine,
          ...reports.map(({ instance }) => (reports.length === 1 ? '' : instance)),
        ],
        rows: metricRows(reports),
      },
      ...(classes.length === 0
        ? []
        : [{ title: 'Service classes', columns: CLASS_COLUMNS, rows: classes.map(classRow) }]),
      ...(costs.length === 0 ? [] : [{ title: 'Cost', columns: ['', ''], rows: costs }]),
      ...(assumptions.length === 0
        ? []
        : [
            {
              title: ASSUMPTIONS_TITLE,
              columns: ASSUMPTION_COLUMNS,
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
