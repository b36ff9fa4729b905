// DuckDB, which runs the SQL of `flowsim query`. It weighs 70 MB, so it is there for those who add it.
import type { DuckDBConnection } from '@duckdb/node-api'
import { CliError } from '../../program/errors.js'

type DuckDb = typeof import('@duckdb/node-api')

/**
 * DuckDB, where it is installed.
 * @throws CliError that says how to add it, where it is not
 */
export async function loadDuckDb(
  load: () => Promise<DuckDb> = () => import('@duckdb/node-api'),
): Promise<DuckDb> {
  try {
    return await load()
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw cause
    throw new CliError(
      'failure',
      'query: needs DuckDB, which is not installed; add it with: npm install @duckdb/node-api (with -g where flowsim is installed so)',
      { cause },
    )
  }
}

/** An empty database in memory. */
export async function openDatabase(): Promise<DuckDBConnection> {
  const { DuckDBInstance } = await loadDuckDb()
  const instance = await DuckDBInstance.create(':memory:')
  return instance.connect()
}

/** What a statement gave. */
export interface QueryResult {
  columns: string[]
  rows: unknown[][]
}

/**
 * Runs SQL; of several statements the last one's rows count.
 * @throws CliError with DuckDB's message, which shows where in the SQL the fault is
 */
export async function runSql(connection: DuckDBConnection, sql: string): Promise<QueryResult> {
  try {
    const reader = await connection.runAndReadAll(sql)
    const rows = reader.getRowsJS().map((row) => row.map(plain))
    return { columns: reader.deduplicatedColumnNames(), rows }
  } catch (cause) {
    const [first = ''] = String((cause as Error).message).split('\n')
    throw new CliError('failure', `query: ${first} (SQL: ${sql.replaceAll(/\s+/g, ' ').trim()})`, {
      cause,
    })
  }
}

/** A value as JSON has it: integers as numbers where a double holds them, else as text. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : String(value)
  }
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'object' && value !== null && value.constructor === Object) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
  }
  return value
}

/** A string within SQL. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
