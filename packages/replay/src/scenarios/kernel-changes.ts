// Changes of kernels: other durations, factors, kernels removed and fused, collectives over another link.
import { ReplayError } from '../errors.js'
import type { ReplayGraph } from '../graph.js'
import {
  type AppliedScenario,
  bounds,
  type DurationProvider,
  launchesOf,
  marks,
  type ScenarioProviders,
  setDuration,
} from './applied.js'
import { linkTimeNs } from './link-time.js'
import type { Change } from './schema.js'

function provider(name: string, { durations = {} }: ScenarioProviders): DurationProvider {
  const found = Object.hasOwn(durations, name) ? durations[name] : undefined
  if (found !== undefined) return found
  const known = Object.keys(durations)
  throw new ReplayError(
    'unknown_provider',
    `from: "${name}" is not a provider of durations; ${known.length === 0 ? 'none are given' : `there are ${known.join(', ')}`}`,
  )
}

export function setDurations(
  graph: ReplayGraph,
  state: AppliedScenario,
  mask: Uint8Array,
  from: string,
  providers: ScenarioProviders,
): void {
  const source = provider(from, providers)
  if (typeof source !== 'function' && source.durationsNs.length !== mask.length) {
    throw new ReplayError(
      'invalid_option',
      `from: "${from}" has ${source.durationsNs.length} durations for ${mask.length} kernels`,
    )
  }
  let unanswered = 0
  let unansweredNs = 0
  let allNs = 0
  for (let k = 0; k < mask.length; k++) {
    if (mask[k] === 0) continue
    allNs += graph.durationNs[k]!
    const ns = typeof source === 'function' ? source(graph.kernels[k]!, k) : source.durationsNs[k]
    if (ns === null || ns === undefined || !(ns >= 0 && ns < Infinity)) {
      unanswered++
      unansweredNs += graph.durationNs[k]!
      continue
    }
    state.durationsNs[k] = ns
    if (typeof source === 'function') continue
    if (source.answered?.[k] === 0) marks(state, 'unanswered')[k] = 1
    if (source.doubtful?.[k] === 1) marks(state, 'doubtful')[k] = 1
    if (source.p10Ns !== undefined && source.p90Ns !== undefined) {
      bounds(state).p10Ns[k] = source.p10Ns[k]!
      bounds(state).p90Ns[k] = source.p90Ns[k]!
    }
  }
  if (typeof source !== 'function') {
    if (source.common !== undefined) state.common = Math.max(state.common ?? 0, source.common)
    state.notes.push(...(source.notes ?? []))
  }
  if (unanswered > 0) {
    const share = allNs === 0 ? 0 : (100 * unansweredNs) / allNs
    state.notes.push(
      `durations: "${from}" has no answer for ${unanswered} kernels (${share.toFixed(1)} % of the time); they keep theirs`,
    )
  }
}

export function scale(state: AppliedScenario, mask: Uint8Array, factor: number): void {
  for (let k = 0; k < mask.length; k++) {
    if (mask[k] === 1) setDuration(state, k, state.durationsNs[k]! * factor)
  }
}

export function remove(
  graph: ReplayGraph,
  state: AppliedScenario,
  mask: Uint8Array,
  host: 'keep' | 'remove',
): void {
  for (let k = 0; k < mask.length; k++) if (mask[k] === 1) state.removed[k] = 1
  if (host === 'remove') {
    for (const c of launchesOf(graph, state.removed, true)) state.hostScale[c] = 0
  }
}

export function fuse(
  graph: ReplayGraph,
  state: AppliedScenario,
  mask: Uint8Array,
  { takes, host }: Extract<Change, { do: 'fuse' }>,
): void {
  // The first of the run that a lane is in; −1 outside of one.
  const open = new Int32Array(graph.lanes.length).fill(-1)
  const gone = new Uint8Array(mask.length)
  for (const k of byStart(graph)) {
    const lane = graph.kernelLane[k]!
    if (state.removed[k] === 1) continue
    if (mask[k] === 0) open[lane] = -1
    else if (open[lane]! < 0) open[lane] = k
    else {
      const first = open[lane]!
      const [a, b] = [state.durationsNs[first]!, state.durationsNs[k]!]
      setDuration(state, first, takes === 'sum' ? a + b : Math.max(a, b))
      gone[k] = 1
    }
  }
  remove(graph, state, gone, host)
}

function byStart({ startNs }: ReplayGraph): Uint32Array {
  const order = Uint32Array.from(startNs, (_, k) => k)
  return order.sort((a, b) => startNs[a]! - startNs[b]! || a - b)
}

export function setCollectives(
  graph: ReplayGraph,
  state: AppliedScenario,
  matched: Uint8Array,
  { factor, link, from }: Extract<Change, { do: 'collectives' }>,
  providers: ScenarioProviders,
): void {
  const mask = matched.map((fits, k) => fits & graph.communicates[k]!)
  if (from !== undefined) setDurations(graph, state, mask, from, providers)
  if (factor !== undefined) scale(state, mask, factor)
  if (link === undefined) return
  let unknown = 0
  for (let k = 0; k < mask.length; k++) {
    if (mask[k] === 0) continue
    const ns = linkTimeNs(graph.kernels[k]!, link)
    if (ns === undefined) unknown++
    else setDuration(state, k, ns)
  }
  if (unknown > 0) {
    state.notes.push(
      `collectives: the trace does not tell the message of ${unknown} collectives; they keep their time`,
    )
  }
}
