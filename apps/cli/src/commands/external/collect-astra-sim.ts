// The work of `flowsim external collect --simulator astra-sim`.

import { readAstraSimLog } from '@flowsim/external'
import { fileText } from '@flowsim/parser/node'
import { counted } from '@flowsim/trace-schema'
import { csvText } from '../../program/csv.js'
import { CliError } from '../../program/errors.js'
import { say } from '../../program/lines.js'
import { Outputs } from '../../program/outputs.js'
import { note, print, printJson } from '../../program/print.js'
import { formatNs } from '../../program/progress.js'
import type { CollectFlags } from './flags.js'

const ROWS = 16

export async function collectAstraSim(
  folder: string | undefined,
  flags: CollectFlags,
): Promise<void> {
  const [path, second] = flags.log ?? []
  if ((folder === undefined) === (path === undefined) || second !== undefined) {
    throw new CliError(
      'usage',
      '--simulator astra-sim: give one log with --log, or a folder of flowsim external run',
    )
  }
  for (const option of ['stderr', 'list', 'trace'] as const) {
    if (flags[option] !== undefined) {
      throw new CliError('usage', `--${option}: belongs to --simulator accel-sim`)
    }
  }
  if (path === undefined) {
    const { collectCollectives } = await import('./collect-collectives.js')
    return collectCollectives(folder!, flags)
  }
  const log = await readAstraSimLog(fileText(path, { source: path }), {
    source: path,
    npus: flags.npus,
  })
  const outputs = flags.output === undefined ? undefined : await Outputs.into(flags.output)
  if (outputs !== undefined) {
    const rows = log.npus.map((each) => [
      each.npu,
      each.finishedNs / 1000,
      ...[each.exposedCommunicationNs, each.computeNs, each.communicationNs].map((ns) =>
        ns === null ? null : ns / 1000,
      ),
    ])
    const header = [
      'npu',
      'finished_us',
      'exposed_communication_us',
      'compute_us',
      'communication_us',
    ]
    await outputs.add('npus.csv', csvText([header, ...rows], { raw: flags.raw }))
    await outputs.commit()
  }
  const files = outputs === undefined ? [] : [...outputs.paths]
  if (flags.json) printJson({ ...log, outputs: files })
  else {
    say(`end to end: ${formatNs(log.endToEndNs)}, of ${counted(log.npus.length, 'NPU')}`)
    for (const { npu, finishedNs, exposedCommunicationNs } of log.npus.slice(0, ROWS)) {
      say(
        `  NPU ${npu}: ${formatNs(finishedNs)}, exposed communication ${formatNs(exposedCommunicationNs)}`,
      )
    }
    if (log.npus.length > ROWS) print(`  … and ${log.npus.length - ROWS} more (--json, -o)`)
    for (const file of files) print(`written: ${file}`)
  }
  for (const error of log.errors) note(`${path}: ${error}`)
  if (log.missing.length > 0) {
    const named = log.missing.slice(0, 8).join(', ')
    const more = log.missing.length > 8 ? ` and ${log.missing.length - 8} more` : ''
    note(`${path}: NPU ${named}${more} did not report, so there is no end to end`)
  }
  if (log.endToEndNs === null) process.exitCode = 1
}
