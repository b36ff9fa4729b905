// The work of `flowsim diff`.
import { type DiffRow, diffTraces, type MatchLevel, type TraceDiff } from '@flowsim/analysis'
import type { TableColumn } from '@flowsim/report/terminal'
import { loadDatabase } from '../../inputs/kernel-database.js'
import { loadTrace, noteRepairs } from '../../inputs/load-trace.js'
import { checkConditions, reportChecks } from '../../program/fail-if.js'
import { say, tableText } from '../../program/lines.js'
import { print, printJson } from '../../program/print.js'
import { formatNs, formatShare } from '../../program/progress.js'
import { requireKernels } from '../simulate/predict.js'
import type { DiffFlags } from './flags.js'
import { DIFF_METRICS, diffMetric, PARTS } from './metrics.js'

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
  const result = diffTraces(a, b)
  const checks = checkConditions(
    flags.failIf ?? [],
    (name) => diffMetric(name, result, [a, b]),
    DIFF_METRICS,
  )
  const isJson = flags.json === true
  if (isJson) {
    printJson({ schema: 'flowsim.diff/1', sources: [pathA, pathB], ...result, checks })
  } else printDiff(result, pathA, pathB, flags.top)
  await reportChecks(checks, flags, { title: `flowsim diff ${pathA} ${pathB}`, isJson })
}

const WORDS: Record<MatchLevel, string> = {
  exact: 'exact',
  shape: 'other layer',
  operation_shape: 'other operator',
  operator: 'other shape',
  operation: 'operation only',
  name: 'name',
  only_a: 'only A',
  only_b: 'only B',
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
        WORDS[row.match],
      ]),
    ),
  )
  if (rows.length > top) print(`… ${rows.length - top} more (--top, --json)`)
  const { only_a: onlyA, only_b: onlyB } = result.matchedShare
  say(
    `\n${formatShare(1 - onlyA.a)} of A's time and ${formatShare(1 - onlyB.b)} of B's have a partner in the other.`,
  )
}

/** Rows that differ in their operator alone, as in kernels launched before the profile, as one. */
function mergedRows(rows: readonly DiffRow[]): DiffRow[] {
  const merged = new Map<string, DiffRow>()
  for (const row of rows) {
    const key = [row.op, row.shape, row.shapeB, row.match].join('\n')
    const known = merged.get(key)
    if (known === undefined || row.shape === null) {
      merged.set(known === undefined ? key : `${key}\n${merged.size}`, row)
      continue
    }
    const side = (name: 'a' | 'b') => ({
      ...known[name],
      count: known[name].count + row[name].count,
      sumNs: known[name].sumNs + row[name].sumNs,
    })
    const [a, b] = [side('a'), side('b')]
    const ratio = a.sumNs > 0 && b.count > 0 ? b.sumNs / b.count / (a.sumNs / a.count) : null
    merged.set(key, { ...known, a, b, deltaNs: b.sumNs - a.sumNs, ratio })
  }
  return [...merged.values()].sort((x, y) => Math.abs(y.deltaNs) - Math.abs(x.deltaNs))
}

/** Shapes without the words that the place tells. */
function shapes({ shape, shapeB }: DiffRow): string | null {
  const text = shapeB === null ? shape : `${shape ?? '?'} → ${shapeB}`
  return text?.replace(/\b(?:function|phase)=/g, '') ?? null
}

function right(label: string): TableColumn {
  return { label, align: 'right' }
}

function change(a: number, b: number): string {
  if (a === 0) return b === 0 ? '' : 'new'
  const share = b / a - 1
  return `${share < 0 ? '−' : '+'}${formatShare(Math.abs(share))}`
}
