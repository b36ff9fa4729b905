// The values that entered a simulation though its configuration does not state them, for a terminal.
import { ASSUMPTION_COLUMNS, ASSUMPTIONS_TITLE, assumptionRows } from '@flowsim/report/serving'
import type { Assumption } from '@flowsim/serving-sim'
import { tableText } from '../../program/lines.js'

/** The table, for a terminal. */
export function renderAssumptions(assumptions: readonly Assumption[]): string {
  const [name, value, source] = ASSUMPTION_COLUMNS as [string, string, string]
  const columns = [
    { label: name, flexible: 'wrap' },
    { label: value, align: 'right', flexible: 'wrap' },
    { label: source, flexible: 'wrap' },
  ] as const
  return `${ASSUMPTIONS_TITLE}\n\n${tableText(columns, assumptionRows(assumptions))}`
}
