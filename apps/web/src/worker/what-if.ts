// What if: a device, kernels of a family faster, launches cheaper, another batch. The run is replayed from its
// dependencies, so that what waits for something faster moves too.
import { getModel } from '@flowsim/calibration'
import { findHardware } from '@flowsim/perf-model/hardware'
import { hardwareTimes, rescaledTimes } from '@flowsim/pipeline'
import { buildGraph, type ReplayGraph, runScenarios, type ScenarioRow } from '@flowsim/replay'
import type { KernelOperation } from '@flowsim/trace-schema'
import type { OpenTrace } from './open-traces.js'
import { ranksOf } from './report.js'
import { scenarioOf, type WhatIf } from './scenario.js'

/** Replays of one job, whose graph is built once. */
export class WhatIfRuns {
  readonly #graph: ReplayGraph
  readonly #operations: KernelOperation[]

  constructor(open: readonly OpenTrace[]) {
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
   * The run as measured, and as it would be.
   * @throws ReplayError, PerfModelError
   */
  run(whatIf: WhatIf): ScenarioRow[] {
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
    return runScenarios(graph, [scenario], providers, { contributors: 8 }).rows
  }
}
