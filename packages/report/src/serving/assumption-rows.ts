// The values that entered a simulation though its configuration does not state them, as rows of a table.
import type { Assumption } from '@flowsim/serving-sim'

export const ASSUMPTIONS_TITLE = 'What the configuration does not state'
export const ASSUMPTION_COLUMNS = ['value', '', 'from']

/** A row for each value: which, how much, from where. */
export function assumptionRows(assumptions: readonly Assumption[]): string[][] {
  return assumptions.map(({ name, value, source }) => [name, String(value), source])
}
