// What a simulation came to, in numbers: how far it is a prediction first, then totals, then operations.
import { unionNs } from '@flowsim/analysis'
import {
  isHeadline,
  type PredictedActivities,
  type Quantiles,
  type ReplayGraph,
  type ReplayResult,
} from '@flowsim/replay'
import {
  isKernel,
  type KernelEvent,
  type KernelTrace,
  type OpName,
  type SimulationSummary,
} from '@flowsim/trace-schema'
import { mean, median } from 'd3-array'
import { operationTimes } from './predict-kernels.js'
import type { PredictedTimes } from './predicted-times.js'
import type { SimulationInput } from './simulate-trace.js'
import { totalNs } from './summarize-trace.js'

/** The replays that a summary is of. */
export interface Replays {
  graph: ReplayGraph
  measured: ReplayResult
  predicted: ReplayResult
  /** The kernels of the trace in the predicted replay. */
  kernels: { startNs: Float64Array; durationNs: Float64Array }
  /** Whether enough of all ranks is predicted for an end to end. */
  headline: boolean
}

/** What the predicted activities of a trace tell of whether a total means something. */
export function predictedActivities(
  { trace, prediction }: Pick<SimulationInput, 'trace' | 'prediction'>,
  { durationsNs, answered }: PredictedTimes,
): PredictedActivities {
  return {
    measuredNs: trace.kernels.map(({ durationNs }) => durationNs),
    predictedNs: durationsNs,
    unanswered: answered.map((is) => 1 - is),
    doubtful: prediction.doubtful,
  }
}

/** The summary of the simulation of one trace. */
export function simulationSummary(
  input: SimulationInput,
  times: PredictedTimes,
  { graph, measured, predicted, kernels, headline }: Replays,
): SimulationSummary {
  const { trace, prediction, operations, hardware, model, outputs = [] } = input
  const own = isHeadline([predictedActivities(input, times)])
  const { bounds } = predicted
  const busyNs = unionNs(kernels.startNs, kernels.durationNs)
  // Bounds are of the mean over devices, or of all ranks together: their proportion is that of each.
  const scaled = (ns: number, of: Quantiles | undefined, total: number) =>
    of === undefined || total === 0 ? [ns, ns] : [(ns * of.p10Ns) / total, (ns * of.p90Ns) / total]
  const [busyP10Ns, busyP90Ns] = scaled(busyNs, bounds?.busy, predicted.busyNs)
  const known = predictedSum(prediction.estimates.filter((_, k) => isKernel(trace.kernels[k]!)))
  const [sumP10Ns, sumP90Ns] = scaled(known, bounds?.kernelSum, predicted.kernelSumNs)
  const endToEnd = bounds?.endToEnd ?? {
    p10Ns: predicted.endToEndNs,
    p90Ns: predicted.endToEndNs,
  }
  const whole = (ns: number | undefined, isKnown: boolean) => (isKnown ? Math.round(ns!) : null)
  const answered = share(trace, isKernel, (k) => times.answered[k] === 1)
  const unanswered = share(trace, isKernel, (k) => times.answered[k] === 0)
  const transfers = transferTimes(trace, prediction, times)
  const standIns = unanswered.count + transfers.count - transfers.answered.count
  const has = answered.count > 0
  return {
    schema: 'flowsim.simulation-summary/1',
    source: trace.source,
    hardware: hardware.name,
    model,
    relativeTo: prediction.relativeTo?.name ?? null,
    answered,
    unanswered: { count: unanswered.count, timeShare: unanswered.timeShare },
    doubtful: counted(share(trace, isKernel, (k) => prediction.doubtful[k] === 1)),
    transfers,
    measured: {
      kernelSumNs: totalNs(trace.kernels.filter(isKernel)),
      busyNs: unionNs(
        trace.kernels.map(({ startNs }) => startNs),
        trace.kernels.map(({ durationNs }) => durationNs),
      ),
      endToEndNs: Math.round(measured.endToEndNs),
    },
    predicted: {
      kernelSumNs: whole(known, has),
      kernelSumP10Ns: whole(sumP10Ns, has),
      kernelSumP90Ns: whole(sumP90Ns, has),
      busyNs: whole(busyNs, own),
      busyP10Ns: whole(busyP10Ns, own),
      busyP90Ns: whole(busyP90Ns, own),
      endToEndNs: whole(predicted.endToEndNs, headline),
      endToEndP10Ns: whole(endToEnd.p10Ns, headline),
      endToEndP90Ns: whole(endToEnd.p90Ns, headline),
    },
    replay: {
      ranks: graph.ranks.map((each) => each.rank),
      faults: graph.report.faultCount,
      assumptions: [...graph.report.assumptions, ...standInNote(standIns, times.change)],
    },
    byOp: byOperation({ trace, operations, prediction }, times),
    outputs,
  }
}

function standInNote(count: number, change: number): string[] {
  if (count === 0) return []
  const how = change === 1 ? 'their measured time' : `their measured time × ${change.toFixed(2)}`
  return [
    `${count} activities without an estimate take ${how} in the replay${change === 1 ? '' : ', as the others change on the whole'}; the bounds say how little that is known`,
  ]
}

function predictedSum(estimates: SimulationInput['prediction']['estimates']): number {
  return estimates.reduce((sum, estimate) => sum + (estimate?.latencyS ?? 0) * 1e9, 0)
}

interface Share {
  count: number
  timeShare: number
  measuredNs: number
}

/** The activities of a kind that are included, and their share of the time of that kind. */
function share(
  { kernels }: KernelTrace,
  ofKind: (event: KernelEvent) => boolean,
  includes: (k: number) => boolean,
): Share {
  let count = 0
  let measuredNs = 0
  let all = 0
  for (let k = 0; k < kernels.length; k++) {
    const event = kernels[k]!
    if (!ofKind(event)) continue
    all += event.durationNs
    if (!includes(k)) continue
    count++
    measuredNs += event.durationNs
  }
  return { count, timeShare: all === 0 ? 0 : measuredNs / all, measuredNs }
}

function transferTimes(
  trace: KernelTrace,
  { estimates }: SimulationInput['prediction'],
  { answered }: PredictedTimes,
): SimulationSummary['transfers'] {
  const isTransfer = (event: KernelEvent) => !isKernel(event)
  const all = share(trace, isTransfer, () => true)
  const known = share(trace, isTransfer, (k) => answered[k] === 1)
  const sumNs = predictedSum(estimates.filter((_, k) => isTransfer(trace.kernels[k]!)))
  return {
    count: all.count,
    measuredNs: all.measuredNs,
    answered: { count: known.count, measuredNs: known.measuredNs },
    predictedNs: known.count === 0 ? null : Math.round(sumNs),
  }
}

function counted({ count, timeShare }: Share): { count: number; timeShare: number } {
  return { count, timeShare }
}

function byOperation(
  {
    trace,
    operations,
    prediction: { estimates, helped },
  }: Pick<SimulationInput, 'trace' | 'operations' | 'prediction'>,
  { answered }: PredictedTimes,
): SimulationSummary['byOp'] {
  const { kernels } = trace
  const operationNs = operationTimes(trace, helped)
  const groups = new Map<OpName, number[]>()
  operations.forEach((_, i) => {
    // A helper is a part of the operation that it helps.
    const { op } = operations[helped[i]! >= 0 ? helped[i]! : i]!
    if (op === null) return
    const group = groups.get(op)
    if (group === undefined) groups.set(op, [i])
    else group.push(i)
  })
  const rows = [...groups].map(([op, members]) => {
    const errors: number[] = []
    let [count, measuredNs, answeredNs, predictedNs] = [0, 0, 0, 0]
    for (const k of members) {
      const { durationNs } = kernels[k]!
      measuredNs += durationNs
      if (answered[k] !== 1) continue
      count++
      answeredNs += durationNs
      const estimate = estimates[k]
      if (!estimate) continue
      predictedNs += estimate.latencyS * 1e9
      if (operationNs[k]! > 0) errors.push((estimate.latencyS * 1e9) / operationNs[k]! - 1)
    }
    return {
      op,
      count: members.length,
      measuredNs,
      predictedNs: count === 0 ? null : Math.round(predictedNs),
      answered: { count, measuredNs: answeredNs },
      mape: mean(errors, Math.abs) ?? null,
      bias: median(errors) ?? null,
    }
  })
  return rows.sort((a, b) => b.measuredNs - a.measuredNs)
}
