// What people read on a terminal keeps to its width: prose is wrapped, tables give way. Without a terminal
// lines have 80 cells; --wide takes the limit away.
import { renderTable, type TableCell, type TableColumn, wrapText } from '@flowsim/report/terminal'
import { lineWidth } from './line-width.js'
import { print } from './print.js'

/** Cells for what has no natural width, such as plots. */
export function plotWidth(): number {
  return Math.min(lineWidth(), 120)
}

/** A table of the width of a line. */
export function tableText(
  columns: readonly TableColumn[],
  rows: readonly (readonly TableCell[])[],
): string {
  return renderTable(columns, rows, { width: lineWidth(), whole: '--wide' })
}

/** Prose in lines of a width; what begins a line with spaces goes on with as many. */
export function wrapped(text: string, width = lineWidth()): string {
  const lines = text.split('\n').flatMap((line) => {
    const indent = /^ */.exec(line)![0]
    const parts = wrapText(line.slice(indent.length), width - indent.length, { words: 'whole' })
    return parts.map((part) => indent + part)
  })
  return lines.join('\n')
}

/** Prints prose, wrapped. Paths and other lines to be copied go through {@link print}. */
export function say(text = ''): void {
  print(wrapped(text))
}
