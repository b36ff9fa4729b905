// The table of an evaluation: how far predictions are from measurements, a group a row.
import type { Errors } from '@flowsim/calibration'
import type { TableCell } from '@flowsim/report/terminal'
import { tableText } from '../../program/lines.js'
import { print } from '../../program/print.js'
import { type FormatFlags, type ResultTable, writeTables } from '../../program/tables.js'

/** A row: what it is of, and its errors. */
export interface ErrorRow {
  /** As many as there are columns of labels; those that are missing are empty. */
  labels: readonly string[]
  errors: Errors
}

/** What the rows are of. */
export interface ErrorsOf {
  /** The things that were measured. */
  what: 'rows' | 'kernels'
  labels: readonly string[]
  /** What a file of the table is called. */
  stem: string
}

/** Prints errors, or writes them in the form that was asked for. */
export async function giveErrors(
  rows: readonly ErrorRow[],
  of: ErrorsOf,
  flags: FormatFlags,
): Promise<void> {
  const table = errorsTable(rows, of)
  if (flags.format !== undefined) {
    await writeTables([table], flags, {
      stem: of.stem,
      lead: [],
      top: Number.POSITIVE_INFINITY,
    })
    return
  }
  const text = (cell: TableCell, isShare: boolean) => {
    if (cell === null) return '-'
    return isShare ? `${(100 * Number(cell)).toFixed(2)} %` : String(cell)
  }
  print(
    tableText(
      table.columns,
      table.rows.map((row) => row.map((cell, c) => text(cell, table.columns[c]!.share === true))),
    ),
  )
}

function errorsTable(rows: readonly ErrorRow[], { what, labels }: ErrorsOf): ResultTable {
  const right = { align: 'right' } as const
  const share = { ...right, share: true } as const
  // Rows that the profile was fitted to say nothing of others.
  const isFitted = rows.some(({ errors }) => errors.fitted > 0)
  const isBounded = rows.some(({ errors }) => errors.insideP10P90 !== null)
  return {
    name: 'errors',
    title: 'Errors of the predictions',
    columns: [
      ...labels.map((label) => ({ label, flexible: true })),
      { label: what, ...right },
      { label: 'answered', ...right },
      ...(isFitted ? [{ label: 'fitted to', ...right }] : []),
      ...['MAPE', 'median', 'p90', 'bias'].map((label) => ({ label, ...share })),
      ...(isBounded ? [{ label: 'in p10-p90', ...share }] : []),
    ],
    rows: rows.map(({ labels: own, errors }) => [
      ...labels.map((_, i) => own[i] ?? ''),
      errors.count,
      errors.answered,
      ...(isFitted ? [errors.fitted] : []),
      errors.mape,
      errors.medianApe,
      errors.p90Ape,
      errors.bias,
      ...(isBounded ? [errors.insideP10P90] : []),
    ]),
  }
}
