// Two traces over one time axis: by interval and family, the share of it that kernels took.
import type { DiffInput } from '@flowsim/analysis'
import type { OpFamily } from '@flowsim/trace-schema'
import type { StripsChart } from '../page/strips-chart.js'

/** Intervals of the axis. */
const INTERVALS = 480

/** A strip for each trace. Where more than one stream is busy, the shares of an interval add up to all of it. */
export function tracesAsStrips(
  title: string,
  traces: readonly (DiffInput & { label: string })[],
): StripsChart {
  const bounds = traces.map(({ trace: { kernels } }) => {
    let [from, to] = [Number.POSITIVE_INFINITY, 0]
    for (const { startNs, durationNs } of kernels) {
      from = Math.min(from, startNs)
      to = Math.max(to, startNs + durationNs)
    }
    return { from, lengthNs: Math.max(0, to - from) }
  })
  const lengthNs = bounds.reduce((most, { lengthNs: ns }) => Math.max(most, ns), 0)
  const sums = traces.map(({ trace, operations }, t) => {
    const byFamily = new Map<OpFamily, Float64Array>()
    const total = new Float64Array(INTERVALS)
    const width = lengthNs / INTERVALS
    trace.kernels.forEach(({ startNs, durationNs }, k) => {
      const { family } = operations[k]!
      let ns = byFamily.get(family)
      if (ns === undefined) {
        ns = new Float64Array(INTERVALS)
        byFamily.set(family, ns)
      }
      const from = startNs - bounds[t]!.from
      const last = Math.min(INTERVALS - 1, Math.floor((from + durationNs) / width))
      for (let i = Math.min(INTERVALS - 1, Math.floor(from / width)); i <= last; i++) {
        const inside = Math.min(from + durationNs, (i + 1) * width) - Math.max(from, i * width)
        ns[i] = ns[i]! + Math.max(0, inside)
        total[i] = total[i]! + Math.max(0, inside)
      }
    })
    return { byFamily, total, width }
  })
  const times = new Map<OpFamily, number>()
  for (const { byFamily } of sums) {
    for (const [family, ns] of byFamily) {
      times.set(family, (times.get(family) ?? 0) + ns.reduce((a, b) => a + b, 0))
    }
  }
  const families = [...times].sort(([, a], [, b]) => b - a).map(([family]) => family)
  return {
    kind: 'strips',
    title,
    lengthNs,
    families,
    strips: sums.map(({ byFamily, total, width }, t) => ({
      label: traces[t]!.label,
      shares: families.map((family) =>
        Array.from(
          byFamily.get(family) ?? new Float64Array(INTERVALS),
          (ns, i) => ns / Math.max(width, total[i]!, 1e-9),
        ),
      ),
    })),
  }
}
