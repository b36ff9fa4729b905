// Kernel times of a run that computes something else: another batch, length, precision or layout. As between devices,
// a time is what was measured, by the ratio of the estimates of the work then and now.
import { helpedKernels } from '@flowsim/analysis'
import { commonErrorShare, transferEstimate } from '@flowsim/calibration'
import { isTableTime, type LatencyModel } from '@flowsim/perf-model'
import type { ReplayGraph, RescaledTimes } from '@flowsim/replay'
import type { Estimate, HardwareSpec, KernelOperation } from '@flowsim/trace-schema'
import { estimateKernels, hardwareOfTrace } from './estimate-kernels.js'
import { operationTimes, type PredictOptions } from './predict-kernels.js'

/** How other work is predicted. */
export interface RescaleOptions extends PredictOptions {
  /** Where it runs then; the device of the trace if absent. */
  hardware?: HardwareSpec
}

/**
 * The times of kernels that compute something else, for the scenarios of a replay. A kernel that computes the same on
 * the same device keeps its time.
 */
export function rescaledTimes(
  graph: ReplayGraph,
  model: LatencyModel,
  { hardware, absolute = false, ...how }: RescaleOptions = {},
): RescaledTimes {
  return ({ before, after, added, removed }) => {
    const durationsNs = graph.durationNs.slice()
    const p10Ns = graph.durationNs.slice()
    const p90Ns = graph.durationNs.slice()
    const answered = new Uint8Array(durationsNs.length).fill(1)
    for (const { trace, firstKernel } of graph.ranks) {
      const count = trace.kernels.length
      const own = (all: readonly KernelOperation[]) => all.slice(firstKernel, firstKernel + count)
      const device = hardwareOfTrace(trace)
      const target = hardware ?? device
      const helped = helpedKernels(trace, own(before))
      const measuredNs = operationTimes(trace, helped)
      const estimates = (spec: HardwareSpec | undefined, operations: KernelOperation[]) =>
        spec === undefined
          ? operations.map(() => null)
          : estimateKernels(operations, spec, model, how)
      const here = absolute ? [] : estimates(device, own(before))
      const there = estimates(target, own(after))
      const extra = addedEstimates(added, { firstKernel, count }, (operations) =>
        estimates(target, operations),
      )
      const isElsewhere = target?.name !== device?.name
      for (let k = 0; k < count; k++) {
        const g = firstKernel + k
        const main = helped[k]! >= 0 ? helped[k]! : k
        const isSame = after[firstKernel + main] === before[firstKernel + main] && !isElsewhere
        if (!isSame && removed[g] === 0) {
          const estimate = there[main] ?? null
          if (estimate === null) answered[g] = 0
          else {
            const isScaled = !(isElsewhere && isTableTime(estimate))
            const time = timeOf(estimate, measuredNs[k]!, (isScaled && here[k]) || null)
            // The work of a helper is in the kernel that it helps.
            durationsNs[g] = main === k ? time.latencyS * 1e9 : 0
            p10Ns[g] = main === k ? time.p10S * 1e9 : 0
            p90Ns[g] = main === k ? time.p90S * 1e9 : 0
          }
        }
        const more = extra.get(k)
        if (more === undefined) continue
        if (more === null) answered[g] = 0
        else {
          durationsNs[g]! += more.latencyS * 1e9
          p10Ns[g]! += more.p10S * 1e9
          p90Ns[g]! += more.p90S * 1e9
        }
      }
    }
    const common = commonErrorShare(model.name)
    const basis = absolute ? 'estimates' : 'measured × ratio of estimates, then to now'
    return {
      durationsNs,
      p10Ns,
      p90Ns,
      answered,
      ...(common === undefined ? {} : { common }),
      notes: [`durations: ${basis} (${model.name} model)`],
    }
  }
}

function timeOf(there: Estimate, measuredNs: number, here: Estimate | null): Estimate {
  return here === null
    ? there
    : transferEstimate(there, { measuredS: measuredNs * 1e-9, estimate: here })
}

/** The estimate of what is added after each kernel; null where there is none. */
function addedEstimates(
  added: Parameters<RescaledTimes>[0]['added'],
  { firstKernel, count }: { firstKernel: number; count: number },
  estimate: (operations: KernelOperation[]) => (Estimate | null)[],
): Map<number, Estimate | null> {
  const own = added.filter(({ kernel }) => kernel >= firstKernel && kernel < firstKernel + count)
  const operations = own.map(
    ({ call }): KernelOperation => ({
      op: call.op,
      family: 'other',
      call,
      tensors: [],
      rule: null,
    }),
  )
  const estimates = estimate(operations)
  const byKernel = new Map<number, Estimate | null>()
  own.forEach(({ kernel }, i) => {
    const k = kernel - firstKernel
    const before = byKernel.get(k)
    const next = estimates[i]!
    byKernel.set(
      k,
      before === undefined || next === null ? next : before === null ? null : sum(before, next),
    )
  })
  return byKernel
}

function sum(a: Estimate, b: Estimate): Estimate {
  return {
    ...a,
    latencyS: a.latencyS + b.latencyS,
    p10S: a.p10S + b.p10S,
    p90S: a.p90S + b.p90S,
  }
}
