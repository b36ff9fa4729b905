// The work of `flowsim evaluate TRACE --times`: kernel times of simulators, or of models, against the measured ones.
import type { Errors } from '@flowsim/calibration'
import { counted, isKernel } from '@flowsim/trace-schema'
import { loadDatabase } from '../../inputs/kernel-database.js'
import { tableTimes } from '../../inputs/kernel-times.js'
import { loadTraceOrKernels, noteRepairs } from '../../inputs/load-trace.js'
import { isTable } from '../../inputs/measured-file.js'
import { CliError } from '../../program/errors.js'
import { checkConditions, reportChecks } from '../../program/fail-if.js'
import { say } from '../../program/lines.js'
import { note, printJson } from '../../program/print.js'
import { formatShare } from '../../program/progress.js'
import { type FormatFlags, stemOf } from '../../program/tables.js'
import type { EvaluateFlags } from './flags.js'
import { type ErrorRow, giveErrors } from './print.js'
import {
  type EvaluatedTable,
  errorsOfTables,
  type NamedTimes,
  type TimeErrors,
} from './times-errors.js'

/** What `flowsim evaluate TRACE --times --json` prints. */
export interface TimesEvaluation {
  schema: 'flowsim.times-evaluation/1'
  trace: string
  tables: EvaluatedTable[]
}

export async function evaluateTimes(
  path: string,
  flags: EvaluateFlags & { times: string[] },
  given: readonly string[],
): Promise<void> {
  const [stray] = given
  if (stray !== undefined) {
    const option = stray.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    throw new CliError('usage', `--${option}: is of measured rows, not of --times`)
  }
  if (isTable(path)) {
    throw new CliError('usage', `--times: is held against a trace, and ${path} is a table`)
  }
  const twice = flags.times.find((times, i) => flags.times.indexOf(times) < i)
  if (twice !== undefined) throw new CliError('usage', `--times ${twice}: is given twice`)
  const { trace, operations } = await loadTraceOrKernels(path, await loadDatabase(flags.kernels), {
    stacks: 'none',
    salvage: flags.salvage ?? false,
  })
  noteRepairs(trace)
  const rank = { rank: trace.rank ?? 0, copyOf: null, firstKernel: 0, trace }
  const tables: NamedTimes[] = []
  for (const times of flags.times) {
    const table = await tableTimes(times, { kernels: trace.kernels, ranks: [rank] })
    tables.push({ times, ...table })
  }
  const evaluated = errorsOfTables(trace, operations, tables)
  const empty = evaluated.find(({ overall }) => overall.answered === 0)
  if (empty !== undefined) {
    throw new CliError('failure', `${empty.times}: has no time of a kernel of ${path}`)
  }
  const instant = trace.kernels.filter((kernel) => isKernel(kernel) && !(kernel.durationNs > 0))
  if (instant.length > 0) {
    note(`${path}: ${counted(instant.length, 'kernel')} of no time, which have no error: left out`)
  }
  const checks = evaluated.flatMap(({ times, overall }) =>
    checkConditions(
      flags.failIf ?? [],
      (name) =>
        Object.hasOwn(overall, name) ? { value: overall[name as keyof TimeErrors] } : undefined,
      { text: Object.keys(overall).join(', '), names: Object.keys(overall) },
    ).map((check) =>
      evaluated.length === 1 ? check : { ...check, condition: `${check.condition} of ${times}` },
    ),
  )
  const isJson = flags.json === true
  const result: TimesEvaluation = {
    schema: 'flowsim.times-evaluation/1',
    trace: trace.source,
    tables: evaluated,
  }
  if (isJson) printJson(checks.length === 0 ? result : { ...result, checks })
  else await giveTables(evaluated, path, flags)
  await reportChecks(checks, flags, {
    title: `flowsim evaluate ${path}`,
    isJson: isJson || flags.format !== undefined,
  })
}

async function giveTables(
  tables: readonly EvaluatedTable[],
  path: string,
  flags: FormatFlags,
): Promise<void> {
  const of = { what: 'kernels', stem: stemOf(path) } as const
  // A terminal has numbers for the tables; other programs need each row whole.
  const isPrinted = flags.format === undefined
  const [first] = tables
  if (tables.length === 1) {
    const rows: ErrorRow[] = first!.groups.map((group) => ({
      labels: [group.family],
      errors: group,
    }))
    const all = { labels: ['all'], errors: first!.overall }
    await giveErrors([...rows, all], { ...of, labels: ['family'] }, flags)
  } else {
    if (isPrinted) {
      for (const [i, { times }] of tables.entries()) say(`${i + 1}  ${times}`)
      say()
    }
    // Families are those of the trace, the same in each table.
    const side = (what: string, of: (table: EvaluatedTable) => Errors): ErrorRow[] =>
      tables.map((table, i) => ({
        labels: isPrinted ? [i === 0 ? what : '', String(i + 1)] : [what, table.times],
        errors: of(table),
      }))
    await giveErrors(
      [
        ...first!.groups.flatMap(({ family }) =>
          side(family, ({ groups }) => groups.find((group) => group.family === family)!),
        ),
        ...side('all', ({ overall }) => overall),
        ...side('in every table', ({ common }) => common!),
      ],
      { ...of, labels: ['family', 'times'] },
      flags,
    )
  }
  for (const { times, overall } of tables) {
    if (overall.answered === overall.count) continue
    note(
      `${times}: has ${overall.answered} of ${counted(overall.count, 'kernel')}, ${formatShare(overall.timeShare)} of the kernel time; the errors are of these`,
    )
  }
}
