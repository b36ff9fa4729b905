// Fits the parameters of an analytic core to measured times: least mean |ln(predicted / measured)|, which
// is the mean relative error for small errors, by a pattern search on logarithms (Hooke and Jeeves,
// J. ACM 8(2), 1961) with one step size per parameter.
import { type Family, noTime, type Parameters } from './family.js'
import type { Traits } from './traits.js'

/** Measured rows of one section on one device. */
export interface FitRows<Query> {
  device: Traits
  queries: readonly Query[]
  /** Natural logarithms of the measured microseconds. */
  logUs: Float64Array
}

/** How {@link fitCore} searches. */
export interface FitCoreOptions {
  /** Where the search starts and what it is pulled to. */
  start?: Parameters
  /** Parameters that keep their start. */
  fixed?: readonly string[]
  /** Weight of the pull to the start: (ln(value / start))^2 times this is added to the error. */
  pull?: number
  /** At most this many evaluations. */
  evaluations?: number
}

/** The parameters that fit the rows of one or several devices best, each within its bounds. */
export function fitCore<Query>(
  family: Family<Query>,
  kind: string,
  rows: readonly FitRows<Query>[],
  options: FitCoreOptions = {},
): Parameters {
  const start: Record<string, number> = {}
  for (const { name, start: value } of family.parameters)
    start[name] = options.start?.[name] ?? value
  const free = family.parameters.filter(({ name }) => !options.fixed?.includes(name))
  const pull = options.pull ?? 0.001
  const budget = options.evaluations ?? 2500
  const current = { ...start }
  const time = noTime()
  const count = rows.reduce((total, { queries }) => total + queries.length, 0)
  const error = () => {
    let sum = 0
    for (const { device, queries, logUs } of rows) {
      const core = family.core(device, kind, current)
      for (let i = 0; i < queries.length; i++) {
        core.time(queries[i]!, time)
        sum += Math.abs(Math.log(time.total) - logUs[i]!)
      }
    }
    let off = 0
    for (const { name } of free) off += Math.log(current[name]! / start[name]!) ** 2
    return sum / Math.max(1, count) + pull * off
  }
  let best = error()
  let spent = 1
  const steps = new Float64Array(free.length).fill(0.3)
  while (spent < budget && steps.some((s) => Math.abs(s) > 0.003)) {
    free.forEach(({ name, low, high }, i) => {
      const from = current[name]!
      for (const direction of [1, -1]) {
        const to = Math.min(high, Math.max(low, from * Math.exp(direction * steps[i]!)))
        if (to === from) continue
        current[name] = to
        const found = error()
        spent++
        if (found < best) {
          best = found
          steps[i] = direction * Math.abs(steps[i]!) * 1.5
          return
        }
      }
      current[name] = from
      steps[i] = steps[i]! * 0.5
    })
    for (let i = 0; i < steps.length; i++)
      steps[i] = Math.sign(steps[i]!) * Math.min(0.8, Math.abs(steps[i]!))
  }
  for (const { name } of family.parameters) current[name] = Number(current[name]!.toPrecision(5))
  return current
}
