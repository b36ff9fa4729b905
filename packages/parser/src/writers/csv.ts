// Kernel tables as CSV (RFC 4180 with LF), one line for each kernel.
import { csvFormatRow } from 'd3-dsv'
import { KERNEL_COLUMNS, type KernelRow } from './columns.js'

/** The lines of a kernel table, header first, each with its line end. */
export function* kernelCsvLines(rows: Iterable<KernelRow>): Generator<string> {
  yield `${KERNEL_COLUMNS.map((column) => column.name).join(',')}\n`
  for (const row of rows) {
    const cells = KERNEL_COLUMNS.map((column) => column.value(row))
    yield `${csvFormatRow(cells.map((cell) => (cell === undefined ? '' : String(cell))))}\n`
  }
}
