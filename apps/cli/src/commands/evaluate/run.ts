// The work of `flowsim evaluate`.

import { type Errors, type Evaluation, evaluate as evaluateRows } from '@flowsim/calibration'
import { PerfModelError } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import { counted } from '@flowsim/trace-schema'
import { loadHardware } from '../../inputs/hardware.js'
import { loadLatencyModel } from '../../inputs/latency-model.js'
import { isTable, readRows } from '../../inputs/measured-file.js'
import { CliError } from '../../program/errors.js'
import { checkConditions, reportChecks } from '../../program/fail-if.js'
import { printJson } from '../../program/print.js'
import { stage } from '../../program/progress.js'
import { stemOf } from '../../program/tables.js'
import { DEFAULT_GROUPS, type EvaluateFlags } from './flags.js'
import { giveErrors } from './print.js'

export async function evaluate(path: string, flags: EvaluateFlags): Promise<void> {
  const { op } = flags
  if (op === undefined) {
    const more = isTable(path) ? '' : '; a trace is held against kernel times, with --times'
    throw new CliError('usage', `--op: say what the rows measure${more}`)
  }
  for (const option of ['kernels', 'salvage'] as const) {
    if (flags[option] !== undefined) throw new CliError('usage', `--${option}: belongs to --times`)
  }
  const rows = await readRows(path)
  const hardware = flags.hardware === undefined ? undefined : await loadHardware(flags.hardware)
  const model = await loadLatencyModel(flags, hardware, op)
  const groupBy = flags.groupBy.split(',').map((column) => column.trim())
  const columns = new Set(Object.keys(rows[0]!))
  const where = Object.fromEntries((flags.where ?? []).map(readCondition))
  const check = (flag: string, names: readonly string[]) => {
    const stray = names.find((column) => !columns.has(column))
    if (stray === undefined) return
    throw new CliError(
      'usage',
      `${flag} ${stray}: ${path} has the columns ${[...columns].join(', ')}`,
    )
  }
  check('--where', Object.keys(where))
  if (flags.groupBy !== DEFAULT_GROUPS) check('--group-by', groupBy)
  stage(`predicting ${counted(rows.length, 'row')}`)
  let result: Evaluation
  try {
    result = evaluateRows(rows, {
      op,
      model,
      deviceOf: findHardware,
      where,
      groupBy,
      ...(hardware && { hardware }),
    })
  } catch (error) {
    if (!(error instanceof PerfModelError)) throw error
    throw new CliError('failure', `${path}: ${error.message}`, { cause: error })
  }
  if (result.overall.count === 0) {
    throw new CliError('failure', `${path}: no row has ${(flags.where ?? []).join(' and ')}`)
  }
  const { overall } = result
  const checks = checkConditions(
    flags.failIf ?? [],
    (name) => (Object.hasOwn(overall, name) ? { value: overall[name as keyof Errors] } : undefined),
    { text: Object.keys(overall).join(', '), names: Object.keys(overall) },
  )
  const isJson = flags.json === true
  if (isJson) printJson(checks.length === 0 ? result : { ...result, checks })
  else {
    await giveErrors(
      [
        ...result.groups.map((group) => ({
          labels: groupBy.map((column) => String(group[column] ?? '-')),
          errors: group,
        })),
        { labels: ['all'], errors: overall },
      ],
      { what: 'rows', labels: groupBy, stem: stemOf(path) },
      flags,
    )
  }
  await reportChecks(checks, flags, {
    title: `flowsim evaluate ${path}`,
    isJson: isJson || flags.format !== undefined,
  })
}

function readCondition(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new CliError('usage', `--where ${text}: expected column=value`)
  return [text.slice(0, at), text.slice(at + 1)]
}
