// flowsim query: SQL over the kernels, launches, operators and annotations of traces.

import type { Command } from 'commander'
import { example } from '../../program/help.js'
import { addTableOptions, type FormatFlags } from '../../program/tables.js'

export function addQuery(program: Command): void {
  const command = program
    .command('query')
    .description(
      'SQL over kernels, operators, launches and annotations. Needs DuckDB: npm install @duckdb/node-api',
    )
    .argument(
      '<input>',
      'trace, kernel table that parse wrote (.parquet, .csv, .jsonl), or a folder',
    )
    .argument('[sql]', 'statement to run; without one the tables and their columns are listed')
    .action(async (input: string, sql: string | undefined, flags: FormatFlags) => {
      const { query } = await import('./run.js')
      await query(input, sql, flags)
    })
  example(
    addTableOptions(command),
    'flowsim query trace.json.gz "SELECT op, sum(duration_ns) FROM kernels GROUP BY op ORDER BY 2 DESC"',
    'flowsim query out "SELECT * FROM operators ORDER BY duration_ns DESC LIMIT 10" --json',
  )
}
