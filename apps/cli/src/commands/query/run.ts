// The work of `flowsim query`.

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { loadDatabase } from '../../inputs/kernel-database.js'
import { type LoadedTrace, loadTraceOrKernels, loadTraces } from '../../inputs/load-trace.js'
import { tracePaths } from '../../inputs/trace-paths.js'
import { CliError } from '../../program/errors.js'
import { tableText } from '../../program/lines.js'
import { print, printJson } from '../../program/print.js'
import { stage } from '../../program/progress.js'
import { type FormatFlags, stemOf, writeTables } from '../../program/tables.js'
import { loadDuckDb, type QueryResult, runSql } from './duckdb.js'
import { tableDatabase, traceDatabase } from './tables.js'

const DESCRIBE = `
  SELECT table_name AS "table", column_name AS "column", data_type AS "type"
  FROM information_schema.columns ORDER BY table_name, ordinal_position`

export async function query(
  input: string,
  sql: string | undefined,
  flags: FormatFlags,
): Promise<void> {
  // Before a long parse: without DuckDB it is for nothing.
  await loadDuckDb()
  const connection = await databaseOf(input)
  try {
    stage('running the query')
    await giveResult(await runSql(connection, sql ?? DESCRIBE), input, flags)
  } finally {
    connection.closeSync()
  }
}

async function databaseOf(input: string): Promise<DuckDBConnection> {
  const tables = await kernelTables(input)
  if (tables.length > 0) return tableDatabase(tables)
  const database = await loadDatabase(undefined)
  if (input.endsWith('.jsonl')) return traceDatabase([await loadTraceOrKernels(input, database)])
  const loaded: LoadedTrace[] = []
  const paths = await tracePaths([input])
  for await (const each of loadTraces(paths, database, { hostCalls: true })) loaded.push(each)
  return traceDatabase(loaded)
}

/** Kernel tables that the input is or holds: Parquet where there is any, else CSV. */
async function kernelTables(input: string): Promise<string[]> {
  const known = await stat(input).catch(() => undefined)
  if (known === undefined) {
    throw new CliError('failure', `${input}: no such file or folder`)
  }
  if (!known.isDirectory()) return /\.(?:parquet|csv)$/.test(input) ? [input] : []
  const names = (await readdir(input)).sort()
  for (const ending of ['.kernels.parquet', '.kernels.csv']) {
    const found = names.filter((name) => name.endsWith(ending))
    if (found.length > 0) return found.map((name) => join(input, name))
  }
  return []
}

async function giveResult(
  { columns: names, rows }: QueryResult,
  input: string,
  flags: FormatFlags,
): Promise<void> {
  if (flags.json) {
    printJson({ schema: 'flowsim.query/1', columns: names, rows })
    return
  }
  const isNumber = (i: number) =>
    rows.length > 0 && rows.every((row) => row[i] === null || typeof row[i] === 'number')
  const columns = names.map((label, i) =>
    isNumber(i) ? { label, align: 'right' as const } : { label, flexible: 'middle' as const },
  )
  if (flags.format === undefined) {
    print(
      tableText(
        columns,
        rows.map((row) => row.map(text)),
      ),
    )
    return
  }
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell : text(cell))))
  await writeTables([{ name: 'rows', title: 'Rows', columns, rows: cells }], flags, {
    stem: stemOf(input),
    lead: [],
    top: Number.POSITIVE_INFINITY,
  })
}

function text(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
