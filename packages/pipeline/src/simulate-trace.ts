// Traces with other kernel times: replayed from end to end, and compared kernel by kernel.
import { unionNs } from '@flowsim/analysis'
import { buildGraph, type ReplayGraph, type ReplayResult, replay } from '@flowsim/replay'
import type {
  Estimate,
  HardwareSpec,
  KernelOperation,
  KernelTrace,
  OpName,
  SimulationSummary,
} from '@flowsim/trace-schema'
import { mean, median } from 'd3-array'
import { commonErrorShare } from './graph-times.js'
import { totalNs } from './summarize-trace.js'

/** What is simulated. */
export interface SimulationInput {
  /** Parsed with `hostCalls: true`, so that the replay knows who waits for whom. */
  trace: KernelTrace
  /** One for each kernel. */
  operations: readonly KernelOperation[]
  /** One for each kernel; kernels with null keep their measured time. */
  estimates: readonly (Estimate | null)[]
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

/** Replays a trace with its own times and with the estimates. */
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
  const times = (of: (estimate: Estimate) => number) => {
    const column = new Float64Array(graph.kernels.length)
    inputs.forEach(({ trace, estimates }, r) => {
      trace.kernels.forEach(({ durationNs }, i) => {
        const estimate = estimates[i]!
        column[graph.ranks[r]!.firstKernel + i] =
          estimate === null ? durationNs : of(estimate) * 1e9
      })
    })
    return column
  }
  const measured = replay(graph)
  const common = commonErrorShare(inputs[0]!.model)
  const predicted = replay(graph, {
    durationsNs: times(({ latencyS }) => latencyS),
    ...(common === undefined ? {} : { common }),
    p10Ns: times(({ p10S }) => p10S),
    p90Ns: times(({ p90S }) => p90S),
  })
  return inputs.map((input, r) => ofRank(input, graph, measured, predicted, r))
}

/** The part of one rank. */
function ofRank(
  input: SimulationInput,
  graph: ReplayGraph,
  measured: ReplayResult,
  predicted: ReplayResult,
  r: number,
): Simulation {
  const { trace, operations, estimates, hardware, model } = input
  const { rank, firstKernel } = graph.ranks[r]!
  const end = firstKernel + trace.kernels.length
  const startNs = predicted.startNs.subarray(firstKernel, end)
  const durationNs = predicted.durationNs.subarray(firstKernel, end)
  const kernelSumNs = totalNs(trace.kernels)
  const unanswered = trace.kernels.filter((_, i) => estimates[i] === null)
  return {
    graph,
    measured,
    predicted,
    rank,
    kernels: {
      firstStartNs: startNs.reduce((first, ns) => Math.min(first, ns), Infinity),
      startNs,
      durationNs,
    },
    summary: {
      schema: 'flowsim.simulation-summary/1',
      source: trace.source,
      hardware: hardware.name,
      model,
      measured: {
        kernelSumNs,
        busyNs: unionNs(
          trace.kernels.map(({ startNs }) => startNs),
          trace.kernels.map(({ durationNs }) => durationNs),
        ),
        endToEndNs: Math.round(measured.endToEndNs),
      },
      predicted: {
        kernelSumNs: Math.round(durationNs.reduce((sum, ns) => sum + ns, 0)),
        busyNs: Math.round(unionNs(startNs, durationNs)),
        endToEndNs: Math.round(predicted.endToEndNs),
        endToEndP10Ns: Math.round(predicted.endToEndP10Ns ?? predicted.endToEndNs),
        endToEndP90Ns: Math.round(predicted.endToEndP90Ns ?? predicted.endToEndNs),
      },
      replay: {
        ranks: graph.ranks.map((each) => each.rank),
        faults: graph.report.faultCount,
        assumptions: graph.report.assumptions,
      },
      byOp: byOperation(trace, operations, estimates),
      unanswered: {
        count: unanswered.length,
        timeShare: kernelSumNs === 0 ? 0 : totalNs(unanswered) / kernelSumNs,
      },
      outputs: input.outputs ?? [],
    },
  }
}

function byOperation(
  { kernels }: KernelTrace,
  operations: readonly KernelOperation[],
  estimates: readonly (Estimate | null)[],
): SimulationSummary['byOp'] {
  const groups = new Map<OpName, number[]>()
  operations.forEach(({ op }, i) => {
    if (op === null) return
    const group = groups.get(op)
    if (group === undefined) groups.set(op, [i])
    else group.push(i)
  })
  const rows = [...groups].map(([op, members]) => {
    let measuredNs = 0
    let predictedNs = 0
    const errors: number[] = []
    for (const i of members) {
      const { durationNs } = kernels[i]!
      const estimate = estimates[i]!
      const estimatedNs = estimate === null ? durationNs : estimate.latencyS * 1e9
      measuredNs += durationNs
      predictedNs += estimatedNs
      if (estimate !== null && durationNs > 0) errors.push(estimatedNs / durationNs - 1)
    }
    return {
      op,
      count: members.length,
      measuredNs,
      predictedNs: Math.round(predictedNs),
      mape: mean(errors, Math.abs) ?? null,
      bias: median(errors) ?? null,
    }
  })
  return rows.sort((a, b) => b.measuredNs - a.measuredNs)
}
