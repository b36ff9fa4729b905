// Kernel times on described hardware, for the scenarios of a replay.
import { commonErrorShare } from '@flowsim/calibration'
import type { LatencyModel } from '@flowsim/perf-model'
import type { DurationProvider, ReplayGraph } from '@flowsim/replay'
import type { HardwareSpec, KernelOperation } from '@flowsim/trace-schema'
import { type PredictOptions, predictKernels } from './predict-kernels.js'
import { predictedTimes } from './predicted-times.js'

/**
 * The time of each kernel of a graph on the hardware, as `predictKernels` has it; kernels without an estimate
 * get a stand-in and are counted as not answered.
 *
 * @param operations - one for each kernel of the graph, all ranks after another
 */
export function hardwareTimes(
  graph: ReplayGraph,
  operations: readonly KernelOperation[],
  hardware: HardwareSpec,
  model: LatencyModel,
  options: PredictOptions = {},
): Exclude<DurationProvider, (...args: never[]) => unknown> {
  const count = graph.kernels.length
  const [durationsNs, p10Ns, p90Ns] = [0, 1, 2].map(() => new Float64Array(count))
  const answered = new Uint8Array(count)
  const doubtful = new Uint8Array(count)
  const notes = new Set<string>()
  for (const { trace, firstKernel } of graph.ranks) {
    const own = operations.slice(firstKernel, firstKernel + trace.kernels.length)
    const prediction = predictKernels(trace, own, hardware, model, options)
    const times = predictedTimes(trace, prediction)
    durationsNs!.set(times.durationsNs, firstKernel)
    p10Ns!.set(times.p10Ns, firstKernel)
    p90Ns!.set(times.p90Ns, firstKernel)
    answered.set(times.answered, firstKernel)
    doubtful.set(prediction.doubtful, firstKernel)
    notes.add(
      prediction.relativeTo === null
        ? `durations: estimates of the ${model.name} model`
        : `durations: measured × ratio of estimates (${prediction.relativeTo.name} to ${hardware.name}, ${model.name} model)`,
    )
  }
  const common = commonErrorShare(model.name)
  return {
    durationsNs: durationsNs!,
    p10Ns: p10Ns!,
    p90Ns: p90Ns!,
    ...(common === undefined ? {} : { common }),
    answered,
    doubtful,
    notes: [...notes],
  }
}
