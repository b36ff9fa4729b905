// The work of `flowsim external collect FOLDER --simulator astra-sim`: times of a network's collectives as a table.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type AstraSimCollective,
  type CollectiveRow,
  collectiveName,
  collectiveOfName,
  collectiveRow,
  EXIT_FILE,
  LOG_FILE,
  readAstraSimLog,
} from '@flowsim/external'
import { fileText } from '@flowsim/parser/node'
import { messageOf } from '@flowsim/trace-schema'
import { csvText } from '../../program/csv.js'
import { CliError } from '../../program/errors.js'
import { tableText } from '../../program/lines.js'
import { Outputs } from '../../program/outputs.js'
import { note, print, printJson } from '../../program/print.js'
import { formatNs } from '../../program/progress.js'
import type { CollectFlags } from './flags.js'

const COLUMNS = [
  'framework',
  'op',
  'dtype',
  'num_gpus',
  'message_elements',
  'message_bytes',
  'latency_us',
] as const satisfies (keyof CollectiveRow)[]

export async function collectCollectives(folder: string, flags: CollectFlags): Promise<void> {
  const entries = await readdir(folder).catch((cause: unknown) => {
    throw new CliError('failure', `${folder}: cannot be read: ${messageOf(cause)}`, { cause })
  })
  const found = entries.flatMap((name) => collectiveOfName(name) ?? [])
  if (found.length === 0) {
    throw new CliError(
      'failure',
      `${folder}: holds no runs of collectives; make their workloads with flowsim external plan --simulator astra-sim, and give the log of another workload with --log`,
    )
  }
  found.sort((a, b) => a.op.localeCompare(b.op) || a.npus - b.npus || a.bytes - b.bytes)
  const rows: CollectiveRow[] = []
  const failed: string[] = []
  for (const collective of found) {
    const result = await rowOf(join(folder, collectiveName(collective)), collective)
    if (typeof result === 'string') failed.push(`${collectiveName(collective)}: ${result}`)
    else rows.push(result)
  }
  const outputs = flags.output === undefined ? undefined : await Outputs.into(flags.output)
  if (outputs !== undefined) {
    const cells = rows.map((row) => COLUMNS.map((column) => row[column]))
    await outputs.add('collectives.csv', csvText([[...COLUMNS], ...cells], { raw: flags.raw }))
    await outputs.commit()
  }
  const files = outputs === undefined ? [] : [...outputs.paths]
  if (flags.json) {
    printJson({ schema: 'flowsim.astra-sim-collectives/1', rows, failed, outputs: files })
  } else {
    print(tableOf(rows))
    for (const file of files) print(`for --collectives:\n${file}`)
  }
  for (const each of failed) note(each)
  if (failed.length > 0) process.exitCode = 1
}

/** The row of a run, or why there is none. */
async function rowOf(
  folder: string,
  collective: AstraSimCollective,
): Promise<CollectiveRow | string> {
  const path = join(folder, LOG_FILE)
  const exit = await readFile(join(folder, EXIT_FILE), 'utf8').catch(() => undefined)
  if (exit === undefined) return 'has not ended; see flowsim jobs status'
  try {
    const log = await readAstraSimLog(fileText(path, { source: path }), {
      source: path,
      npus: collective.npus,
    })
    const row = exit.trim() === '0' ? collectiveRow(collective, log) : null
    if (row !== null) return row
    const why = log.errors[0] ?? `${log.missing.length} of ${collective.npus} NPUs did not report`
    return `failed with exit code ${exit.trim()}: ${why}`
  } catch (error) {
    return messageOf(error)
  }
}

function tableOf(rows: readonly CollectiveRow[]): string {
  const right = { align: 'right' } as const
  return tableText(
    [
      { label: 'collective' },
      { label: 'NPUs', ...right },
      { label: 'bytes', ...right },
      { label: 'time', ...right },
    ],
    rows.map(({ op, num_gpus, message_bytes, latency_us }) => [
      op,
      String(num_gpus),
      String(message_bytes),
      formatNs(latency_us * 1000),
    ]),
  )
}
