// Tables of comma-separated values with a header. Rows keep their line, so that a fault in a field can be told
// by file and line. Rows may be shorter than the header, never longer.
import { CsvError, parse } from 'csv-parse/sync'
import { MOST_TOKENS } from './config/limits.js'
import { ServingError } from './errors.js'

/** A table read from text. */
export class CsvTable {
  private readonly indexOf: ReadonlyMap<string, number>

  private constructor(
    readonly source: string,
    /** Names in the header. */
    readonly columns: readonly string[],
    private readonly rows: readonly (readonly string[])[],
    private readonly lines: readonly number[],
  ) {
    this.indexOf = new Map(columns.map((name, i) => [name, i]))
  }

  /**
   * @param source name of the input, for errors
   * @throws ServingError `invalid_trace` for a row with more fields than the header
   */
  static parse(text: string, source: string): CsvTable {
    const [header, ...rows] = records(text, source)
    const columns = header?.fields.map((name) => name.trim()) ?? []
    const long = rows.find(({ fields }) => fields.length > columns.length)
    if (long !== undefined) {
      throw new ServingError(
        'invalid_trace',
        `${long.fields.length} fields where the header has ${columns.length}`,
        { source, line: long.line },
      )
    }
    return new CsvTable(
      source,
      columns,
      rows.map(({ fields }) => fields),
      rows.map(({ line }) => line),
    )
  }

  get length(): number {
    return this.rows.length
  }

  has(...columns: readonly string[]): boolean {
    return columns.every((column) => this.indexOf.has(column))
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

  /**
   * A field as a number of tokens.
   * @throws ServingError `invalid_trace` if it is not, or is more than any context holds
   */
  tokens(row: number, column: string, least: number): number {
    const value = this.integer(row, column, least)
    if (value > MOST_TOKENS) {
      this.fail(row, `${column} is ${value}; a request has at most ${MOST_TOKENS} tokens`)
    }
    return value
  }

  /** Throws for a row. */
  fail(row: number, message: string): never {
    throw new ServingError('invalid_trace', message, {
      source: this.source,
      line: this.lines[row]!,
    })
  }

  private column(name: string): number {
    const index = this.indexOf.get(name)
    if (index !== undefined) return index
    throw new ServingError(
      'invalid_trace',
      `column ${name} is missing; the header has ${this.columns.join(', ')}`,
      { source: this.source, line: 1 },
    )
  }
}

interface Row {
  fields: string[]
  line: number
}

function records(text: string, source: string): Row[] {
  try {
    const lines: number[] = []
    const records = parse(text, {
      bom: true,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      skip_empty_lines: true,
      on_record(fields: string[], info) {
        lines.push(info.lines)
        return fields
      },
    })
    return records.map((fields, i) => ({ fields, line: lines[i]! }))
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw new ServingError('invalid_trace', error.message, { source }, { cause: error })
  }
}
