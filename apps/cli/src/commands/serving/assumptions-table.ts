// The values that entered a simulation though its configuration does not state them, as a table.
import { renderTable } from '@flowsim/report'
import type { Assumption } from '@flowsim/serving-sim'

export const ASSUMPTIONS_TITLE = 'What the configuration does not state'
export const ASSUMPTION_COLUMNS = ['value', '', 'from']

/** A row for each value: which, how much, from where. */
export function assumptionRows(assumptions: readonly Assumption[]): string[][] {
  return assumptions.map(({ name, value, source }) => [name, String(value), source])
}

/** The table, for a terminal. */
export function renderAssumptions(assumptions: readonly Assumption[]): string {
  const [name, value, source] = ASSUMPTION_COLUMNS as [string, string, string]
  const columns = [{ label: name }, { label: value, align: 'right' as const }, { label: source }]
  return `${ASSUMPTIONS_TITLE}\n\n${renderTable(columns, assumptionRows(assumptions))}`
}
