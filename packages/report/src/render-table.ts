// Tables for a terminal.
import { cutText, padText, textWidth } from './text-width.js'

/** A column of a table. */
export interface TableColumn {
  label: string
  /** Right for numbers. Left if absent. */
  align?: 'left' | 'right'
  /** Decimals of numbers; as they are if absent. */
  digits?: number
  /** Gives way when the table is too wide. */
  flexible?: boolean
}

/** A cell: text as it is (colours allowed), a number, or null for nothing. */
export type TableCell = string | number | null

/** Narrowest that a flexible column gets. */
const NARROWEST = 12
const GAP = '  '

/**
 * A table as lines of text, without a final line break. Columns are as wide as their content; where the
 * table is wider than `width`, flexible columns give way and their text is cut.
 *
 * @param options.width cells of a line; no limit if absent.
 * @example
 * renderTable([{ label: 'op' }, { label: 'ms', align: 'right', digits: 2 }], [['matmul', 1.5]])
 * // op        ms
 * // ──────  ────
 * // matmul  1.50
 */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly TableCell[])[],
  options: { width?: number } = {},
): string {
  const cells = rows.map((row) => columns.map(({ digits }, c) => format(row[c] ?? null, digits)))
  const widths = columns.map(({ label }, c) =>
    Math.max(textWidth(label), ...cells.map((row) => textWidth(row[c]!))),
  )
  if (options.width !== undefined) shrink(columns, widths, options.width)
  const line = (texts: readonly string[]) =>
    texts
      .map((text, c) => padText(cutText(text, widths[c]!), widths[c]!, columns[c]!.align ?? 'left'))
      .join(GAP)
      .trimEnd()
  return [
    line(columns.map(({ label }) => label)),
    widths.map((width) => '─'.repeat(width)).join(GAP),
    ...cells.map(line),
  ].join('\n')
}

function format(value: TableCell, digits: number | undefined): string {
  if (value === null) return ''
  if (typeof value === 'string') return value
  if (!Number.isFinite(value)) return ''
  return digits === undefined
    ? value.toLocaleString('en-US', { maximumFractionDigits: 20 })
    : value.toLocaleString('en-US', {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      })
}

/** Takes from the widest flexible column until the table fits, or none can give. */
function shrink(columns: readonly TableColumn[], widths: number[], width: number): void {
  const least = columns.map(({ label }) => Math.max(NARROWEST, textWidth(label)))
  const total = () => widths.reduce((sum, w) => sum + w, 0) + GAP.length * (widths.length - 1)
  for (let over = total() - width; over > 0; over = total() - width) {
    let widest = -1
    for (let c = 0; c < columns.length; c++) {
      const gives = columns[c]!.flexible === true && widths[c]! > least[c]!
      if (gives && (widest < 0 || widths[c]! > widths[widest]!)) widest = c
    }
    if (widest < 0) return
    // Down to the next widest at once, so that many cells cost few rounds.
    const others = columns.map(({ flexible }, c) => (flexible && c !== widest ? widths[c]! : 0))
    const floor = Math.max(least[widest]!, ...others.filter((w) => w < widths[widest]!))
    widths[widest] = Math.max(floor, widths[widest]! - over, least[widest]!)
    if (others.includes(widths[widest]!) && total() > width) {
      widths[widest] = Math.max(least[widest]!, widths[widest]! - 1)
    }
  }
}
