// What if: a device, kernels of a family faster, launches cheaper, another batch. The run is replayed from its
// dependencies, so that what waits for something faster moves too.
import { getModel } from '@flowsim/calibration'
import { classifyTrace } from '@flowsim/kernel-db'
import { findHardware } from '@flowsim/perf-model/hardware'
import { hardwareTimes, rescaledTimes } from '@flowsim/pipeline'
import {
  buildGraph,
  type ReplayGraph,
  type ReplayResult,
  runScenarios,
  type ScenarioRow,
  timeline,
} from '@flowsim/replay'
import type { KernelOperation } from '@flowsim/trace-schema'
import { percent } from '../format.js'
import { type Comparison, compared } from './compare.js'
import type { OpenTrace } from './open-traces.js'
import { ranksOf } from './report.js'
import { scenarioOf, type WhatIf } from './scenario.js'

/** End to end as measured and as it would be, and what stands against the answer. */
export interface WhatIfAnswer {
  nowNs: number | null
  /** null: too little of the time is known for a total. */
  thenNs: number | null
  /** Bounds that one run in ten falls below and above; null where nothing was predicted. */
  boundsNs: readonly [number, number] | null
  doubts: string[]
}

/** Replays of one job, whose graph is built once. */
export class WhatIfRuns {
  readonly #graph: ReplayGraph
  readonly #operations: KernelOperation[]

  constructor(private readonly open: readonly OpenTrace[]) {
    const ranks = open.length > 1 ? { ranks: ranksOf(open).map(({ rank }) => rank) } : {}
    this.#graph = buildGraph(
      open.map(({ trace }) => trace),
      { ...ranks, operations: open.map(({ operations }) => operations) },
    )
    this.#operations = this.#graph.ranks.flatMap(
      ({ trace }) => open.find((each) => each.trace === trace)!.operations,
    )
  }

  /**
   * What a change comes to.
   * @throws ReplayError, PerfModelError
   */
  run(whatIf: WhatIf): WhatIfAnswer {
    const { now, changed } = this.#replay(whatIf)
    return {
      nowNs: now.endToEndNs,
      thenNs: changed.endToEndNs,
      boundsNs:
        changed.endToEndP10Ns === null ? null : [changed.endToEndP10Ns, changed.endToEndP90Ns!],
      doubts: doubtsOf(changed),
    }
  }

  /** The run as measured beside what it would be, on the rank at a place; null without totals. */
  compare(whatIf: WhatIf, place: number, generator: string): Comparison | null {
    const { changed, results } = this.#replay(whatIf)
    if (changed.endToEndNs === null) return null
    const { trace: measured } = this.open[place]!
    const { rank } = this.#graph.ranks.find(({ trace }) => trace === measured)!
    const [a, b] = results.map((result) => {
      const trace = timeline(this.#graph, result, { rank })
      return { trace, operations: classifyTrace(trace) }
    }) as [OpenTrace, OpenTrace]
    return compared(a, b, generator, {
      nameOfA: measured.source,
      nameOfB: 'what it would be',
      warnings: doubtsOf(changed),
      tables: movedTable(changed),
    })
  }

  #replay(whatIf: WhatIf): { now: ScenarioRow; changed: ScenarioRow; results: ReplayResult[] } {
    const model = getModel(whatIf.model)
    const scenario = scenarioOf(whatIf)
    const graph = this.#graph
    const source = whatIf.hardware === '' ? '' : `${whatIf.hardware}/${whatIf.model}`
    const hardware = source === '' ? undefined : findHardware(whatIf.hardware)
    const rescales = scenario.changes.some(({ do: what }) => what === 'batch' || what === 'dtype')
    const durations =
      hardware === undefined || rescales
        ? {}
        : { [source]: hardwareTimes(graph, this.#operations, hardware, model) }
    const rescaled = rescales
      ? { [source]: rescaledTimes(graph, model, hardware === undefined ? {} : { hardware }) }
      : {}
    const providers = { durations, rescaled, operations: this.#operations }
    const results: ReplayResult[] = []
    const onReplay = (_: unknown, result: ReplayResult) => results.push(result)
    const { rows } = runScenarios(graph, [scenario], providers, { contributors: 20, onReplay })
    return { now: rows[0]!, changed: rows[1]!, results }
  }
}

function doubtsOf({ endToEndNs, unanswered, doubtful, rescaled, notes }: ScenarioRow): string[] {
  const unscaled = rescaled?.unscaled.reduce((sum, each) => sum + each.timeShare, 0) ?? 0
  const reasons = rescaled?.unscaled.map(({ reason }) => reason).join('; ')
  return [
    ...(unanswered.count > 0
      ? [
          `${percent(unanswered.timeShare)} of kernel time has no estimate there and keeps what was measured${endToEndNs === null ? ': too much for totals' : ''}.`,
        ]
      : []),
    ...(doubtful.count > 0 ? [`${percent(doubtful.timeShare)} of kernel time is doubtful.`] : []),
    ...(unscaled > 0
      ? [`${percent(unscaled)} of kernel time could not be rescaled: ${reasons}.`]
      : []),
    ...notes,
  ]
}

function movedTable({ contributors }: ScenarioRow) {
  if (contributors.length === 0) return []
  return [
    {
      title: 'What moved on the critical path',
      columns: [
        'What',
        { label: 'Kind', align: 'left' as const },
        { label: 'A', unit: 'ms', digits: 3 },
        { label: 'B', unit: 'ms', digits: 3 },
        { label: 'Change', unit: 'ms', digits: 3 },
      ],
      rows: contributors.map(({ kind, name, beforeNs, afterNs, changeNs }) => [
        name || kind,
        kind,
        beforeNs / 1e6,
        afterNs / 1e6,
        changeNs / 1e6,
      ]),
    },
  ]
}
