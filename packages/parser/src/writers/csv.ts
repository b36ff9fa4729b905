// Kernel tables as CSV (RFC 4180 with LF), one line for each kernel.
import { plainCell, protectText } from '@flowsim/trace-schema'
import {
  type CellSource,
  KERNEL_COLUMNS,
  type KernelColumn,
  type KernelRow,
  type KernelRows,
  kernelRows,
  tensorSource,
} from './columns.js'

/** How a kernel table is written as CSV. */
export interface CsvOptions {
  /** Texts as they are, even where a spreadsheet would take one for a formula. */
  raw?: boolean
}

/** The lines of a kernel table, header first, each with its line end. */
export function* kernelCsvLines(
  kernels: KernelRows,
  { raw = false }: CsvOptions = {},
): Generator<string> {
  yield `${KERNEL_COLUMNS.map((column) => column.name).join(',')}\n`
  const writers = KERNEL_COLUMNS.map((column) => writer(column, raw))
  const last = writers.length - 1
  for (const row of kernelRows(kernels)) {
    let line = ''
    for (let i = 0; i < last; i++) line += `${writers[i]!(row)},`
    yield `${line}${writers[last]!(row)}\n`
  }
}

const SOURCES: Readonly<Record<CellSource, (row: KernelRow) => object | undefined>> = {
  event: () => undefined,
  operation: ({ operation }) => operation,
  operator: ({ event }) => event.op,
  tensors: tensorSource,
}

/** Writes the cells of a column; those that follow from a shared object are made once for it. */
function writer(column: KernelColumn, raw: boolean): (row: KernelRow) => string {
  const isText = column.type === 'string'
  const cell = (row: KernelRow): string => {
    const value = column.value(row)
    if (value === undefined) return ''
    return isText
      ? plainCell(raw ? (value as string) : protectText(value as string))
      : String(value)
  }
  if (column.from === undefined || column.from === 'event') return cell
  const source = SOURCES[column.from]
  const made = new WeakMap<object, string>()
  return (row) => {
    const key = source(row)
    if (key === undefined) return cell(row)
    let text = made.get(key)
    if (text === undefined) {
      text = cell(row)
      made.set(key, text)
    }
    return text
  }
}
