// Changes of what is computed: the operations first, then their times.
import { ReplayError } from '../errors.js'
import type { ReplayGraph } from '../graph.js'
import { type RescaleChange, rescale } from '../rescale/rescale.js'
import { type AppliedScenario, marks, type ScenarioProviders } from './applied.js'
import { setDurations } from './kernel-changes.js'

/** Applies changes of what is computed and predicts the kernels that they are for. */
export function setRescaled(
  graph: ReplayGraph,
  state: AppliedScenario,
  changes: readonly RescaleChange[],
  providers: ScenarioProviders,
): void {
  const { operations, model, rescaled: times = {} } = providers
  const [first] = changes
  if (operations === undefined) {
    throw new ReplayError(
      'unknown_provider',
      `${first!.do} needs the operation of each kernel; pass \`operations\` (classifyTrace of @flowsim/kernel-db)`,
    )
  }
  const on = devicesOf(changes)
  const provider = Object.hasOwn(times, on) ? times[on] : undefined
  if (provider === undefined) {
    throw new ReplayError(
      'unknown_provider',
      `${first!.do}: nothing predicts other work${on === '' ? '' : ` on "${on}"`}; pass \`rescaled\` (rescaledTimes of @flowsim/pipeline)`,
    )
  }
  const rescaled = rescale(graph, operations, changes, model)
  const all = new Uint8Array(graph.kernels.length).fill(1)
  setDurations(graph, state, all, on, { durations: { [on]: provider(rescaled) } })
  for (let k = 0; k < all.length; k++) {
    if (rescaled.unknown[k] === 1) marks(state, 'unanswered')[k] = 1
    if (rescaled.removed[k] === 1) state.removed[k] = 1
  }
  state.rescaled = rescaled
  state.notes.push(...rescaled.notes, ...outcome(graph, { rescaled, changes }))
}

/** The device that the changes name. */
function devicesOf(changes: readonly RescaleChange[]): string {
  const named = [...new Set(changes.flatMap(({ on }) => on ?? []))]
  if (named.length > 1) {
    throw new ReplayError(
      'invalid_option',
      `on: "${named[0]}" and "${named[1]}": a scenario runs on one device`,
    )
  }
  return named[0] ?? ''
}

/** What was rescaled and what was not, in words. */
function outcome(
  graph: ReplayGraph,
  {
    rescaled,
    changes,
  }: { rescaled: NonNullable<AppliedScenario['rescaled']>; changes: readonly RescaleChange[] },
): string[] {
  const what = [...new Set(changes.map((change) => change.do))].join(', ')
  const { before, after, added, removed, unscaled } = rescaled
  const changed = after.filter((operation, k) => operation !== before[k]).length
  const gone = removed.reduce((count, is) => count + is, 0)
  const allNs = graph.durationNs.reduce((sum, ns) => sum + ns, 0)
  const kernels = (count: number) => (count === 1 ? '1 kernel' : `${count} kernels`)
  return [
    `${what}: ${kernels(changed)} computing something else`,
    ...(added.length > 0
      ? [
          `${what}: ${kernels(added.length)} added (${namesOf(added)}), each at the end of the kernel that it follows and counted with it`,
        ]
      : []),
    ...(gone > 0 ? [`${what}: ${kernels(gone)} not needed any more (collectives)`] : []),
    ...unscaled.map(
      ({ reason, count, ns }) =>
        `${what}: ${kernels(count)} (${((100 * ns) / Math.max(1, allNs)).toFixed(1)} % of the time) not rescaled: ${reason}`,
    ),
  ]
}

function namesOf(added: readonly { call: { op: string } }[]): string {
  return [...new Set(added.map(({ call }) => call.op))].join(', ')
}
