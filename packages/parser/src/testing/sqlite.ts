// SQLite files for tests, written and read with nothing of the parser.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sqlite from 'node-sqlite3-wasm'

type Value = number | bigint | string | null

/** Runs a function on a database file that is removed afterwards. */
export function withDatabase<T>(
  bytes: Uint8Array | undefined,
  run: (database: InstanceType<typeof sqlite.Database>) => T,
): { result: T; bytes: Uint8Array } {
  const folder = mkdtempSync(join(tmpdir(), 'flowsim-test-'))
  const path = join(folder, 'made.sqlite')
  try {
    if (bytes !== undefined) writeFileSync(path, bytes)
    const database = new sqlite.Database(path)
    const result = run(database)
    database.close()
    return { result, bytes: readFileSync(path) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Tables by name, each a list of rows with the same columns. */
export type Tables = Record<string, Record<string, Value>[]>

/** A database of tables. */
export function databaseOfTables(tables: Tables): Uint8Array {
  return withDatabase(undefined, (database) => {
    for (const [table, rows] of Object.entries(tables)) {
      const columns = Object.keys(rows[0]!)
      const list = columns.map((name) => `"${name}"`).join(', ')
      database.exec(`CREATE TABLE "${table}" (${list})`)
      const statement = database.prepare(
        `INSERT INTO "${table}" VALUES (${columns.map(() => '?').join(', ')})`,
      )
      for (const row of rows) statement.run(columns.map((name) => row[name]!))
      statement.finalize()
    }
  }).bytes
}
