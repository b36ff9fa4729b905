// The work of `flowsim diff`.
import { diffTraces, type TraceDiff } from '@flowsim/analysis'
import type { TableColumn } from '@flowsim/report/terminal'
import { loadDatabase } from '../../inputs/kernel-database.js'
import { loadTrace, noteRepairs } from '../../inputs/load-trace.js'
import { checkConditions, reportChecks } from '../../program/fail-if.js'
import { say, tableText } from '../../program/lines.js'
import { print, printJson } from '../../program/print.js'
import { formatNs, formatShare, stage } from '../../program/progress.js'
import { stemOf, writeTables } from '../../program/tables.js'
import { requireKernels } from '../simulate/predict.js'
import type { DiffFlags } from './flags.js'
import { DIFF_METRICS, diffMetric, PARTS } from './metrics.js'
import { diffTables, MATCHED, mergedRows, shapes } from './tables.js'

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
    DIFF_METRICS,
  )
  const isJson = flags.json === true
  if (isJson) {
    printJson({ schema: 'flowsim.diff/1', sources: [pathA, pathB], ...result, checks })
  } else if (flags.format !== undefined) {
    await writeTables(diffTables(result), flags, {
      stem: `${stemOf(pathA)}-${stemOf(pathB)}`,
      lead: [diffLead(result, pathA, pathB)],
      top: flags.top,
    })
  } else printDiff(result, pathA, pathB, flags.top)
  await reportChecks(checks, flags, {
    title: `flowsim diff ${pathA} ${pathB}`,
    isJson: isJson || flags.format !== undefined,
  })
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
      PARTS.map(([, label, of]) => [
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
        shapes(row),
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
