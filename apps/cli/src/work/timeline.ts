import type { ReplayGraph, ReplayResult } from '@flowsim/replay'
import type { KernelTrace } from '@flowsim/trace-schema'

export function timeline(graph: ReplayGraph, result: ReplayResult): KernelTrace {
  const { trace } = graph.ranks[0]!
  return {
    ...trace,
    kernels: trace.kernels.map((k, i) => ({
      ...k,
      startNs: Math.round(result.startNs[i]!),
      durationNs: Math.round(result.durationNs[i]!),
    })),
  }
}
