// Kernel tables as CSV (RFC 4180 with LF), one line for each kernel.
import { KERNEL_COLUMNS, type KernelRows, kernelRows } from './columns.js'
import { csvRow } from './csv-row.js'

/** The lines of a kernel table, header first, each with its line end. */
export function* kernelCsvLines(kernels: KernelRows): Generator<string> {
  yield `${KERNEL_COLUMNS.map((column) => column.name).join(',')}\n`
  for (const row of kernelRows(kernels)) {
    const cells = KERNEL_COLUMNS.map((column) => column.value(row))
    yield `${csvRow(cells.map((cell) => (cell === undefined ? '' : String(cell))))}\n`
  }
}
