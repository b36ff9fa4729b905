// The work of `flowsim evaluate`.
import {
  createCalibrated,
  type Errors,
  type Evaluation,
  evaluate as evaluateRows,
  getModel,
  type LatencyModel,
  measured,
  PerfModelError,
  parseProfile,
} from '@flowsim/perf-model'
import { renderTable } from '@flowsim/report'
import type { HardwareSpec } from '@flowsim/trace-schema'
import type { EvaluateFlags } from '../commands/evaluate.js'
import { CliError } from '../program/errors.js'
import { print, printJson } from '../program/print.js'
import { loadHardware } from './hardware.js'
import { measuredRows, readRows } from './measured-file.js'
import { readText } from './read-json.js'

export async function evaluate(path: string, flags: EvaluateFlags): Promise<void> {
  const rows = await readRows(path)
  const hardware = flags.hardware === undefined ? undefined : await loadHardware(flags.hardware)
  const model = await modelOf(flags, hardware)
  const groupBy = flags.groupBy.split(',').map((column) => column.trim())
  const columns = new Set(Object.keys(rows[0]!))
  const where = Object.fromEntries((flags.where ?? []).map(readCondition))
  for (const column of Object.keys(where)) {
    if (!columns.has(column)) {
      throw new CliError(
        'usage',
        `--where ${column}: ${path} has the columns ${[...columns].join(', ')}`,
      )
    }
  }
  let result: Evaluation
  try {
    result = evaluateRows(rows, {
      op: flags.op,
      model,
      where,
      groupBy,
      ...(hardware && { hardware }),
    })
  } catch (error) {
    if (!(error instanceof PerfModelError)) throw error
    throw new CliError('failure', `${path}: ${error.message}`, { cause: error })
  }
  if (flags.json) printJson(result)
  else printEvaluation(result, groupBy)
}

async function modelOf(
  { model, op, profile, measurements }: EvaluateFlags,
  hardware: HardwareSpec | undefined,
): Promise<LatencyModel> {
  if (profile !== undefined && model !== 'calibrated' && model !== 'measured') {
    throw new CliError('usage', `--profile: goes with calibrated and measured, not with ${model}`)
  }
  const base = profile === undefined ? getModel('calibrated') : await withProfiles(profile)
  if (model === 'calibrated') return base
  if (model !== 'measured') return getModel(model)
  if (measurements === undefined) {
    throw new CliError('usage', '--model measured: needs its rows; give them with --measurements')
  }
  const rows = await readRows(measurements)
  return measured(measuredRows(measurements, rows, op, hardware), { fallback: base })
}

/** The calibrated model with profiles of the user's. */
async function withProfiles(paths: readonly string[]): Promise<LatencyModel> {
  const profiles = []
  for (const path of paths) profiles.push(parseProfile(await readText(path), path))
  return createCalibrated({ profiles })
}

function readCondition(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new CliError('usage', `--where ${text}: expected column=value`)
  return [text.slice(0, at), text.slice(at + 1)]
}

function printEvaluation({ overall, groups }: Evaluation, groupBy: readonly string[]): void {
  const right = { align: 'right' } as const
  const percent = (share: number | null) => (share === null ? '-' : `${(100 * share).toFixed(2)} %`)
  const cells = (errors: Errors) => [
    String(errors.count),
    String(errors.answered),
    percent(errors.mape),
    percent(errors.medianApe),
    percent(errors.p90Ape),
    percent(errors.bias),
    percent(errors.insideP10P90),
  ]
  const names = ['rows', 'answered', 'MAPE', 'median', 'p90', 'bias', 'in p10-p90']
  print(
    renderTable(
      [...groupBy.map((label) => ({ label })), ...names.map((label) => ({ label, ...right }))],
      [
        ...groups.map((group) => [
          ...groupBy.map((column) => String(group[column] ?? '-')),
          ...cells(group),
        ]),
        [...groupBy.map((_, i) => (i === 0 ? 'all' : '')), ...cells(overall)],
      ],
    ),
  )
}
