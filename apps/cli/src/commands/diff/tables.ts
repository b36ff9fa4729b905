// A comparison of two traces as tables: their parts, what changed most, layers.
import type { TraceDiff } from '@flowsim/analysis'
import { DIFF_PARTS, MATCHED, mergedRows, rowShapes } from '@flowsim/report/pages'
import type { ResultColumn, ResultTable } from '../../program/tables.js'

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
      rows: DIFF_PARTS.map(([, label, of]) => [
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
        rowShapes(row),
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
