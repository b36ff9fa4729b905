// The host constants of engine facts with which simulations come nearest to measurements.
//
// Least is the weighted mean of |ln(simulated / measured)| of TTFT and of TPOT, each at most ln 2. Constants that
// change steps are tried by simulating, one after the other until none gets better; what the frontend takes is added
// to the TTFT of a simulation without it, since it changes when requests start and little else. Where that is not near
// enough, values around those found are then simulated with all that they do, nearer and nearer.
import type { EngineFacts } from '../engines/engine-facts.js'

/** Latencies in seconds; null: not known. */
export interface Latencies {
  ttftS: number | null
  tpotS: number | null
}

/** Something that was measured: a request, or the middle of many. */
export interface HostObservation extends Latencies {
  /** How much it counts. */
  weight: number
}

/** What a simulation without a frontend says of an observation. */
export interface SimulatedObservation extends Latencies {
  /** Tokens of its prompt, and other requests in the system when it came; means where it is the middle of many. */
  inputTokens: number
  others: number
}

/** What is fitted to what. */
export interface HostFitOptions {
  /** Where the search starts. */
  facts: EngineFacts
  /** Values to try, by path, such as `host.opUs`. What is not named stays. */
  candidates: Readonly<Record<string, readonly number[]>>
  observations: readonly HostObservation[]
  /** Whether to simulate the frontend at last, step by step from the values found. Default false. */
  refines?: boolean
  /** Simulates every observation with these facts; null: it cannot be. */
  simulate(facts: EngineFacts): readonly (SimulatedObservation | null)[]
}

/** What came of a fit. */
export interface HostFit {
  /** By path. */
  values: Record<string, number>
  /** Mean |ln| with the values, and with those of the facts. */
  loss: number
  lossBefore: number
}

const FRONTEND = [
  'host.requestMs',
  'host.busyMs',
  'host.inputTokenUs',
  'host.otherRequestUs',
] as const
type Frontend = Record<(typeof FRONTEND)[number], number>

/** Rounds over the constants that are simulated: they hardly depend on each other. */
const MOST_ROUNDS = 3

/** Fits host constants. */
export function fitHost(options: HostFitOptions): HostFit {
  const { facts, candidates, observations } = options
  const frontends = frontendGrid(facts, candidates)
  const tried = new Map<string, HostFit>()
  const attempt = (values: Record<string, number>, grid: readonly Frontend[]): HostFit => {
    const key = JSON.stringify([values, grid.length])
    const known = tried.get(key)
    if (known !== undefined) return known
    const simulated = options.simulate(withFacts(facts, { ...values, ...NO_FRONTEND }))
    let best: HostFit = { values, loss: Number.POSITIVE_INFINITY, lossBefore: 0 }
    for (const frontend of grid) {
      const loss = lossOf(observations, simulated, frontend)
      if (loss < best.loss) best = { values: { ...values, ...frontend }, loss, lossBefore: 0 }
    }
    tried.set(key, best)
    return best
  }
  const simulatedPaths = Object.keys(candidates).filter((path) => !isFrontend(path))
  const start = Object.fromEntries(simulatedPaths.map((path) => [path, factAt(facts, path)]))
  const stated = [frontendOf(facts)]
  const lossBefore = attempt(start, stated).loss
  let values = start
  let best = attempt(values, frontends)
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const { loss } = best
    for (const path of simulatedPaths) {
      for (const value of candidates[path]!) {
        const next = { ...values, [path]: value }
        const fit = attempt(next, frontends)
        if (fit.loss >= best.loss) continue
        best = fit
        values = next
      }
    }
    if (best.loss === loss || simulatedPaths.length < 2) break
  }
  return options.refines ? refined({ ...best, lossBefore }, options) : { ...best, lossBefore }
}

/** How often the distance to the values that are tried next is halved. */
const HALVINGS = 3

/** The values that no neighbour of a single one betters, when everything is simulated. */
function refined(fit: HostFit, options: HostFitOptions): HostFit {
  const { facts, candidates } = options
  const lossAt = lossOfValues(options)
  const grid = Object.entries(candidates).map(([path, values]) => ({ path, values: [...values] }))
  const before = Object.fromEntries(
    Object.keys(fit.values).map((path) => [path, factAt(facts, path)]),
  )
  let { values } = fit
  for (let halvings = 0; ; halvings++) {
    values = descended(values, grid, lossAt)
    if (halvings === HALVINGS) return { values, loss: lossAt(values), lossBefore: lossAt(before) }
    for (const { path, values: tried } of grid) addMiddles(tried, values[path]!)
  }
}

/** Moves one value at a time to a neighbour that is better, while there is one. */
function descended(
  start: Record<string, number>,
  grid: readonly { path: string; values: readonly number[] }[],
  lossAt: (values: Record<string, number>) => number,
): Record<string, number> {
  let values = start
  for (let better = true; better; ) {
    better = false
    for (const { path, values: tried } of grid) {
      const at = tried.indexOf(values[path]!)
      for (const value of [tried[at - 1], tried[at + 1]]) {
        if (value === undefined) continue
        const next = { ...values, [path]: value }
        if (lossAt(next) >= lossAt(values)) continue
        values = next
        better = true
      }
    }
  }
  return values
}

/** Puts the middles between a value and its neighbours into a list in ascending order. */
function addMiddles(values: number[], value: number): void {
  const at = values.indexOf(value)
  for (const neighbour of [values[at - 1], values[at + 1]]) {
    if (neighbour !== undefined) values.push((neighbour + value) / 2)
  }
  values.sort((a, b) => a - b)
}

/** Loss of values with everything simulated; each is simulated once. */
function lossOfValues({ facts, observations, simulate }: HostFitOptions) {
  const known = new Map<string, number>()
  return (values: Record<string, number>): number => {
    const key = JSON.stringify(values)
    let loss = known.get(key)
    if (loss === undefined) {
      loss = lossOf(observations, simulate(withFacts(facts, values)), NO_FRONTEND)
      known.set(key, loss)
    }
    return loss
  }
}

/** Facts of the host that are one number. */
type HostNumber = Exclude<keyof EngineFacts['host'], 'devices'>

/** The facts with values at paths of their sections. */
export function withFacts(
  facts: EngineFacts,
  values: Readonly<Record<string, number>>,
): EngineFacts {
  const copy = structuredClone(facts)
  for (const [path, value] of Object.entries(values)) {
    const [section, field] = path.split('.') as ['host', HostNumber]
    copy[section][field] = value
  }
  return copy
}

/** The value at a path of a section; 0 where it is not known. */
export function factAt(facts: EngineFacts, path: string): number {
  const [section, field] = path.split('.') as ['host', HostNumber]
  return facts[section][field] ?? 0
}

const NO_FRONTEND: Frontend = {
  'host.requestMs': 0,
  'host.busyMs': 0,
  'host.inputTokenUs': 0,
  'host.otherRequestUs': 0,
}

const isFrontend = (path: string) => (FRONTEND as readonly string[]).includes(path)

const frontendOf = (facts: EngineFacts): Frontend => ({
  'host.requestMs': facts.host.requestMs,
  'host.busyMs': facts.host.busyMs,
  'host.inputTokenUs': facts.host.inputTokenUs,
  'host.otherRequestUs': facts.host.otherRequestUs,
})

function frontendGrid(facts: EngineFacts, candidates: HostFitOptions['candidates']): Frontend[] {
  let grid = [frontendOf(facts)]
  for (const path of FRONTEND) {
    const values = candidates[path]
    if (values === undefined) continue
    // What is stated comes first, so that it stays where nothing that was measured speaks against it.
    const stated = factAt(facts, path)
    const ordered = [...values].sort((a, b) => Number(b === stated) - Number(a === stated))
    grid = grid.flatMap((frontend) => ordered.map((value) => ({ ...frontend, [path]: value })))
  }
  return grid
}

function lossOf(
  observations: readonly HostObservation[],
  simulated: readonly (SimulatedObservation | null)[],
  frontend: Frontend,
): number {
  let sum = 0
  let weights = 0
  for (const [i, { ttftS, tpotS, weight }] of observations.entries()) {
    const prediction = simulated[i]!
    if (prediction === null) continue
    const { inputTokens, others } = prediction
    const frontendS =
      (frontend['host.requestMs'] + (others > 0 ? frontend['host.busyMs'] : 0)) / 1e3 +
      (inputTokens * frontend['host.inputTokenUs'] + others * frontend['host.otherRequestUs']) / 1e6
    const isFirst = ttftS !== null && prediction.ttftS !== null
    if (isFirst) sum += weight * off(prediction.ttftS! + frontendS, ttftS)
    if (tpotS !== null && prediction.tpotS !== null) sum += weight * off(prediction.tpotS, tpotS)
    weights += weight
  }
  return weights === 0 ? Number.POSITIVE_INFINITY : sum / weights
}

function off(simulated: number, measured: number): number {
  if (!(simulated > 0 && measured > 0)) return Math.LN2
  return Math.min(Math.LN2, Math.abs(Math.log(simulated / measured)))
}
