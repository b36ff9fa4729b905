// Tables as CSV (RFC 4180 with LF), read and written. Texts are protected from spreadsheets that would take one for
// a formula; reading takes the protection away.
import { plainCell, protectText, unprotectText } from '@flowsim/trace-schema'
import { parse } from 'csv-parse/sync'

/** A cell; null and undefined are empty. */
export type CsvCell = string | number | boolean | null | undefined

/**
 * The text of a table, a line for each row.
 * @param raw - texts as they are, even where a spreadsheet would take one for a formula
 */
export function* csvText(
  rows: Iterable<readonly CsvCell[]>,
  { raw = false }: { raw?: boolean | undefined } = {},
): Generator<string> {
  const cells = new TextCells(raw)
  for (const row of rows) {
    let line = ''
    for (let i = 0; i < row.length; i++) {
      if (i > 0) line += ','
      const cell = row[i]
      if (typeof cell === 'string') line += cells.of(cell)
      else if (cell !== null && cell !== undefined) line += cell
    }
    yield `${line}\n`
  }
}

/** Texts that are kept; what comes over and over in a table are few. */
const MOST_TEXTS = 4096

/** Cells that hold texts: each is looked through once, however many rows have it. */
class TextCells {
  readonly #known = new Map<string, string>()

  constructor(private readonly raw: boolean) {}

  of(text: string): string {
    if (text === '') return text
    let cell = this.#known.get(text)
    if (cell === undefined) {
      if (this.#known.size === MOST_TEXTS) this.#known.clear()
      cell = plainCell(this.raw ? text : protectText(text))
      this.#known.set(text, cell)
    }
    return cell
  }
}

/**
 * The rows of a table by its header. Blank lines are left out; rows may be shorter or longer than the header.
 *
 * @throws CsvError of csv-parse for quotes that do not match
 */
export function parseCsv(text: string): Record<string, string>[] {
  return parse(text, {
    columns: true,
    bom: true,
    skip_empty_lines: true,
    relax_column_count: true,
    cast: unprotectText,
  })
}
