// SQLite files, in Node (node-sqlite3-wasm: read from the disk, query by query, whatever their size) and in
// memory (sql.js: browsers, and bytes that no file holds).
import { TraceParseError } from '../errors.js'
import type { TraceFile } from '../input/trace-file.js'
import type { Repairs } from '../repairs.js'
import { openInMemory } from './in-memory.js'

/** A cell; integers beyond 2^53 are bigints. */
export type Cell = number | bigint | string | Uint8Array | null

/** A row by the names of its columns. */
export type Row = Record<string, Cell>

/** An open SQLite file. */
export interface Connection {
  rows: (sql: string) => Iterable<Row>
  close: () => void
}

/** What files of SQLite begin with. */
export const SQLITE_MAGIC = 'SQLite format 3\0'

/** A database whose tables and columns are known: exports differ from version to version. */
export class Database {
  readonly tables: ReadonlySet<string>
  readonly #columns = new Map<string, ReadonlySet<string>>()

  constructor(
    private readonly connection: Connection,
    private readonly source: string,
  ) {
    const names = this.rows("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
    this.tables = new Set([...names].map(({ name }) => String(name)))
  }

  /** Columns of a table; none where there is no such table. */
  columns(table: string): ReadonlySet<string> {
    let columns = this.#columns.get(table)
    if (columns === undefined) {
      const rows = this.tables.has(table)
        ? [...this.rows(`SELECT name FROM pragma_table_info('${table}')`)]
        : []
      columns = new Set(rows.map(({ name }) => String(name)))
      this.#columns.set(table, columns)
    }
    return columns
  }

  /**
   * The rows of a query, one by one.
   * @throws TraceParseError `corrupt` when the file is damaged
   */
  *rows(sql: string): Generator<Row> {
    try {
      yield* this.connection.rows(sql)
    } catch (cause) {
      throw unreadable(this.source, cause)
    }
  }

  /**
   * The rows of a table with the columns asked for; those that it lacks are null. None where there is no
   * such table.
   * @param rest - what follows the table in the query
   */
  select(table: string, wanted: readonly string[], rest = ''): Iterable<Row> {
    if (!this.tables.has(table)) return []
    const columns = this.columns(table)
    const list = wanted.map((name) => (columns.has(name) ? `"${name}"` : `NULL AS "${name}"`))
    return this.rows(`SELECT ${list.join(', ')} FROM "${table}" ${rest}`)
  }

  close(): void {
    this.connection.close()
  }
}

const opened = new WeakMap<TraceFile, Promise<Database>>()

/**
 * The database that a file holds; opened once.
 * @throws TraceParseError `missing_library`, or `corrupt` when it cannot be opened
 */
export function databaseOf(file: TraceFile, repairs: Repairs): Promise<Database> {
  let database = opened.get(file)
  if (database === undefined) {
    database = open(file, repairs)
    opened.set(file, database)
  }
  return database
}

/** Closes the database of a file, if one was opened. */
export async function closeDatabaseOf(file: TraceFile): Promise<void> {
  const database = await opened.get(file)?.catch(() => undefined)
  database?.close()
}

async function open(file: TraceFile, repairs: Repairs): Promise<Database> {
  const connection =
    file.openDatabase === undefined
      ? await openInMemory(file.source, file.open(repairs))
      : await file.openDatabase(() => file.open(repairs))
  try {
    return new Database(connection, file.source)
  } catch (error) {
    connection.close()
    throw error
  }
}

function unreadable(source: string, cause: unknown): TraceParseError {
  if (cause instanceof TraceParseError) return cause
  const why = (cause instanceof Error ? cause.message : String(cause)).replace(/\s+/g, ' ')
  return new TraceParseError(
    'corrupt',
    `the SQLite file cannot be read (${why}); export it again`,
    {
      source,
      cause,
    },
  )
}
