// The columns of a row of measurements: texts and numbers, each under one of its names.
import { type EstimateOptions, PerfModelError } from '@flowsim/perf-model'
import type { OpCall } from '@flowsim/trace-schema'

/** A row of a file: its columns as text or numbers. */
export type Row = Readonly<Record<string, string | number | undefined>>

/** What a row says was measured. */
export type Read = { call: OpCall; options: EstimateOptions; more?: readonly OpCall[] }

/** Framework and kernel as a source; parts that are missing leave no trace. */
export function sourceOf(parts: (string | undefined)[]): EstimateOptions {
  const source = parts.filter((part) => part !== undefined && part !== '').join('/')
  return source === '' ? {} : { source }
}

/** A column, where it holds something. */
export function optional(row: Row, column: string): string | undefined {
  const value = row[column]
  return value === undefined || value === '' ? undefined : String(value)
}

/** The first of the columns that holds something. @throws PerfModelError where none does */
export function text(row: Row, ...columns: string[]): string {
  for (const column of columns) {
    const value = optional(row, column)
    if (value !== undefined) return value
  }
  throw wrong(columns[0]!, 'is missing')
}

/** A positive whole number. @throws PerfModelError */
export function count(row: Row, ...columns: string[]): number {
  const value = Number(text(row, ...columns))
  if (Number.isInteger(value) && value > 0) return value
  throw wrong(columns[0]!, `"${text(row, ...columns)}" is not a positive integer`)
}

/** A positive number. @throws PerfModelError */
export function positive(row: Row, column: string): number {
  const value = Number(text(row, column))
  if (Number.isFinite(value) && value > 0) return value
  throw wrong(column, `"${text(row, column)}" is not a positive number`)
}

/** The fault of a column. */
export function wrong(column: string, what: string): PerfModelError {
  return new PerfModelError('invalid_dimension', `column ${column}: ${what}`, column)
}
