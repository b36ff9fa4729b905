// The tables of `flowsim query`: kernels, and where a trace was given launches and annotations.
import type { DuckDBConnection } from '@duckdb/node-api'
import { KERNEL_COLUMNS } from '@flowsim/parser'
import type { LoadedTrace } from '../../inputs/load-trace.js'
import { openDatabase, quoted, runSql } from './duckdb.js'

type SqlType = 'VARCHAR' | 'BIGINT' | 'DOUBLE' | 'BOOLEAN'
type Value = string | number | boolean | undefined

const TYPES = {
  string: 'VARCHAR',
  integer: 'BIGINT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
} as const satisfies Record<string, SqlType>

/** A table: columns with their types, and how a trace fills it. */
interface Table {
  name: string
  columns: [name: string, type: SqlType][]
  rows: (loaded: LoadedTrace) => Iterable<Value[]>
}

const TIMES: Table['columns'] = [
  ['start_ns', 'BIGINT'],
  ['duration_ns', 'BIGINT'],
]

const TABLES: readonly Table[] = [
  {
    name: 'kernels',
    columns: KERNEL_COLUMNS.map(({ name, type }) => [name, TYPES[type]]),
    *rows({ trace, operations }) {
      for (const [i, event] of trace.kernels.entries()) {
        const row = { event, operation: operations[i] }
        yield KERNEL_COLUMNS.map(({ value }) => value(row))
      }
    },
  },
  {
    name: 'launches',
    columns: [
      ['api', 'VARCHAR'],
      ['pid', 'VARCHAR'],
      ['tid', 'VARCHAR'],
      ...TIMES,
      ['correlation', 'BIGINT'],
    ],
    *rows({ trace }) {
      for (const { api, pid, tid, startNs, durationNs, correlation } of trace.hostCalls ?? []) {
        yield [api, String(pid), String(tid), startNs, durationNs, correlation]
      }
    },
  },
  {
    name: 'annotations',
    columns: [
      ['name', 'VARCHAR'],
      ['side', 'VARCHAR'],
      ['pid', 'VARCHAR'],
      ['tid', 'VARCHAR'],
      ...TIMES,
    ],
    *rows({ trace }) {
      for (const { name, on, pid, tid, startNs, durationNs } of trace.annotations) {
        yield [name, on, String(pid), String(tid), startNs, durationNs]
      }
    },
  },
]

/** Calls of operators, summed over their kernels. */
const OPERATORS = `
  CREATE VIEW operators AS
  SELECT source, operator_instance AS instance, any_value(operator) AS name,
    any_value(operator_parents) AS parents, any_value(shapes) AS shapes, any_value(dtypes) AS dtypes,
    count(*) AS kernels, min(start_ns) AS start_ns, sum(duration_ns)::BIGINT AS duration_ns
  FROM kernels WHERE operator_instance IS NOT NULL GROUP BY ALL ORDER BY start_ns`

/** A database of parsed traces. */
export async function traceDatabase(traces: readonly LoadedTrace[]): Promise<DuckDBConnection> {
  const connection = await openDatabase()
  for (const { name, columns, rows } of TABLES) {
    const list = columns.map(([column, type]) => `${column} ${type}`).join(', ')
    await connection.run(`CREATE TABLE ${name} (source VARCHAR, ${list})`)
    const appender = await connection.createAppender(name)
    for (const loaded of traces) {
      for (const row of rows(loaded)) {
        appender.appendVarchar(loaded.path)
        row.forEach((value, i) => {
          if (value === undefined) appender.appendNull()
          else if (columns[i]![1] === 'BIGINT') appender.appendBigInt(BigInt(value))
          else if (columns[i]![1] === 'DOUBLE') appender.appendDouble(Number(value))
          else if (columns[i]![1] === 'BOOLEAN') appender.appendBoolean(value === true)
          else appender.appendVarchar(String(value))
        })
        appender.endRow()
      }
    }
    appender.closeSync()
  }
  await connection.run(OPERATORS)
  return connection
}

/** A database over kernel tables that `flowsim parse` wrote, all Parquet or all CSV. */
export async function tableDatabase(paths: readonly string[]): Promise<DuckDBConnection> {
  const connection = await openDatabase()
  const list = `[${paths.map(quoted).join(', ')}]`
  const read = paths[0]!.endsWith('.parquet') ? 'read_parquet' : 'read_csv'
  const options = read === 'read_csv' ? ", header = true, quote = '\"', sample_size = -1" : ''
  const texts = read === 'read_csv' ? ` REPLACE (${FOREIGN_TEXTS.map(unprotected).join(', ')})` : ''
  await runSql(
    connection,
    `CREATE VIEW kernels AS SELECT filename AS source, * EXCLUDE (filename)${texts}
     FROM ${read}(${list}, union_by_name = true, filename = true${options})`,
  )
  await runSql(connection, OPERATORS)
  return connection
}

/** Columns that hold text from the trace, which CSV protects from spreadsheets. */
const FOREIGN_TEXTS = ['name', 'operator', 'launch_api', 'group_name', 'call_stack']

/** The column without the protection: `unprotectText` of @flowsim/trace-schema as SQL. */
function unprotected(column: string): string {
  const bare = `regexp_replace(CAST(${column} AS VARCHAR), '^''(''*[=+@\\t-])', '\\1')`
  const percents = ESCAPES.reduce(
    (sql, [pattern, bytes]) => `regexp_replace(${sql}, '${pattern}', '${bytes}', 'g')`,
    `replace(${bare}, '%', '%25')`,
  )
  return `if(contains(${column}, '\\u'), url_decode(${percents}), ${bare}) AS ${column}`
}

/** Escapes of control characters, and their bytes in UTF-8 as a URL has them. */
const ESCAPES = [
  ['\\\\u00([01][0-9a-f]|7f)', '%\\1'],
  ['\\\\u00([89][0-9a-f])', '%C2%\\1'],
  ['\\\\u061c', '%D8%9C'],
  ['\\\\u200([ef])', '%E2%80%8\\1'],
  ['\\\\u202([a-e])', '%E2%80%A\\1'],
  ['\\\\u206([6-9])', '%E2%81%A\\1'],
  ['\\\\u005c', '%5C'],
] as const
