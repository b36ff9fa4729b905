// Numbers of a comparison by the names that conditions use.
import { steps, type TraceDiff } from '@flowsim/analysis'
import { DIFF_PARTS } from '@flowsim/report/pages'
import { median } from 'd3-array'
import type { LoadedTrace } from '../../inputs/load-trace.js'
import type { Metric } from '../../program/fail-if.js'

const NS = 1e-9

/** What conditions may ask for, in words. */
export const DIFF_METRICS = `${DIFF_PARTS.map(([name]) => name).join(', ')}, step, kernels, OPERATION and OPERATION.count, such as matmul`

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
      const [before, value] = traces.map(({ trace }) => trace.kernels.length)
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

/** The median step of a trace; `null` where it has none that can be told apart. */
function medianStepNs({ trace, operations }: LoadedTrace): number | null {
  return median(steps(trace, operations).steps, ({ durationNs }) => durationNs) ?? null
}
