// Comma-separated values with a header (RFC 4180: quoted fields, doubled quotes, CR LF or LF). Rows
// keep their line, so that a fault in a field can be told by file and line.
import { ServingError } from './errors.js'

/** A table read from text. */
export class CsvTable {
  private readonly indexOf: ReadonlyMap<string, number>

  private constructor(
    readonly file: string,
    /** Names in the header. */
    readonly columns: readonly string[],
    private readonly rows: readonly (readonly string[])[],
    private readonly lines: readonly number[],
  ) {
    this.indexOf = new Map(columns.map((name, i) => [name, i]))
  }

  /**
   * @param file named in errors
   * @throws ServingError `invalid_trace` for a row with more fields than the header
   */
  static parse(text: string, file: string): CsvTable {
    const rows: string[][] = []
    const lines: number[] = []
    let line = 1
    for (const { fields, newlines } of records(text)) {
      if (fields.length > 1 || fields[0] !== '') {
        rows.push(fields)
        lines.push(line)
      }
      line += newlines
    }
    const header = rows.shift()?.map((name) => name.trim()) ?? []
    lines.shift()
    for (const [i, row] of rows.entries()) {
      if (row.length > header.length) {
        throw new ServingError(
          'invalid_trace',
          `${row.length} fields where the header has ${header.length}`,
          { file, line: lines[i]! },
        )
      }
    }
    return new CsvTable(file, header, rows, lines)
  }

  get length(): number {
    return this.rows.length
  }

  has(column: string): boolean {
    return this.indexOf.has(column)
  }

  /** Line of a row in the file, from 1. */
  line(row: number): number {
    return this.lines[row]!
  }

  /** A field; empty if the row is short. */
  text(row: number, column: string): string {
    return this.rows[row]![this.column(column)] ?? ''
  }

  /**
   * A field as a number; NaN if it is empty.
   * @throws ServingError `invalid_trace` if it is something else
   */
  number(row: number, column: string): number {
    const field = this.text(row, column).trim()
    if (field === '') return Number.NaN
    const value = Number(field)
    if (Number.isNaN(value)) this.fail(row, `${column} is "${field}"; it must be a number`)
    return value
  }

  /**
   * A field as an integer of at least `least`.
   * @throws ServingError `invalid_trace` if it is not
   */
  integer(row: number, column: string, least: number): number {
    const value = this.number(row, column)
    // Some writers give integers as 374.0.
    if (!Number.isInteger(value) || value < least) {
      this.fail(
        row,
        `${column} is "${this.text(row, column)}"; it must be an integer of at least ${least}`,
      )
    }
    return value
  }

  /** Throws for a row. */
  fail(row: number, message: string): never {
    throw new ServingError('invalid_trace', message, { file: this.file, line: this.lines[row]! })
  }

  private column(name: string): number {
    const index = this.indexOf.get(name)
    if (index !== undefined) return index
    throw new ServingError(
      'invalid_trace',
      `column ${name} is missing; the header has ${this.columns.join(', ')}`,
      { file: this.file, line: 1 },
    )
  }
}

function* records(text: string): Generator<{ fields: string[]; newlines: number }> {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0
  while (at < text.length) {
    const fields: string[] = []
    let newlines = 0
    for (;;) {
      let field: string
      if (text[at] === '"') {
        const parts: string[] = []
        let from = ++at
        for (;;) {
          const quote = text.indexOf('"', from)
          const end = quote < 0 ? text.length : quote
          parts.push(text.slice(from, end))
          at = end + 1
          if (quote < 0 || text[at] !== '"') break
          parts.push('"')
          from = at + 1
        }
        field = parts.join('')
        newlines += field.split('\n').length - 1
      } else {
        const start = at
        while (at < text.length && text[at] !== ',' && text[at] !== '\n') at++
        field = text.slice(start, at)
        if (field.endsWith('\r')) field = field.slice(0, -1)
      }
      fields.push(field)
      if (text[at] === '\r') at++
      if (text[at] !== ',') break
      at++
    }
    at++
    yield { fields, newlines: newlines + 1 }
  }
}
