// Changes of the host: launches and work by a factor, launches merged into one, a rank that is slower.
import type { ReplayGraph } from '../graph.js'
import { type AppliedScenario, launchesOf } from './applied.js'
import { scale } from './kernel-changes.js'
import type { Change } from './schema.js'

export function scaleHost(
  graph: ReplayGraph,
  state: AppliedScenario,
  ranks: readonly number[] | undefined,
  factor: number,
): void {
  const { calls } = graph
  for (let c = 0; c < calls.count; c++) {
    const { rank } = calls.threads[calls.thread[c]!]!
    if (ranks === undefined || ranks.includes(rank)) state.hostScale[c]! *= factor
  }
}

export function slowRank(
  graph: ReplayGraph,
  state: AppliedScenario,
  { rank, factor, host }: Extract<Change, { do: 'slow-rank' }>,
): void {
  const known = graph.ranks.map((each) => each.rank)
  const missing = rank.filter((each) => !known.includes(each))
  if (missing.length > 0) {
    state.notes.push(`slow-rank: rank ${missing.join(', ')} is not in the graph`)
  }
  const mask = new Uint8Array(graph.kernels.length)
  for (let k = 0; k < mask.length; k++) {
    const isHere = rank.includes(known[graph.kernelRank[k]!]!)
    if (isHere && graph.communicates[k] === 0) mask[k] = 1
  }
  scale(state, mask, factor)
  scaleHost(graph, state, rank, host)
  const { calls } = graph
  for (let c = 0; c < calls.count; c++) {
    if (rank.includes(calls.threads[calls.thread[c]!]!.rank)) state.callScale[c]! *= host
  }
}

/** Of launches that no wait and no other launch lies between, the first stands for all. */
export function mergeLaunches(
  graph: ReplayGraph,
  state: AppliedScenario,
  mask: Uint8Array,
  launchUs: number | undefined,
): void {
  const { calls } = graph
  const matched = new Uint8Array(calls.count)
  for (const c of launchesOf(graph, mask)) matched[c] = 1
  /** Launch calls of which the trace holds work: a fill of no bytes, say, runs nothing. */
  const launches = new Uint8Array(calls.count)
  for (const c of graph.kernelCall) if (c >= 0) launches[c] = 1
  /** Whether the thread is within a step that one launch stands for. */
  const within = new Uint8Array(calls.threads.length)
  let merged = 0
  for (let c = 0; c < calls.count; c++) {
    const thread = calls.thread[c]!
    const breaks = calls.blocks[c] === 1 || (launches[c] === 1 && matched[c] === 0)
    if (breaks) within[thread] = 0
    else if (within[thread] === 1) {
      state.callScale[c] = 0
      state.hostScale[c] = 0
      merged += matched[c]!
    } else if (matched[c] === 1) {
      within[thread] = 1
      const ns = calls.endNs[c]! - calls.startNs[c]!
      if (launchUs !== undefined && ns > 0) state.callScale[c] = (1000 * launchUs) / ns
    }
  }
  state.notes.push(`graph: ${merged} launches join the one before`)
}
