// The report of an open trace: predicted where its device or a chosen one is known, as text of one HTML page.
import { inferRanks, type RankTrace } from '@flowsim/analysis'
import { getModel } from '@flowsim/calibration'
import type { LatencyModel } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import {
  hardwareOfTrace,
  predictKernels,
  reportData,
  type Simulation,
  simulateRanks,
  simulateTrace,
} from '@flowsim/pipeline'
import { renderReport } from '@flowsim/report'
import { jobPage, renderPage } from '@flowsim/report/pages'
import type { HardwareSpec, SimulationSummary } from '@flowsim/trace-schema'
import type { OpenTrace } from './open-traces.js'

/** On what to predict, and by what. */
export interface Prediction {
  /** Name in the catalogue; empty: the device of the trace. */
  hardware: string
  /** Name of a latency model. */
  model: string
}

/** The reports of traces, and of several, the page of their job. */
export interface Reports {
  ranks: Report[]
  /** HTML; null for a trace alone. */
  job: string | null
}

/** A report, ready to be shown or kept. */
export interface Report {
  html: string
  /** null: nothing was predicted, since the device is not known and none was chosen. */
  simulation: SimulationSummary | null
}

/**
 * The reports of traces; of several, as the ranks of one job.
 * @throws PerfModelError for hardware or a model that there is not one of
 */
export function reports(
  open: readonly OpenTrace[],
  { hardware: asked, model: name }: Prediction,
  generator: string,
): Report[] {
  const model = getModel(name)
  const ranks = open.length > 1 ? ranksOf(open) : undefined
  const devices = open.map(({ trace }) =>
    asked === '' ? hardwareOfTrace(trace) : findHardware(asked),
  )
  if (!devices.every((device) => device !== undefined)) {
    return open.map(({ trace, operations }) => {
      const device = summaryDevice({ trace, operations })
      const warnings = [
        `${device} is not in the hardware catalogue: choose the hardware to predict on`,
      ]
      const html = renderReport(
        reportData({
          trace,
          operations,
          generator,
          warnings,
          ...(ranks === undefined ? {} : { ranks }),
        }),
      )
      return { html, simulation: null }
    })
  }
  const inputs = open.map((each, i) => inputOf(each, devices[i]!, model, name))
  const simulations =
    ranks === undefined
      ? inputs.map((input) => simulateTrace(input))
      : simulateRanks(inputs.map((input, i) => ({ ...input, rank: ranks[i]!.rank })))
  return inputs.map(({ trace, operations, prediction: kernels, hardware }, i) => {
    const simulation: Simulation = simulations[i]!
    const prediction = { hardware, model: name, kernels, simulation }
    const html = renderReport(
      reportData({
        trace,
        operations,
        generator,
        prediction,
        ...(ranks === undefined ? {} : { ranks }),
      }),
    )
    return { html, simulation: simulation.summary }
  })
}

function inputOf(
  { trace, operations }: OpenTrace,
  hardware: HardwareSpec,
  model: LatencyModel,
  name: string,
) {
  const prediction = predictKernels(trace, operations, hardware, model)
  return { trace, operations, prediction, hardware, model: name }
}

/** The page of all ranks. */
export function jobOf(open: readonly OpenTrace[], generator: string): string {
  const ranks = ranksOf(open).map(({ rank }, i) => ({
    rank,
    ...open[i]!,
    name: open[i]!.trace.source,
  }))
  return renderPage(jobPage(ranks, { generator }))
}

/** Traces as ranks, each with the number that it, its name or its order tells. */
export function ranksOf(open: readonly OpenTrace[]): RankTrace[] {
  const ranks = inferRanks(open.map(({ trace }) => ({ name: trace.source, trace })))
  return open.map(({ trace, operations }, i) => ({ rank: ranks[i]!.rank, trace, operations }))
}

function summaryDevice({ trace }: OpenTrace): string {
  return trace.devices.find(({ name }) => name !== '')?.name ?? 'a device without a name'
}
