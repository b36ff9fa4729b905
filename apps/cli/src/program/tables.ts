// Results as tables for other programs: --format csv, md or xlsx. Numbers are written in full, shares as fractions.
import { basename } from 'node:path'
import type { TableCell, TableColumn } from '@flowsim/report/terminal'
import { type Command, Option } from 'commander'
import { csvText } from './csv.js'
import { CliError } from './errors.js'
import { jsonOption, rawOption } from './options.js'
import { Outputs } from './outputs.js'
import { note, print } from './print.js'
import { formatShare } from './progress.js'
import { workbook } from './workbook.js'
import type { Content } from './write-content.js'

/** A column of results. */
export interface ResultColumn extends TableColumn {
  /** A share, as a fraction: per cent where people read it. */
  share?: true
}

/** A table of results: a terminal shows its first rows, files hold all. */
export interface ResultTable {
  /** Name of its file and sheet, such as `operations`. */
  name: string
  title: string
  columns: readonly ResultColumn[]
  rows: readonly (readonly TableCell[])[]
}

/** Forms that tables take. */
export const TABLE_FORMATS = ['csv', 'md', 'xlsx'] as const

/** Options of {@link addFormat}. */
export interface FormatFlags {
  format?: (typeof TABLE_FORMATS)[number]
  output?: string
  raw?: true
  json?: true
}

/** `--format`; the command has `-o` and `--raw` besides, as {@link addTableOptions} gives them. */
export function addFormat(
  command: Command,
  more: { forms: readonly string[]; help: string } = { forms: [], help: '' },
): Command {
  return command.addOption(
    new Option(
      '--format <form>',
      `tables as csv, as Markdown for a pull request (md), or as a workbook with a sheet a table (xlsx)${more.help}; with -o to files`,
    )
      .choices([...TABLE_FORMATS, ...more.forms])
      .conflicts('json'),
  )
}

/** `-o` of a command that writes nothing but its tables. */
export function tablesOutputOption(): Option {
  return new Option('-o, --output <dir>', 'with --format: folder for a file for each table')
}

/** `--format`, `-o`, `--raw` and `--json` of a command that prints a table. */
export function addTableOptions(command: Command): Command {
  command.addOption(tablesOutputOption()).addOption(rawOption()).addOption(jsonOption())
  return addFormat(command)
}

/** Cells as people read them: shares in per cent. */
export function readableRows({ columns, rows }: ResultTable): TableCell[][] {
  return rows.map((row) =>
    row.map((cell, c) =>
      columns[c]?.share && typeof cell === 'number' ? formatShare(cell) : cell,
    ),
  )
}

/**
 * Writes tables in the form that was asked for: to files with `output`, else to stdout, where CSV of several has
 * a line with the title above each. Of several, those without rows are left out.
 *
 * @param options.stem what a workbook or Markdown file is called
 * @param options.lead first lines of Markdown: the verdict, in words
 * @param options.top rows of each table in Markdown
 * @returns paths of the files
 * @throws CliError `usage` for a workbook without a folder
 */
export async function writeTables(
  tables: readonly ResultTable[],
  flags: FormatFlags,
  { stem, lead, top }: { stem: string; lead: readonly string[]; top: number },
): Promise<string[]> {
  const shown = tables.length === 1 ? tables : tables.filter(({ rows }) => rows.length > 0)
  const { format, output, raw } = flags
  if (output === undefined) {
    if (format === 'xlsx') {
      throw new CliError(
        'usage',
        '--format xlsx: a workbook is a file and is not printed; add -o FOLDER',
      )
    }
    const text = () => (tables.length === 1 ? csvOf(tables[0]!, raw) : csvOfAll(shown, raw))
    print((format === 'md' ? markdown(shown, lead, top) : text()).trimEnd())
    return []
  }
  const files: [string, Content][] =
    format === 'xlsx'
      ? [[`${stem}.xlsx`, await workbook(shown)]]
      : format === 'md'
        ? [[`${stem}.md`, markdown(shown, lead, top)]]
        : shown.map((table) => [`${table.name}.csv`, csvText(csvRows(table), { raw })])
  const outputs = await Outputs.into(output)
  try {
    for (const [name, content] of files) await outputs.add(name, content)
    await outputs.commit()
  } catch (error) {
    await outputs.discard()
    throw error
  }
  for (const path of outputs.paths) note(path)
  return outputs.paths
}

/** The name of an input without folder and endings. */
export function stemOf(path: string): string {
  return basename(path).replace(
    /(\.pt)?(\.trace)?\.(json|ya?ml|pb|sqlite|rpd|db|et|csv)?(\.gz)?$/,
    '',
  )
}

/** The names of the columns, then the rows. */
export function* csvRows({ columns, rows }: ResultTable): Generator<readonly TableCell[]> {
  yield columns.map(({ label }) => label)
  yield* rows
}

/** Tables one after another, each below a line with its title. */
function csvOfAll(tables: readonly ResultTable[], raw: true | undefined): string {
  return tables
    .map((table) => [...csvText([[table.title]], { raw }), csvOf(table, raw)].join(''))
    .join('\n')
}

function csvOf(table: ResultTable, raw: true | undefined): string {
  return [...csvText(csvRows(table), { raw })].join('')
}

function markdown(tables: readonly ResultTable[], lead: readonly string[], top: number): string {
  const parts = tables.map((table) => {
    const { title, columns } = table
    const rows = readableRows(table)
    const head = columns.map(({ label }) => cellText(label, undefined))
    const rule = columns.map(({ align }) => (align === 'right' ? '---:' : '---'))
    const body = rows
      .slice(0, top)
      .map((row) => columns.map(({ digits }, c) => cellText(row[c] ?? null, digits)))
    const more = rows.length > top ? `\n\n… ${rows.length - top} more` : ''
    const lines = [head, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`)
    return `#### ${title}\n\n${lines.join('\n')}${more}`
  })
  return `${[...lead, ...parts].join('\n\n')}\n`
}

/** A cell that cannot end the cell, the row or the text. */
function cellText(value: TableCell, digits: number | undefined): string {
  if (value === null) return ''
  if (typeof value === 'number') {
    return Number.isFinite(value) ? value.toLocaleString('en-US', digitsOf(digits)) : ''
  }
  return value.replace(/[\\|`*_<>[\]]/g, '\\$&').replace(/\s+/g, ' ')
}

function digitsOf(digits: number | undefined): Intl.NumberFormatOptions {
  return digits === undefined
    ? { maximumFractionDigits: 6 }
    : { minimumFractionDigits: digits, maximumFractionDigits: digits }
}
