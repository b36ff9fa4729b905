// A table of a page: text as text, numbers with the digits of their column and whole for who takes them along.
import { escapeText } from '../escape-text.js'
import type { ResultCell, ResultColumn, ResultTable } from './result-page.js'

/** Where a table of a page stands, or a row of it. */
export function tableId(table: number, row?: number): string {
  return row === undefined ? `table-${table}` : `table-${table}-${row}`
}

/** The section of a table. */
export function renderTableSection(table: ResultTable, place: number): string {
  const { title, lead, rows, marks, most } = table
  const columns = table.columns.map((column, c): ResultColumn => {
    const { align = c === 0 ? 'left' : 'right', ...rest } =
      typeof column === 'string' ? { label: column } : column
    return { ...rest, align }
  })
  const head = columns.map(
    ({ label, unit, align }) =>
      `<th scope="col" class="${align}">${escapeText(label)}${unit === undefined ? '' : ` <span class="unit">${escapeText(unit)}</span>`}</th>`,
  )
  const body = rows.map((row, r) => {
    const mark = marks?.[r]
    const cells = row.map((cell, c) => renderCell(cell, columns[c]!))
    return `<tr id="${tableId(place, r)}"${mark == null ? '' : ` class="${mark}"`}>${cells.join('')}</tr>`
  })
  const id = tableId(place)
  const shown = most === undefined || most >= rows.length ? '' : ` data-most="${most}"`
  return `<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${escapeText(title)}</h2>
${lead === undefined ? '' : `<p class="lead">${escapeText(lead)}</p>\n`}<div class="table-scroll" tabindex="0" role="region" aria-labelledby="${id}-title"><table class="plain"${shown}><thead><tr>${head.join('')}</tr></thead><tbody>
${body.join('\n')}
</tbody></table></div></section>`
}

function renderCell(cell: ResultCell, { align, digits, wrap }: ResultColumn): string {
  const kind = `class="${align}${wrap ? ' wrap' : ''}"`
  if (cell === null) return `<td ${kind}>–</td>`
  if (typeof cell === 'number') {
    const isKnown = Number.isFinite(cell)
    return `<td ${kind} data-value="${isKnown ? cell : ''}">${isKnown ? numberText(cell, digits) : '–'}</td>`
  }
  if (typeof cell === 'string') return `<td ${kind}>${textOf(cell, wrap === true)}</td>`
  return `<td ${kind}><a class="link" href="${escapeText(cell.href)}">${escapeText(cell.text)}</a></td>`
}

/** A text; of long ones, such as names of templates, two lines are seen and all is there to copy and to point at. */
function textOf(text: string, wraps: boolean): string {
  const escaped = escapeText(text)
  return !wraps || text.length <= LONG
    ? escaped
    : `<span class="clip" title="${escaped}">${escaped}</span>`
}

const LONG = 160

function numberText(value: number, digits: number | undefined): string {
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits ?? 0,
    maximumFractionDigits: digits ?? 6,
  })
}
