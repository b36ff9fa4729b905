// From a scenario to what replay takes: durations, what is removed, factors on the host.
import { ReplayError } from '../errors.js'
import type { ReplayGraph } from '../graph.js'
import { isRescale, type RescaleChange } from '../rescale/rescale.js'
import { type AppliedScenario, launchesOf, type ScenarioProviders } from './applied.js'
import { mergeLaunches, scaleHost, slowRank } from './host-changes.js'
import { fuse, remove, scale, setCollectives, setDurations } from './kernel-changes.js'
import { matchKernels } from './match.js'
import { setRescaled } from './rescale-changes.js'
import type { Change, Scenario } from './schema.js'

/**
 * Applies the changes of a scenario in order.
 *
 * @throws ReplayError `unknown_provider` for a name that `providers` does not have, or a match that
 *   needs operations; `invalid_option` for a table that does not fit the graph, or a change of what is
 *   computed that stands after one of how long it takes
 */
export function applyScenario(
  graph: ReplayGraph,
  scenario: Scenario,
  providers: ScenarioProviders = {},
): AppliedScenario {
  const kernels = graph.kernels.length
  const state: AppliedScenario = {
    durationsNs: graph.durationNs.slice(),
    removed: new Uint8Array(kernels),
    callScale: new Float32Array(graph.calls.count).fill(1),
    hostScale: new Float32Array(graph.calls.count).fill(1),
    notes: [],
  }
  const { changes } = scenario
  const rescales = changes.filter(isRescale)
  const others = changes.filter((change): change is TimeChange => !isRescale(change))
  if (rescales.length > 0) {
    const late = changes.slice(rescales.length).find(isRescale)
    if (late !== undefined) {
      throw new ReplayError(
        'invalid_option',
        `scenario "${scenario.name}": ${late.do} stands after ${others[0]!.do}; what is computed comes before how long it takes`,
      )
    }
    const table = others.find((change) => change.do === 'durations')
    if (table !== undefined) {
      throw new ReplayError(
        'invalid_option',
        `scenario "${scenario.name}": durations are of the work of the trace; for ${rescales[0]!.do} on another device say { do: ${rescales[0]!.do}, …, on: "${table.from}" }`,
      )
    }
    setRescaled(graph, state, rescales, providers)
  }
  for (const change of others) applyChange(graph, state, change, providers)
  return state
}

type TimeChange = Exclude<Change, RescaleChange>

function applyChange(
  graph: ReplayGraph,
  state: AppliedScenario,
  change: TimeChange,
  providers: ScenarioProviders,
): void {
  if (change.do === 'host') {
    scaleHost(graph, state, change.rank, change.factor)
    return
  }
  if (change.do === 'slow-rank') {
    slowRank(graph, state, change)
    return
  }
  const mask = matchKernels(graph, change.match, providers.operations)
  if (!mask.includes(1)) state.notes.push(`${change.do}: no kernel matches`)
  switch (change.do) {
    case 'durations':
      setDurations(graph, state, mask, change.from, providers)
      break
    case 'scale':
      scale(state, mask, change.factor)
      break
    case 'remove':
      remove(graph, state, mask, change.host)
      break
    case 'fuse':
      fuse(graph, state, mask, change)
      break
    case 'collectives':
      setCollectives(graph, state, mask, change, providers)
      break
    case 'launch':
      for (const c of launchesOf(graph, mask)) state.callScale[c]! *= change.factor
      break
    case 'graph':
      mergeLaunches(graph, state, mask, change.launchUs)
      break
  }
}
