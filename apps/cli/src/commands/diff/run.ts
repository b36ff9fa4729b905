// The work of `flowsim diff`.
import { basename } from 'node:path'
import { diffTraces, type TraceDiff } from '@flowsim/analysis'
import {
  DIFF_PARTS,
  diffPage,
  MATCHED,
  mergedRows,
  renderPage,
  rowShapes,
} from '@flowsim/report/pages'
import type { TableColumn } from '@flowsim/report/terminal'
import { loadDatabase } from '../../inputs/kernel-database.js'
import { type LoadedTrace, loadTrace, noteRepairs } from '../../inputs/load-trace.js'
import { checkConditions, reportChecks } from '../../program/fail-if.js'
import { say, tableText } from '../../program/lines.js'
import { Outputs } from '../../program/outputs.js'
import { print, printJson } from '../../program/print.js'
import { formatNs, formatShare, stage } from '../../program/progress.js'
import { stemOf, writeTables } from '../../program/tables.js'
import { version } from '../../version.js'
import { requireKernels } from '../simulate/predict.js'
import type { DiffFlags } from './flags.js'
import { diffMetric, diffMetrics } from './metrics.js'
import { diffTables } from './tables.js'

export async function diff(pathA: string, pathB: string, flags: DiffFlags): Promise<void> {
  const database = await loadDatabase(flags.kernels)
  const load = async (path: string) => {
    const loaded = await loadTrace(path, database, {
      salvage: flags.salvage ?? false,
      steps: flags.steps,
    })
    noteRepairs(loaded.trace)
    requireKernels(loaded.trace)
    return loaded
  }
  const [a, b] = [await load(pathA), await load(pathB)]
  stage('matching kernels')
  const result = diffTraces(a, b)
  const checks = checkConditions(
    flags.failIf ?? [],
    (name) => diffMetric(name, result, [a, b]),
    diffMetrics(result),
  )
  const isJson = flags.json === true
  const document = { schema: 'flowsim.diff/1', sources: [pathA, pathB], ...result, checks }
  const paths = flags.output === undefined ? [] : await writePage(flags.output, document, [a, b])
  if (isJson) {
    printJson({ ...document, outputs: paths })
  } else if (flags.format !== undefined) {
    await writeTables(diffTables(result), flags, {
      stem: `${stemOf(pathA)}-${stemOf(pathB)}`,
      lead: [diffLead(result, pathA, pathB)],
      top: flags.top,
    })
  } else {
    printDiff(result, pathA, pathB, flags.top)
    if (paths.length > 0) print(`\n${paths.join('\n')}`)
  }
  await reportChecks(checks, flags, {
    title: `flowsim diff ${pathA} ${pathB}`,
    isJson: isJson || flags.format !== undefined,
  })
}

/** The page and all rows. */
async function writePage(
  folder: string,
  document: TraceDiff & { sources: string[] },
  [a, b]: readonly [LoadedTrace, LoadedTrace],
): Promise<string[]> {
  const side = ({ path, trace, operations }: LoadedTrace) => {
    return { name: basename(path), trace, operations }
  }
  const outputs = await Outputs.into(folder)
  try {
    const facts = { a: side(a), b: side(b), generator: `flowsim ${version}` }
    await outputs.add('diff.json', `${JSON.stringify(document, null, 2)}\n`)
    await outputs.add('report.html', renderPage(diffPage(document, facts)))
    await outputs.commit()
  } catch (error) {
    await outputs.discard()
    throw error
  }
  return outputs.paths
}

/** The verdict in a sentence. */
function diffLead({ a, b }: TraceDiff, pathA: string, pathB: string): string {
  return `**Window ${formatNs(a.windowNs)} → ${formatNs(b.windowNs)}** (${change(a.windowNs, b.windowNs)}), busy ${formatNs(a.busyNs)} → ${formatNs(b.busyNs)} (${change(a.busyNs, b.busyNs)}). A is ${stemOf(pathA)}, B is ${stemOf(pathB)}.`
}

function printDiff(result: TraceDiff, a: string, b: string, top: number): void {
  print(`A  ${a}`)
  print(`B  ${b}\n`)
  print(
    tableText(
      [{ label: '' }, right('A'), right('B'), right('change')],
      DIFF_PARTS.map(([, label, of]) => [
        label,
        formatNs(of(result.a)),
        formatNs(of(result.b)),
        change(of(result.a), of(result.b)),
      ]),
    ),
  )
  print()
  const rows = mergedRows(result.rows)
  const shown = rows.slice(0, top)
  print(
    tableText(
      [
        { label: 'operation', flexible: true, priority: 2 },
        { label: 'shape', flexible: 'wrap', least: 30, priority: 1 },
        { ...right('activities'), priority: -1 },
        { label: 'A ms', align: 'right', digits: 3 },
        { label: 'B ms', align: 'right', digits: 3 },
        { label: 'change ms', align: 'right', digits: 3 },
        right('per call'),
        { label: 'matched', priority: -2 },
      ],
      shown.map((row) => [
        row.op,
        rowShapes(row),
        row.a.count === row.b.count ? row.a.count : `${row.a.count} → ${row.b.count}`,
        row.a.sumNs / 1e6,
        row.b.sumNs / 1e6,
        row.deltaNs / 1e6,
        row.ratio === null ? null : `× ${row.ratio.toFixed(2)}`,
        MATCHED[row.match],
      ]),
    ),
  )
  if (rows.length > top) print(`… ${rows.length - top} more (--top, --json)`)
  const { only_a: onlyA, only_b: onlyB } = result.matchedShare
  say(
    `\n${formatShare(1 - onlyA.a)} of A's time and ${formatShare(1 - onlyB.b)} of B's have a partner in the other.`,
  )
}

function right(label: string): TableColumn {
  return { label, align: 'right' }
}

function change(a: number, b: number): string {
  if (a === 0) return b === 0 ? '' : 'new'
  const share = b / a - 1
  return `${share < 0 ? '−' : '+'}${formatShare(Math.abs(share))}`
}
