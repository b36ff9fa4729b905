// Tables for a terminal, of a given width: wide columns give way, and the least important are left out.
import { cutMiddle, cutText, padText, textWidth, wrapText } from './text-width.js'

/** A column of a table. */
export interface TableColumn {
  label: string
  /** Right for numbers. Left if absent. */
  align?: 'left' | 'right'
  /** Decimals of numbers; as they are if absent. */
  digits?: number
  /**
   * Gives way when the table is too wide: its text is cut at the end, or in the middle, where names differ at both
   * ends, or goes on in further lines.
   */
  flexible?: boolean | 'middle' | 'wrap'
  /** Cells that a flexible column keeps at least; 14 if absent. */
  least?: number
  /**
   * Of columns for which there is no room those of the lowest priority are left out, of equal ones the last. The
   * first column stays. 0 if absent.
   */
  priority?: number
}

/** A cell: text as it is (colours allowed), a number, or null for nothing. */
export type TableCell = string | number | null

/** How a table is laid out. */
export interface TableOptions {
  /** Cells of a line; no limit if absent. */
  width?: number
  /** What shows the columns that were left out, such as a flag; said where some were. */
  whole?: string
}

/** Narrowest that a flexible column gets. */
const NARROWEST = 14
const GAP = '  '

/**
 * A table as lines of text, without a final line break. Columns are as wide as their content; where the
 * table is wider than `width`, flexible columns give way, then columns are left out, which a last line says.
 *
 * @example
 * renderTable([{ label: 'op' }, { label: 'ms', align: 'right', digits: 2 }], [['matmul', 1.5]])
 * // op        ms
 * // ──────  ────
 * // matmul  1.50
 */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly TableCell[])[],
  { width = Number.POSITIVE_INFINITY, whole }: TableOptions = {},
): string {
  const cells = rows.map((row) => columns.map(({ digits }, c) => format(row[c] ?? null, digits)))
  const natural = columns.map(({ label }, c) =>
    cells.reduce((widest, row) => Math.max(widest, textWidth(row[c]!)), textWidth(label)),
  )
  const least = columns.map(({ label, flexible, least: asked = NARROWEST }, c) =>
    flexible ? Math.min(natural[c]!, Math.max(asked, textWidth(label))) : natural[c]!,
  )
  const kept = columnsThatFit(columns, least, width)
  const widths = shrunk(kept, columns, natural, least, width)
  const line = (texts: readonly string[]) =>
    kept
      .map((c, i) => padText(texts[c] ?? '', widths[i]!, columns[c]!.align ?? 'left'))
      .join(GAP)
      .trimEnd()
  const lines = [
    line(columns.map(({ label }) => label)),
    widths.map((each) => '─'.repeat(each)).join(GAP),
  ]
  for (const row of cells) {
    const parts = kept.map((c, i) => fitted(row[c]!, widths[i]!, columns[c]!.flexible))
    const height = Math.max(1, ...parts.map(({ length }) => length))
    for (let l = 0; l < height; l++) {
      const texts: string[] = []
      for (let i = 0; i < kept.length; i++) texts[kept[i]!] = parts[i]![l] ?? ''
      lines.push(line(texts))
    }
  }
  const hidden = columns.flatMap(({ label }, c) => (kept.includes(c) ? [] : [label]))
  if (hidden.length > 0) lines.push(...wrapText(leftOut(hidden, whole), width))
  return lines.join('\n')
}

function leftOut(labels: readonly string[], whole: string | undefined): string {
  const named = labels.filter((label) => label !== '')
  const names = named.length === 0 ? '' : `: ${named.join(', ')}`
  const how = whole === undefined ? '' : ` (${whole})`
  return `… ${labels.length} ${labels.length === 1 ? 'column' : 'columns'} left out${names}${how}`
}

function format(value: TableCell, digits: number | undefined): string {
  if (value === null) return ''
  if (typeof value === 'string') return value.replace(/\s*[\r\n]\s*/g, ' ')
  if (!Number.isFinite(value)) return ''
  return digits === undefined
    ? value.toLocaleString('en-US', { maximumFractionDigits: 20 })
    : value.toLocaleString('en-US', {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      })
}

/** A cell's text as lines of a width. */
function fitted(text: string, width: number, flexible: TableColumn['flexible']): string[] {
  if (textWidth(text) <= width) return [text]
  if (flexible === 'wrap') return wrapText(text, width)
  return [flexible === 'middle' ? cutMiddle(text, width) : cutText(text, width)]
}

function lineWidth(widths: readonly number[]): number {
  return widths.reduce((sum, w) => sum + w, 0) + GAP.length * (widths.length - 1)
}

/** Indices of the columns that have room, in order. */
function columnsThatFit(
  columns: readonly TableColumn[],
  least: readonly number[],
  width: number,
): number[] {
  const kept = columns.map((_, c) => c)
  while (kept.length > 1 && lineWidth(kept.map((c) => least[c]!)) > width) {
    let victim = kept.length - 1
    for (let i = victim - 1; i > 0; i--) {
      const priority = (at: number) => columns[kept[at]!]!.priority ?? 0
      if (priority(i) < priority(victim)) victim = i
    }
    kept.splice(victim, 1)
  }
  return kept
}

/** Widths of the kept columns: taken from the widest flexible one until the table fits, or none can give. */
function shrunk(
  kept: readonly number[],
  columns: readonly TableColumn[],
  natural: readonly number[],
  least: readonly number[],
  width: number,
): number[] {
  const widths = kept.map((c) => natural[c]!)
  for (let over = lineWidth(widths) - width; over > 0; over = lineWidth(widths) - width) {
    const gives = kept.map((c, i) => (columns[c]!.flexible ? widths[i]! - least[c]! : 0))
    const able = gives.flatMap((gift, i) => (gift > 0 ? [i] : []))
    if (able.length === 0) break
    const widest = able.reduce((a, b) => (widths[b]! > widths[a]! ? b : a))
    // Down to the next widest at once, so that many cells cost few rounds.
    const next = Math.max(0, ...able.filter((i) => i !== widest).map((i) => widths[i]!))
    const step = Math.max(1, widths[widest]! - next)
    widths[widest]! -= Math.min(over, gives[widest]!, step)
  }
  return widths
}
