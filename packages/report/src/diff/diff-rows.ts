// The rows of a comparison as people read them: words for how they match, like rows as one, shapes without noise.
import type { Breakdown, DiffRow, MatchLevel } from '@flowsim/analysis'

/** Parts of the time of a trace: the name that conditions use, that of the table, nanoseconds. */
export const DIFF_PARTS: readonly [name: string, label: string, ns: (side: Breakdown) => number][] =
  [
    ['window', 'window', ({ windowNs }) => windowNs],
    ['busy', 'busy', ({ busyNs }) => busyNs],
    ['computation', 'computation', ({ computationNs }) => computationNs],
    [
      'exposed-communication',
      'exposed communication',
      ({ exposedCommunicationNs }) => exposedCommunicationNs,
    ],
    ['exposed-copies', 'exposed copies', ({ exposedMemcpyNs }) => exposedMemcpyNs],
    ['idle', 'idle', ({ idleNs }) => idleNs],
    ['sum', 'sum of activities', ({ sumNs }) => sumNs],
  ]

/** How closely rows match, in words. */
export const MATCHED: Readonly<Record<MatchLevel, string>> = {
  exact: 'exact',
  shape: 'other layer',
  operation_shape: 'other operator',
  operator: 'other shape',
  operation: 'operation only',
  name: 'name',
  only_a: 'only A',
  only_b: 'only B',
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
export function rowShapes({ shape, shapeB }: Pick<DiffRow, 'shape' | 'shapeB'>): string | null {
  const text = shapeB === null ? shape : `${shape ?? '?'} → ${shapeB}`
  return text?.replace(/\b(?:function|phase)=/g, '') ?? null
}
