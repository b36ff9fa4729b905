// Latency models that commands are given: by name, with the user's calibration profiles and measured rows.
import {
  type CalibrationRow,
  collectiveTimes,
  createCalibrated,
  getModel,
  MEASURED_OPS,
  type MeasuredOp,
  MODELS,
  measured,
  parseProfile,
} from '@flowsim/calibration'
import { type LatencyModel, withCollectiveTimes } from '@flowsim/perf-model'
import type { HardwareSpec } from '@flowsim/trace-schema'
import { CliError } from '../program/errors.js'
import type { ModelFlags } from '../program/options.js'
import { readText } from './read-json.js'

/** Whether a name is that of a latency model. */
export function isLatencyModel(name: string): boolean {
  return name === 'measured' || name === 'command' || Object.hasOwn(MODELS, name)
}

/**
 * The model that the flags name. `hardware` is the device of measured rows that name none; `op` is what
 * tables measure that do not say so themselves.
 */
export async function loadLatencyModel(
  { collectives, ...flags }: ModelFlags & { mode?: string },
  hardware: HardwareSpec | undefined,
  op?: MeasuredOp,
): Promise<LatencyModel> {
  const model = await namedModel(flags, hardware, op)
  if (collectives === undefined) return model
  const { readRows } = await import('./measured-file.js')
  const source = { source: collectives }
  return withCollectiveTimes(model, collectiveTimes(await readRows(collectives), source), source)
}

async function namedModel(
  { model, mode, profile, measurements, command }: ModelFlags & { mode?: string },
  hardware: HardwareSpec | undefined,
  op: MeasuredOp | undefined,
): Promise<LatencyModel> {
  if (mode !== undefined && model !== 'tile') {
    throw new CliError('usage', `--mode ${mode}: only --model tile has modes`)
  }
  if (profile !== undefined && model !== 'calibrated' && model !== 'measured') {
    throw new CliError('usage', `--profile: goes with calibrated and measured, not with ${model}`)
  }
  if (measurements !== undefined && model !== 'measured') {
    throw new CliError('usage', `--measurements: goes with --model measured, not with ${model}`)
  }
  if (command !== undefined && model !== 'command') {
    throw new CliError('usage', `--command: goes with --model command, not with ${model}`)
  }
  if (model === 'command') {
    const { commandModel } = await import('./command-model.js')
    return commandModel(command)
  }
  if (model !== 'measured' && profile === undefined) return getModel(model)
  const base = profile === undefined ? getModel('calibrated') : await withProfiles(profile)
  if (model === 'calibrated') return base
  if (measurements === undefined) {
    throw new CliError('usage', '--model measured: needs its rows; give them with --measurements')
  }
  const rows: CalibrationRow[] = []
  for (const text of measurements) {
    for (const row of await rowsOf(text, hardware, op)) rows.push(row)
  }
  return measured(rows, { fallback: base })
}

/** The calibrated model with profiles of the user's. */
async function withProfiles(paths: readonly string[]): Promise<LatencyModel> {
  const profiles = []
  for (const path of paths) profiles.push(parseProfile(await readText(path), path))
  return createCalibrated({ profiles })
}

/** Rows of `gemm=rows.csv`, of a table whose operation is known, or of a trace. */
async function rowsOf(
  text: string,
  hardware: HardwareSpec | undefined,
  op: MeasuredOp | undefined,
): Promise<CalibrationRow[]> {
  const at = text.indexOf('=')
  const named = MEASURED_OPS.find((name) => name === text.slice(0, Math.max(0, at)))
  const path = named === undefined ? text : text.slice(at + 1)
  // What reads files is loaded where there are some.
  const { isTable, measuredRows, readRows } = await import('./measured-file.js')
  if (!isTable(path)) {
    const { kernelRows } = await import('./trace-rows.js')
    return kernelRows(path, hardware)
  }
  const known = named ?? op
  if (known === undefined) {
    throw new CliError(
      'usage',
      `--measurements ${text}: say what its rows measure, such as gemm=${path}`,
    )
  }
  return measuredRows(path, await readRows(path), known, hardware)
}
