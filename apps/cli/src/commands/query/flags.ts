// flowsim query: SQL over the kernels, launches, operators and annotations of traces.

import { type Command, Option } from 'commander'
import { example } from '../../program/help.js'
import { jsonOption, rawOption } from '../../program/options.js'

/** Options of `flowsim query`. */
export interface QueryFlags {
  format: 'table' | 'csv'
  raw?: true
  json?: true
}

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
    .addOption(
      new Option('--format <form>', 'how to print rows').choices(['table', 'csv']).default('table'),
    )
    .addOption(rawOption())
    .addOption(jsonOption())
    .action(async (input: string, sql: string | undefined, flags: QueryFlags) => {
      const { query } = await import('./run.js')
      await query(input, sql, flags)
    })
  example(
    command,
    'flowsim query trace.json.gz "SELECT op, sum(duration_ns) FROM kernels GROUP BY op ORDER BY 2 DESC"',
    'flowsim query out "SELECT * FROM operators ORDER BY duration_ns DESC LIMIT 10" --json',
  )
}
