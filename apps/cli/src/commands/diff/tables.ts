// A comparison of two traces as tables: their parts, what changed most, layers.
import type { DiffRow, MatchLevel, TraceDiff } from '@flowsim/analysis'
import type { ResultColumn, ResultTable } from '../../program/tables.js'
import { PARTS } from './metrics.js'

/** How closely rows match, in words. */
export const MATCHED: Record<MatchLevel, string> = {
  exact: 'exact',
  shape: 'other layer',
  operation_shape: 'other operator',
  operator: 'other shape',
  operation: 'operation only',
  name: 'name',
  only_a: 'only A',
  only_b: 'only B',
}

const ms = (label: string): ResultColumn => ({ label, align: 'right', digits: 3 })
const right = (label: string): ResultColumn => ({ label, align: 'right' })
const share = (label: string): ResultColumn => ({ label, align: 'right', share: true })

/** Everything that is told of a comparison, for --format. */
export function diffTables(result: TraceDiff): ResultTable[] {
  return [
    {
      name: 'parts',
      title: 'Parts of the window',
      columns: [{ label: 'part' }, ms('A ms'), ms('B ms'), share('change')],
      rows: PARTS.map(([, label, of]) => [
        label,
        of(result.a) / 1e6,
        of(result.b) / 1e6,
        relative(of(result.a), of(result.b)),
      ]),
    },
    {
      name: 'operations',
      title: 'Operations, the largest change first',
      columns: [
        { label: 'operation' },
        { label: 'shape' },
        right('activities A'),
        right('activities B'),
        ms('A ms'),
        ms('B ms'),
        ms('change ms'),
        { label: 'B/A a call', align: 'right', digits: 3 },
        { label: 'matched' },
        { label: 'kernels' },
      ],
      rows: mergedRows(result.rows).map((row) => [
        row.op,
        shapes(row),
        row.a.count,
        row.b.count,
        row.a.sumNs / 1e6,
        row.b.sumNs / 1e6,
        row.deltaNs / 1e6,
        row.ratio,
        MATCHED[row.match],
        [...new Set([...row.a.kernels, ...row.b.kernels])].join(', '),
      ]),
    },
    {
      name: 'layers',
      title: 'Layers',
      columns: [right('layer'), ms('A ms'), ms('B ms'), ms('change ms'), share('change')],
      rows: result.layers.map(({ index, aNs, bNs, deltaNs }) => [
        index,
        aNs / 1e6,
        bNs / 1e6,
        deltaNs / 1e6,
        relative(aNs, bNs),
      ]),
    },
  ]
}

function relative(a: number, b: number): number | null {
  return a === 0 ? null : b / a - 1
}

/** Rows that differ in their operator alone, as in kernels launched before the profile, as one. */
export function mergedRows(rows: readonly DiffRow[]): DiffRow[] {
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
export function shapes({ shape, shapeB }: DiffRow): string | null {
  const text = shapeB === null ? shape : `${shape ?? '?'} → ${shapeB}`
  return text?.replace(/\b(?:function|phase)=/g, '') ?? null
}
