// Formats of recorded workloads, and what all of them share.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { CsvTable } from '../csv.js'

/** A recorded workload. */
export interface Trace {
  /** Name of its format. */
  format: string
  requests: WorkloadRequest[]
  /** Whether the trace says when requests arrive; if not, all are at 0. */
  hasTimes: boolean
}

/** The start of a file, by which its format is told. */
export interface TraceHead {
  /** Names in the header of a table; null: it is JSON. */
  columns: ReadonlySet<string> | null
  /** The first characters. */
  text: string
}

/** How texts of a recorded workload become tokens. */
export interface TraceReadOptions {
  charactersPerToken?: number | undefined
}

/** One format. */
export interface TraceFormat {
  readonly name: string
  /** Whether it says when requests arrive. */
  readonly hasTimes: boolean
  /** How surely a file is in this format; 0: it is not. The surest format reads it. */
  recognise(head: TraceHead): number
  /**
   * The requests, in the order of the file.
   * @param source name of the input, for errors
   * @throws ServingError `invalid_trace` with source and line
   */
  read(text: string, source: string, options?: TraceReadOptions): WorkloadRequest[]
}

/** A format of tables: the columns by which it is known, and a request of each row. */
export function tableFormat(format: {
  name: string
  hasTimes?: boolean
  columns: readonly string[]
  request(table: CsvTable, row: number): WorkloadRequest
}): TraceFormat {
  const { name, columns, hasTimes = true } = format
  return {
    name,
    hasTimes,
    recognise: (head) =>
      columns.every((column) => head.columns?.has(column)) ? columns.length : 0,
    read(text, source) {
      const table = CsvTable.parse(text, source)
      return Array.from({ length: table.length }, (_, row) => format.request(table, row))
    },
  }
}

/** A time in seconds as nanoseconds. */
export function secondsField(table: CsvTable, row: number, column: string): number {
  const value = table.number(row, column)
  if (!Number.isFinite(value) || value < 0) {
    table.fail(row, `${column} is "${table.text(row, column)}"; it must be a time of at least 0`)
  }
  return Math.round(value * 1e9)
}

/** The id of a row: a column where there is one, else its place. */
export const idField = (table: CsvTable, row: number, column: string): string =>
  table.has(column) ? table.text(row, column) : String(row)
