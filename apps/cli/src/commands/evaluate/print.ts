// The table of an evaluation: how far predictions are from measurements, a group a row.
import type { Errors } from '@flowsim/calibration'
import { tableText } from '../../program/lines.js'
import { print } from '../../program/print.js'

/** A row: what it is of, and its errors. */
export interface ErrorRow {
  /** As many as there are columns of labels; those that are missing are empty. */
  labels: readonly string[]
  errors: Errors
}

/** Prints errors; `what` are the things that were measured. */
export function printErrors(
  what: 'rows' | 'kernels',
  labels: readonly string[],
  rows: readonly ErrorRow[],
): void {
  const right = { align: 'right' } as const
  // Rows that the profile was fitted to say nothing of others.
  const isFitted = rows.some(({ errors }) => errors.fitted > 0)
  const isBounded = rows.some(({ errors }) => errors.insideP10P90 !== null)
  const percent = (share: number | null) => (share === null ? '-' : `${(100 * share).toFixed(2)} %`)
  const columns: [label: string, cell: (errors: Errors) => string][] = [
    [what, ({ count }) => String(count)],
    ['answered', ({ answered }) => String(answered)],
  ]
  if (isFitted) columns.push(['fitted to', ({ fitted }) => String(fitted)])
  columns.push(
    ['MAPE', ({ mape }) => percent(mape)],
    ['median', ({ medianApe }) => percent(medianApe)],
    ['p90', ({ p90Ape }) => percent(p90Ape)],
    ['bias', ({ bias }) => percent(bias)],
  )
  if (isBounded) columns.push(['in p10-p90', ({ insideP10P90 }) => percent(insideP10P90)])
  print(
    tableText(
      [
        ...labels.map((label) => ({ label, flexible: true })),
        ...columns.map(([label]) => ({ label, ...right })),
      ],
      rows.map((row) => [
        ...labels.map((_, i) => row.labels[i] ?? ''),
        ...columns.map(([, cell]) => cell(row.errors)),
      ]),
    ),
  )
}
