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
  const writers = columnRuns().map((columns) => writer(columns, raw))
  const last = writers.length - 1
  for (const row of kernelRows(kernels)) {
    let line = ''
    for (let i = 0; i < last; i++) line += `${writers[i]!(row)},`
    yield `${line}${writers[last]!(row)}\n`
  }
}

/** The columns in order, those beside each other that follow from the same object together. */
function columnRuns(): KernelColumn[][] {
  const runs: KernelColumn[][] = []
  for (const column of KERNEL_COLUMNS) {
    const run = runs.at(-1)
    if (run !== undefined && run[0]!.from === column.from) run.push(column)
    else runs.push([column])
  }
  return runs
}

const SOURCES: Readonly<Record<CellSource, (row: KernelRow) => object | string | undefined>> = {
  event: () => undefined,
  operation: ({ operation }) => operation,
  operator: ({ event }) => event.op,
  tensors: tensorSource,
  name: ({ event }) => event.name,
  kind: ({ event }) => event.kind,
  shapesFrom: ({ event }) => event.shapesFrom,
  grid: ({ event }) => event.grid,
  block: ({ event }) => event.block,
  api: ({ event }) => event.launch?.api,
  modules: ({ event }) => event.modules,
  scopes: ({ event }) => event.scopes,
  callStack: ({ event }) => event.callStack,
}

/** Cells of one column that are kept: a table of which no two are alike must not hold them all. */
const MAX_MADE = 1 << 14

/** Writes cells beside each other; those that follow from a shared text or object are made once for it. */
function writer(columns: readonly KernelColumn[], raw: boolean): (row: KernelRow) => string {
  const cells = (row: KernelRow): string => {
    let text = ''
    for (let i = 0; i < columns.length; i++) {
      text += `${i === 0 ? '' : ','}${cell(columns[i]!, row, raw)}`
    }
    return text
  }
  const { from } = columns[0]!
  if (from === undefined || from === 'event') return cells
  const source = SOURCES[from]
  const made = new Map<object | string, string>()
  return (row) => {
    const key = source(row)
    if (key === undefined) return cells(row)
    let text = made.get(key)
    if (text === undefined) {
      // Joined, it is one string and no chain of parts that each use would walk.
      text = columns.map((column) => cell(column, row, raw)).join(',')
      if (made.size === MAX_MADE) made.clear()
      made.set(key, text)
    }
    return text
  }
}

function cell({ type, value }: KernelColumn, row: KernelRow, raw: boolean): string {
  const content = value(row)
  if (content === undefined) return ''
  if (type !== 'string') return String(content)
  return plainCell(raw ? (content as string) : protectText(content as string))
}
