// Scenarios replayed one after the other, and what each changes.
import { exposedNs } from '@flowsim/analysis'
import { PATH_KINDS, type PathKind, pathKind, walkPath } from '../critical-path.js'
import type { ReplayGraph } from '../graph.js'
import { isHeadline, type LEAST_PREDICTED } from '../headline.js'
import { type ReplayResult, replay } from '../replay.js'
import type { Rescaled } from '../rescale/rescale.js'
import type { UncertaintyOptions } from '../uncertainty.js'
import type { AppliedScenario, ScenarioProviders } from './applied.js'
import { applyScenario } from './apply.js'
import type { Scenario } from './schema.js'

/**
 * What a scenario comes to. Times are nanoseconds, means over devices where there are several. Totals are
 * null where less than {@link LEAST_PREDICTED} of the time that they stand on is predicted from dimensions that
 * can be true, and those that reach from the first to the last rank also where the traces are not one system.
 */
export interface ScenarioRow {
  name: string
  endToEndNs: number | null
  /** Bounds that one run in ten falls below and above; null where no provider gave any. */
  endToEndP10Ns: number | null
  endToEndP90Ns: number | null
  /** To the run as measured: difference, and end-to-end time then over end-to-end time now. */
  changeNs: number | null
  speedup: number | null
  busyNs: number | null
  busyP10Ns: number | null
  busyP90Ns: number | null
  idleNs: number | null
  /** Communication that no computation of the device hides. */
  exposedCommunicationNs: number | null
  /** Sum of the durations of GPU kernels over all devices: overlap counts twice, idle time not at all. */
  kernelSumNs: number | null
  /** GPU kernels whose duration is not known and was stood in for, by their measured time. */
  unanswered: { count: number; timeShare: number }
  /** GPU kernels of which what is known cannot be true. */
  doubtful: { count: number; timeShare: number }
  /** GPU kernels that run, and those whose duration was changed. */
  kernels: number
  changedKernels: number
  /** The critical path by what it goes through; it adds up to `endToEndNs`, and is null where that is. */
  criticalPath: Record<PathKind, number> | null
  /** What became shorter or longer on the critical path, the most first; none for the measured run. */
  contributors: Contribution[]
  /** What could not be rescaled, where the scenario changes what is computed; else null. */
  rescaled: {
    changed: number
    added: number
    removed: number
    unscaled: { reason: string; count: number; timeShare: number }[]
  } | null
  notes: string[]
}

/** Time on the critical path that goes to one kernel name, one API or the host, before and after. */
export interface Contribution {
  kind: PathKind
  name: string
  beforeNs: number
  afterNs: number
  changeNs: number
}

/** Result of {@link runScenarios}: the measured run first, then the scenarios in their order. */
export interface ScenarioTable {
  rows: ScenarioRow[]
}

/** Name of the first row. */
const AS_MEASURED = 'as measured'

/**
 * Replays each scenario and compares it with the run as measured. Contributions of a row add up to its
 * `changeNs`, of which the largest are shown.
 *
 * @param options.contributors - how many are kept; default 10
 * @throws ReplayError as {@link applyScenario}
 */
export function runScenarios(
  graph: ReplayGraph,
  scenarios: readonly Scenario[],
  providers: ScenarioProviders = {},
  options: UncertaintyOptions & {
    contributors?: number
    /** Hears of each replay, for timelines; the measured run comes first, with null. */
    onReplay?: (scenario: Scenario | null, result: ReplayResult) => void
  } = {},
): ScenarioTable {
  const measured = replay(graph)
  options.onReplay?.(null, measured)
  const before = composition(graph, measured)
  const first = row(graph, AS_MEASURED, { result: measured, path: before, measured })
  const rows = [first]
  for (const scenario of scenarios) {
    const applied = applyScenario(graph, scenario, providers)
    const result = replay(graph, { ...options, ...applied })
    options.onReplay?.(scenario, result)
    const after = composition(graph, result)
    const next = row(graph, scenario.name, { result, path: after, measured, applied })
    if (next.endToEndNs !== null) {
      next.contributors = contributors(before, after).slice(0, options.contributors ?? 10)
    }
    rows.push(next)
  }
  return { rows }
}

interface Replayed {
  result: ReplayResult
  /** The critical path of the result. */
  path: Map<string, Share>
  measured: ReplayResult
  /** Absent for the measured run. */
  applied?: AppliedScenario
}

function row(
  graph: ReplayGraph,
  name: string,
  { result, path, measured, applied }: Replayed,
): ScenarioRow {
  const measuredNs = measured.endToEndNs
  const criticalPath = Object.fromEntries(PATH_KINDS.map((kind) => [kind, 0])) as Record<
    PathKind,
    number
  >
  for (const { kind, ns } of path.values()) criticalPath[kind] += ns
  let kernels = 0
  let changedKernels = 0
  for (let k = 0; k < graph.kernels.length; k++) {
    if (graph.isTransfer[k] === 1 || applied?.removed[k] === 1) continue
    kernels++
    if (applied !== undefined && applied.durationsNs[k] !== graph.durationNs[k]) changedKernels++
  }
  const unanswered = share(graph, applied?.unanswered)
  const isKnown = isHeadline([
    {
      measuredNs: graph.durationNs,
      predictedNs: applied?.durationsNs ?? graph.durationNs,
      unanswered: applied?.unanswered,
      doubtful: applied?.doubtful,
    },
  ])
  const total = <T>(value: T): T | null => (isKnown ? value : null)
  const span = <T>(value: T): T | null => (graph.report.isOneSystem ? total(value) : null)
  const bounds = isKnown ? result.bounds : null
  const spanBounds = graph.report.isOneSystem ? bounds : null
  return {
    name,
    endToEndNs: span(result.endToEndNs),
    endToEndP10Ns: spanBounds?.endToEnd.p10Ns ?? null,
    endToEndP90Ns: spanBounds?.endToEnd.p90Ns ?? null,
    changeNs: span(result.endToEndNs - measuredNs),
    speedup: span(result.endToEndNs > 0 ? measuredNs / result.endToEndNs : 1),
    busyNs: total(result.busyNs),
    busyP10Ns: bounds?.busy.p10Ns ?? null,
    busyP90Ns: bounds?.busy.p90Ns ?? null,
    idleNs: span(result.endToEndNs - result.busyNs),
    exposedCommunicationNs: total(exposedCommunicationNs(graph, result)),
    kernelSumNs: total(result.kernelSumNs),
    unanswered,
    doubtful: share(graph, applied?.doubtful),
    kernels,
    changedKernels,
    criticalPath: span(criticalPath),
    contributors: [],
    rescaled: applied?.rescaled === undefined ? null : rescaling(graph, applied.rescaled),
    notes: applied?.notes ?? [],
  }
}

function rescaling(
  { durationNs }: ReplayGraph,
  { before, after, added, removed, unscaled }: Rescaled,
): ScenarioRow['rescaled'] {
  const allNs = durationNs.reduce((sum, ns) => sum + ns, 0)
  return {
    changed: after.filter((operation, k) => operation !== before[k]).length,
    added: added.length,
    removed: removed.reduce((count, is) => count + is, 0),
    unscaled: unscaled.map(({ reason, count, ns }) => ({
      reason,
      count,
      timeShare: allNs === 0 ? 0 : ns / allNs,
    })),
  }
}

/** The marked GPU kernels, and their share of the time of GPU kernels. */
function share(
  { durationNs, isTransfer }: ReplayGraph,
  marked: Uint8Array | undefined,
): { count: number; timeShare: number } {
  if (marked === undefined) return { count: 0, timeShare: 0 }
  let count = 0
  let ns = 0
  let allNs = 0
  for (let k = 0; k < marked.length; k++) {
    if (isTransfer[k] === 1) continue
    allNs += durationNs[k]!
    if (marked[k] === 0) continue
    count++
    ns += durationNs[k]!
  }
  return { count, timeShare: allNs === 0 ? 0 : ns / allNs }
}

function exposedCommunicationNs(graph: ReplayGraph, { startNs, durationNs }: ReplayResult): number {
  const { kernelDevice, communicates, kernels, deviceCount } = graph
  let sum = 0
  for (let device = 0; device < deviceCount; device++) {
    sum += exposedNs(
      startNs,
      durationNs,
      (k) => kernelDevice[k] === device && communicates[k] === 1,
      (k) => kernelDevice[k] === device && communicates[k] === 0 && kernels[k]!.kind !== 'memcpy',
    )
  }
  return sum / Math.max(1, deviceCount)
}

interface Share {
  kind: PathKind
  name: string
  ns: number
}

/** The critical path by kind and by kernel name, API or the host. */
function composition(graph: ReplayGraph, result: ReplayResult): Map<string, Share> {
  const shares = new Map<string, Share>()
  walkPath(graph, result, (edge, target, startNs, endNs) => {
    const kind = pathKind(graph, edge, target)
    const name = label(graph, kind, target)
    const key = `${kind} ${name}`
    const share = shares.get(key)
    if (share === undefined) shares.set(key, { kind, name, ns: endNs - startNs })
    else share.ns += endNs - startNs
  })
  return shares
}

function label(graph: ReplayGraph, kind: PathKind, target: number): string {
  const owner = graph.nodeOwner[target]!
  switch (kind) {
    case 'computation':
    case 'communication':
    case 'memcpy':
      return owner >= 0 ? graph.kernels[owner]!.name : 'waiting for the last rank'
    case 'call':
    case 'sync':
      return owner < -1 ? graph.calls.apis[graph.calls.api[-2 - owner]!]! : ''
    case 'launch':
      return 'launch latency'
    case 'host':
      return 'host'
    case 'gap':
      return 'gaps between kernels'
    case 'before':
      return 'before the trace'
  }
}

function contributors(before: Map<string, Share>, after: Map<string, Share>): Contribution[] {
  const keys = new Set([...before.keys(), ...after.keys()])
  return [...keys]
    .map((key): Contribution => {
      const { kind, name } = (before.get(key) ?? after.get(key))!
      const [beforeNs, afterNs] = [before.get(key)?.ns ?? 0, after.get(key)?.ns ?? 0]
      return { kind, name, beforeNs, afterNs, changeNs: afterNs - beforeNs }
    })
    .filter(({ changeNs }) => changeNs !== 0)
    .sort((a, b) => Math.abs(b.changeNs) - Math.abs(a.changeNs) || (a.name < b.name ? -1 : 1))
}
