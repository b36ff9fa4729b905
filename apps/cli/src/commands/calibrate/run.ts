// The work of `flowsim calibrate`.

import { basename } from 'node:path'
import { type CalibrationRow, type FitReport, calibrate as fit } from '@flowsim/calibration'
import { PerfModelError } from '@flowsim/perf-model'
import { counted } from '@flowsim/trace-schema'
import { loadHardware } from '../../inputs/hardware.js'
import { isTable, measuredRows, readRows } from '../../inputs/measured-file.js'
import { tracePaths } from '../../inputs/trace-paths.js'
import { kernelRows } from '../../inputs/trace-rows.js'
import { CliError } from '../../program/errors.js'
import { say, tableText } from '../../program/lines.js'
import { Outputs } from '../../program/outputs.js'
import { print, printJson } from '../../program/print.js'
import { Progress } from '../../program/progress.js'
import type { CalibrateFlags } from './flags.js'

export async function calibrate(files: readonly string[], flags: CalibrateFlags): Promise<void> {
  const hardware = flags.hardware === undefined ? undefined : await loadHardware(flags.hardware)
  const rows: CalibrationRow[] = []
  for (const path of files.filter(isTable)) {
    if (flags.op === undefined) {
      throw new CliError('usage', `${path}: say what its rows measure with --op`)
    }
    for (const row of measuredRows(path, await readRows(path), flags.op, hardware)) rows.push(row)
  }
  for (const path of await tracePaths(files.filter((file) => !isTable(file)))) {
    for (const row of await kernelRows(path, hardware, flags.kernels)) rows.push(row)
  }
  const progress = new Progress(`fitting to ${counted(rows.length, 'row')}`)
  const name = flags.name ?? basename(flags.output).replace(/\.json$/i, '')
  let done = 0
  try {
    const { profile, report } = fit(rows, {
      name,
      created: new Date().toISOString().slice(0, 10),
      sources: files.map((file) => ({
        name: basename(file),
        licence: 'own measurements',
        measured: isTable(file) ? `rows of ${flags.op}` : 'kernels of a trace',
      })),
      onSection: () => progress.update(() => `${++done} sections fitted`),
    })
    progress.done()
    await Outputs.file(flags.output, `${JSON.stringify(profile)}\n`)
    if (flags.json) printJson({ profile: flags.output, ...report })
    else printReport(flags.output, report)
  } catch (error) {
    if (!(error instanceof PerfModelError)) throw error
    throw new CliError('failure', error.message, { cause: error })
  } finally {
    progress.done()
  }
}

function printReport(path: string, { skipped, sections }: FitReport): void {
  const right = { align: 'right' } as const
  const percent = (share: number | undefined) =>
    share === undefined ? '-' : `${(100 * share).toFixed(1)} %`
  print(
    tableText(
      [
        { label: 'operations', flexible: true },
        { label: 'types', flexible: true },
        { label: 'source', flexible: true, priority: -1 },
        { label: 'device', flexible: true },
        { label: 'shapes', ...right },
        { label: 'before', ...right },
        { label: 'after', ...right },
      ],
      sections.map(({ family, kind, source, devices, rows, before, after }) => [
        family,
        kind,
        source,
        devices.join(' '),
        String(rows),
        percent(before?.mape),
        percent(after.mape),
      ]),
    ),
  )
  say(
    '\nMean relative error, of the built-in profiles and of this one: on shapes held out from its correction, ' +
      'or on the shapes themselves where they are fewer than 48.',
  )
  if (skipped > 0) say(`${counted(skipped, 'row')} left out: the operation has no family.`)
  print(`\n${path}`)
}
