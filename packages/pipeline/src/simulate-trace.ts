// Traces with other kernel times: replayed from end to end, and compared kernel by kernel.
import { commonErrorShare } from '@flowsim/calibration'
import {
  buildGraph,
  isHeadline,
  type ReplayGraph,
  type ReplayResult,
  replay,
} from '@flowsim/replay'
import type {
  HardwareSpec,
  KernelOperation,
  KernelTrace,
  SimulationSummary,
} from '@flowsim/trace-schema'
import type { KernelPrediction } from './predict-kernels.js'
import { type PredictedTimes, predictedTimes } from './predicted-times.js'
import { predictedActivities, simulationSummary } from './simulation-summary.js'

/** What is simulated. */
export interface SimulationInput {
  /** Parsed with `hostCalls: true`, so that the replay knows who waits for whom. */
  trace: KernelTrace
  /** One for each kernel. */
  operations: readonly KernelOperation[]
  /** Of `predictKernels`. */
  prediction: KernelPrediction
  hardware: HardwareSpec
  /** Name of the model that made the estimates. */
  model: string
  outputs?: string[]
}

/** The replay of a trace with predicted times. */
export interface Simulation {
  /** Of all ranks that were replayed together, as are the two replays. */
  graph: ReplayGraph
  measured: ReplayResult
  predicted: ReplayResult
  /** Rank of this trace in the graph. */
  rank: number
  /** The kernels of this trace in the predicted replay, in the order of the trace. */
  kernels: { firstStartNs: number; startNs: Float64Array; durationNs: Float64Array }
  /** Sums and busy time are of this trace; the end to end is that of all ranks. */
  summary: SimulationSummary
}

/** Replays a trace with its own times and with the predicted ones. */
export function simulateTrace(input: SimulationInput): Simulation {
  return simulate([input], buildGraph(input.trace, { operations: [input.operations] }))[0]!
}

/**
 * Replays the ranks of a job as one system; each comes out with the end-to-end time of the job. Traces that
 * share no collective are not one system: they are replayed each for itself.
 *
 * @throws ReplayError `duplicate_rank`
 */
export function simulateRanks(
  inputs: readonly (SimulationInput & { rank: number })[],
): Simulation[] {
  // The graph has its ranks in ascending order.
  const order = inputs.map((_, i) => i).sort((a, b) => inputs[a]!.rank - inputs[b]!.rank)
  const sorted = order.map((i) => inputs[i]!)
  const graph = buildGraph(
    sorted.map(({ trace }) => trace),
    {
      ranks: sorted.map(({ rank }) => rank),
      operations: sorted.map(({ operations }) => operations),
    },
  )
  if (graph.report.matchedCollectives === 0) return inputs.map(simulateTrace)
  const simulations = simulate(sorted, graph)
  return inputs.map((_, i) => simulations[order.indexOf(i)]!)
}

/** @param graph - of the traces of the inputs, in their order */
function simulate(inputs: readonly SimulationInput[], graph: ReplayGraph): Simulation[] {
  const times = inputs.map(({ trace, prediction }) => predictedTimes(trace, prediction))
  const column = (of: (times: PredictedTimes) => Float64Array) => {
    const all = new Float64Array(graph.kernels.length)
    times.forEach((each, r) => {
      all.set(of(each), graph.ranks[r]!.firstKernel)
    })
    return all
  }
  const measured = replay(graph)
  const common = commonErrorShare(inputs[0]!.model)
  const predicted = replay(graph, {
    durationsNs: column(({ durationsNs }) => durationsNs),
    ...(common === undefined ? {} : { common }),
    p10Ns: column(({ p10Ns }) => p10Ns),
    p90Ns: column(({ p90Ns }) => p90Ns),
  })
  const headline = isHeadline(inputs.map((input, r) => predictedActivities(input, times[r]!)))
  return inputs.map((input, r): Simulation => {
    const { rank, firstKernel } = graph.ranks[r]!
    const end = firstKernel + input.trace.kernels.length
    const startNs = predicted.startNs.subarray(firstKernel, end)
    const durationNs = predicted.durationNs.subarray(firstKernel, end)
    const firstStartNs = startNs.reduce((first, ns) => Math.min(first, ns), Infinity)
    const kernels = { firstStartNs, startNs, durationNs }
    const replays = { graph, measured, predicted, kernels, headline }
    const summary = simulationSummary(input, times[r]!, replays)
    return { graph, measured, predicted, rank, kernels, summary }
  })
}
