// Tables of a page: heads that sort, rows beyond the first on demand, all of them to the clipboard or a file.
import { type Cells, copy, csvOf, fileName, save, tabbed } from '../take-along.js'
import { button, takeAlongRow } from './button.js'

/** Gives every table its buttons. */
export function takeTablesAlong(): void {
  for (const table of document.querySelectorAll<HTMLTableElement>('main table')) {
    const title = table.closest('section')?.querySelector('h2')?.textContent ?? 'table'
    for (const [c, head] of headsOf(table).entries()) makeSortable(table, head, c)
    table.parentElement!.before(exportOf(table, title))
    if (table.dataset.most !== undefined) showFirst(table, Number(table.dataset.most))
  }
}

const headsOf = (table: HTMLTableElement) => [...table.tHead!.rows[0]!.cells]
const rowsOf = (table: HTMLTableElement) => [...table.tBodies[0]!.rows]

function exportOf(table: HTMLTableElement, title: string): HTMLElement {
  return takeAlongRow(
    button('Copy', `Copy table: ${title}`, async (pressed) => {
      await copy(tabbed(cellsOf(table)))
      pressed.textContent = 'Copied'
      setTimeout(() => {
        pressed.textContent = 'Copy'
      }, 1500)
    }),
    button('CSV', `Save as CSV: ${title}`, () =>
      save(
        fileName(document.title, title, 'csv'),
        new Blob([csvOf(cellsOf(table))], { type: 'text/csv' }),
      ),
    ),
  )
}

function cellsOf(table: HTMLTableElement): Cells {
  const head = headsOf(table).map((cell) => cell.textContent)
  return [head, ...rowsOf(table).map((row) => [...row.cells].map(cellValue))]
}

function cellValue(cell: HTMLTableCellElement): string | number | null {
  const { value } = cell.dataset
  if (value !== undefined) return value === '' ? null : Number(value)
  return cell.textContent === '–' ? null : cell.textContent
}

function makeSortable(table: HTMLTableElement, head: HTMLTableCellElement, column: number): void {
  // Texts such as "12 ms" have no order; there is nothing to sort where there is one row.
  const rows = rowsOf(table)
  const cells = rows.map((row) => row.cells[column]!)
  const isNumeric = cells.every(
    (cell) => cell.dataset.value !== undefined || cell.textContent === '–',
  )
  if (rows.length < 3 || !(isNumeric || cells.every((cell) => !/\d/.test(cell.textContent)))) return
  const press = button('', '', () => {
    const isDown = head.ariaSort === null ? isNumeric : head.ariaSort !== 'descending'
    for (const other of headsOf(table)) other.ariaSort = null
    head.ariaSort = isDown ? 'descending' : 'ascending'
    const sorted = rowsOf(table).sort((a, b) =>
      compare(cellValue(a.cells[column]!), cellValue(b.cells[column]!), isDown),
    )
    table.tBodies[0]!.append(...sorted)
    table.dispatchEvent(new Event('sorted'))
  })
  press.append(...head.childNodes)
  press.removeAttribute('aria-label')
  head.append(press)
}

/** What is not known comes last either way. */
function compare(x: string | number | null, y: string | number | null, isDown: boolean): number {
  if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1
  const order = x < y ? -1 : x > y ? 1 : 0
  return isDown ? -order : order
}

function showFirst(table: HTMLTableElement, most: number): void {
  let isAll = false
  const more = button('', '', () => {
    isAll = !isAll
    show()
  })
  more.removeAttribute('aria-label')
  more.className = 'more'
  const show = () => {
    const rows = rowsOf(table)
    for (const [r, row] of rows.entries()) row.hidden = !isAll && r >= most
    more.textContent = isAll ? 'Show fewer' : `Show all ${rows.length.toLocaleString('en-US')}`
  }
  table.addEventListener('sorted', show)
  table.parentElement!.after(more)
  show()
}
