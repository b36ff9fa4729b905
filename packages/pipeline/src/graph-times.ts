// Kernel times on described hardware, for the scenarios of a replay.
import type { EstimateOptions, LatencyModel } from '@flowsim/perf-model'
import type { DurationProvider, ReplayGraph } from '@flowsim/replay'
import type { HardwareSpec, KernelOperation } from '@flowsim/trace-schema'
import { estimateKernels } from './estimate-kernels.js'

/**
 * Share of the variance of a model's errors that all kernels of a trace have in common: medians over the
 * traces of docs/replay.md, "How sure the end to end is".
 */
const COMMON_ERROR_SHARE: Readonly<Record<string, number>> = { calibrated: 0.5, roofline: 0.75 }

/** The share for a model; undefined where it was not measured. */
export function commonErrorShare(model: string): number | undefined {
  return Object.hasOwn(COMMON_ERROR_SHARE, model) ? COMMON_ERROR_SHARE[model] : undefined
}

/**
 * The time of each kernel of a graph on the hardware; kernels without an estimate keep theirs. With
 * `relativeTo`, the measured time by the ratio of the model's estimates on the two devices: what the
 * model gets wrong on both alike cancels.
 *
 * @param operations - one for each kernel of the graph, all ranks after another
 */
export function hardwareTimes(
  graph: ReplayGraph,
  operations: readonly KernelOperation[],
  hardware: HardwareSpec,
  model: LatencyModel,
  options: EstimateOptions & { relativeTo?: HardwareSpec } = {},
): Exclude<DurationProvider, (...args: never[]) => unknown> {
  const { relativeTo, ...estimateOptions } = options
  const there = estimateKernels(operations, hardware, model, estimateOptions)
  const here = relativeTo && estimateKernels(operations, relativeTo, model, estimateOptions)
  const count = graph.kernels.length
  const [durationsNs, p10Ns, p90Ns] = [0, 1, 2].map(() => new Float64Array(count).fill(Number.NaN))
  for (let k = 0; k < count; k++) {
    const estimate = there[k]
    const own = here?.[k]
    if (!estimate || (here !== undefined && !own)) continue
    const scale = own ? graph.durationNs[k]! / own.latencyS : 1e9
    durationsNs![k] = estimate.latencyS * scale
    p10Ns![k] = estimate.p10S * scale
    p90Ns![k] = estimate.p90S * scale
  }
  const common = commonErrorShare(model.name)
  return {
    durationsNs: durationsNs!,
    p10Ns: p10Ns!,
    p90Ns: p90Ns!,
    ...(common === undefined ? {} : { common }),
  }
}
