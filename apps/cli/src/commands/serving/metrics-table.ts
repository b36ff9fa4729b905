// Aggregate metrics as a table: one column for the cluster and one for each instance.

import { costRows, metricRows } from '@flowsim/report/serving'
import { counted, type ServingCost, type ServingReport } from '@flowsim/trace-schema'
import { tableText } from '../../program/lines.js'

/** Most instances that get their own column. */
const MOST_COLUMNS = 6

/** The metrics of a simulation and what it cost, for a terminal. */
export function renderMetrics(reports: readonly ServingReport[], cost?: ServingCost): string {
  const shown = reports.slice(0, MOST_COLUMNS + 1)
  const rows = metricRows(shown)
  const single = shown.length === 1
  const table = tableText(
    [
      { label: single ? shown[0]!.engine : 'metric' },
      ...shown.map(({ instance }) => ({
        label: single ? '' : instance,
        align: 'right' as const,
        flexible: 'wrap' as const,
      })),
    ],
    rows,
  )
  const costs = cost === undefined ? [] : costRows(cost)
  const whole =
    costs.length === 0
      ? table
      : `${table}\n\n${tableText([{ label: 'cost' }, { label: '', flexible: 'wrap' }], costs)}`
  const hidden = reports.length - shown.length
  return hidden > 0 ? `${whole}\nand ${counted(hidden, 'instance')} more: see --json` : whole
}
