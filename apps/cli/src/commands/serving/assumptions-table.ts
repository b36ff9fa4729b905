// The values that entered a simulation though its configuration does not state them, as a table.

import type { Assumption } from '@flowsim/serving-sim'
import { tableText } from '../../program/lines.js'

export const ASSUMPTIONS_TITLE = 'What the configuration does not state'
export const ASSUMPTION_COLUMNS = ['value', '', 'from']

/** A row for each value: which, how much, from where. */
export function assumptionRows(assumptions: readonly Assumption[]): string[][] {
  return assumptions.map(({ name, value, source }) => [name, String(value), source])
}

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
