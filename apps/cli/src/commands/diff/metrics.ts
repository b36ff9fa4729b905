// Numbers of a comparison by the names that conditions use.
import { steps, type TraceDiff } from '@flowsim/analysis'
import { median } from 'd3-array'
import type { LoadedTrace } from '../../inputs/load-trace.js'
import type { Metric } from '../../program/fail-if.js'

/** What conditions may ask for, in words. */
export const DIFF_METRICS =
  'window, busy, computation, exposed-communication, exposed-copies, idle, sum, step, kernels, OPERATION and OPERATION.count, such as matmul'

const NS = 1e-9

/** The number of a name in both traces; undefined: neither has it. */
export function diffMetric(
  name: string,
  { a, b, rows }: TraceDiff,
  traces: readonly [LoadedTrace, LoadedTrace],
): Metric | undefined {
  const time = (before: number, value: number): Metric => ({ before, value, secondsPerUnit: NS })
  switch (name) {
    case 'window':
      return time(a.windowNs, b.windowNs)
    case 'busy':
      return time(a.busyNs, b.busyNs)
    case 'computation':
      return time(a.computationNs, b.computationNs)
    case 'exposed-communication':
      return time(a.exposedCommunicationNs, b.exposedCommunicationNs)
    case 'exposed-copies':
      return time(a.exposedMemcpyNs, b.exposedMemcpyNs)
    case 'idle':
      return time(a.idleNs, b.idleNs)
    case 'sum':
      return time(a.sumNs, b.sumNs)
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
