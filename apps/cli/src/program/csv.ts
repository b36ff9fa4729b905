// Tables as CSV (RFC 4180 with LF), read and written. Texts are protected from spreadsheets that would take one for
// a formula; reading takes the protection away.
import { protectText, unprotectText } from '@flowsim/trace-schema'
import { parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'

/** A cell; null and undefined are empty. */
export type CsvCell = string | number | boolean | null | undefined

/** Rows that are formatted at once: one call of the library costs as much as some rows. */
const BATCH = 1000

const FORMAT = { cast: { boolean: String }, quoted_match: /\r/ }

/**
 * The text of a table, in pieces of many rows.
 * @param raw - texts as they are, even where a spreadsheet would take one for a formula
 */
export function* csvText(
  rows: Iterable<readonly CsvCell[]>,
  { raw = false }: { raw?: boolean | undefined } = {},
): Generator<string> {
  const cell = (value: CsvCell) => (typeof value === 'string' ? protectText(value) : value)
  let batch: (readonly CsvCell[])[] = []
  for (const row of rows) {
    if (batch.push(raw ? row : row.map(cell)) < BATCH) continue
    yield stringify(batch, FORMAT)
    batch = []
  }
  if (batch.length > 0) yield stringify(batch, FORMAT)
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
