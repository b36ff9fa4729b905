// Numbers of a comparison by the names that conditions use.
import { steps, type TraceDiff } from '@flowsim/analysis'
import { DIFF_PARTS } from '@flowsim/report/pages'
import { median } from 'd3-array'
import type { LoadedTrace } from '../../inputs/load-trace.js'
import type { KnownMetrics, Metric } from '../../program/fail-if.js'

const NS = 1e-9

/** What conditions may ask for. */
export function diffMetrics({ rows }: TraceDiff): KnownMetrics {
  const parts = [...DIFF_PARTS.map(([name]) => name), 'step', 'kernels']
  return {
    text: `${parts.join(', ')}, OPERATION and OPERATION.count, such as matmul`,
    names: [...parts, ...new Set(rows.map(({ op }) => op).filter((op) => !op.includes(' ')))],
  }
}

/** The number of a name in both traces; undefined: neither has it. */
export function diffMetric(
  name: string,
  { a, b, rows }: TraceDiff,
  traces: readonly [LoadedTrace, LoadedTrace],
): Metric | undefined {
  const time = (before: number, value: number): Metric => ({ before, value, secondsPerUnit: NS })
  const part = DIFF_PARTS.find(([each]) => each === name)?.[2]
  if (part !== undefined) return time(part(a), part(b))
  switch (name) {
    case 'step': {
      const [before, value] = traces.map(medianStepNs)
      return { before: before!, value: value!, secondsPerUnit: NS }
    }
    case 'kernels': {
      const [before, value] = traces.map(({ trace }) => kernelCount(trace))
      return { before: before!, value: value! }
    }
  }
  const [op, what] = name.split('.')
  const ofOp = rows.filter((row) => row.op === op)
  if (ofOp.length === 0 || (what !== undefined && what !== 'count')) return undefined
  const sum = (side: 'a' | 'b', field: 'sumNs' | 'count') =>
    ofOp.reduce((total, row) => total + row[side][field], 0)
  return what === 'count'
    ? { before: sum('a', 'count'), value: sum('b', 'count') }
    : time(sum('a', 'sumNs'), sum('b', 'sumNs'))
}

/** Kernels of a trace; copies and fills are none. */
function kernelCount({ kernels }: LoadedTrace['trace']): number {
  return kernels.filter(({ kind }) => kind !== 'memcpy' && kind !== 'memset').length
}

/** The median step of a trace; `null` where it has none that can be told apart. */
function medianStepNs({ trace, operations }: LoadedTrace): number | null {
  return median(steps(trace, operations).steps, ({ durationNs }) => durationNs) ?? null
}
