// The predicted time of every kernel of a trace on a device: by the model alone on the device of the trace, by
// what was measured and the ratio of the model's estimates on another.
import { helpedKernels } from '@flowsim/analysis'
import { transferEstimate } from '@flowsim/calibration'
import {
  doubted,
  type EstimateOptions,
  isDoubtful,
  isTableTime,
  type LatencyModel,
} from '@flowsim/perf-model'
import type { Estimate, HardwareSpec, KernelOperation, KernelTrace } from '@flowsim/trace-schema'
import { estimateKernels, hardwareOfTrace } from './estimate-kernels.js'

/** How kernels are predicted. */
export interface PredictOptions extends EstimateOptions {
  /** Estimates alone, also where the trace ran on another device that is known. */
  absolute?: boolean
}

/** Estimates that something else than a model here made. */
export interface GivenEstimates {
  /** On the hardware. */
  there: readonly (Estimate | null)[]
  /** On the device of the trace, of {@link scaledFrom}; without them, the others stand alone. */
  here?: readonly (Estimate | null)[] | undefined
}

/** Predicted kernels. Arrays have one entry for each kernel of the trace. */
export interface KernelPrediction {
  /** null where there is no estimate, and for helpers. */
  estimates: (Estimate | null)[]
  /** The kernel that is charged with the work of a helper; −1 for all others. */
  helped: Int32Array
  /** 1 for kernels whose dimensions imply more than the device of the trace can do. */
  doubtful: Uint8Array
  /** Whether the hardware is another device than that of the trace, or that one is not known. */
  isElsewhere: boolean
  /** The device whose measured times were scaled; null where the estimates stand alone. */
  relativeTo: HardwareSpec | null
}

/**
 * Predicts the kernels of a trace on hardware. Where the trace ran on another device that the catalogue knows,
 * a time is the measured one by the ratio of estimates, weighed by how sure the model is
 * (`transferEstimate`). Times of a table of collectives stand alone: they are of the network there.
 *
 * @param from - the model, or the estimates themselves
 */
export function predictKernels(
  trace: KernelTrace,
  operations: readonly KernelOperation[],
  hardware: HardwareSpec,
  from: LatencyModel | GivenEstimates,
  options: PredictOptions = {},
): KernelPrediction {
  const { absolute = false, ...how } = options
  const device = hardwareOfTrace(trace)
  const scaled = absolute ? undefined : scaledFrom(trace, hardware)
  const on = (spec: HardwareSpec, model: LatencyModel) =>
    estimateKernels(operations, spec, model, { ...how, kernels: trace.kernels })
  const { there, here }: GivenEstimates =
    'estimate' in from
      ? { there: on(hardware, from), here: scaled && on(scaled, from) }
      : { there: from.there, here: scaled && from.here }
  const helped = helpedKernels(trace, operations)
  const measuredNs = operationTimes(trace, helped)
  const doubtful = new Uint8Array(trace.kernels.length)
  const estimates = there.map((estimate, k): Estimate | null => {
    const { call, auxiliary } = operations[k]!
    const measuredS = measuredNs[k]! * 1e-9
    if (device !== undefined && call !== undefined && auxiliary !== true) {
      if (isDoubtful(call, measuredS, device)) doubtful[k] = 1
    }
    if (estimate === null) return null
    const own = isTableTime(estimate) ? null : here?.[k]
    const time = own ? transferEstimate(estimate, { measuredS, estimate: own }) : estimate
    return doubtful[k] === 1 ? doubted(time) : time
  })
  const isElsewhere = device?.name !== hardware.name
  const relativeTo = here?.some((estimate) => estimate !== null) ? scaled! : null
  return { estimates, helped, doubtful, isElsewhere, relativeTo }
}

/** The device whose measured times are scaled to the hardware: that of the trace, if it is known and another. */
export function scaledFrom(trace: KernelTrace, hardware: HardwareSpec): HardwareSpec | undefined {
  const device = hardwareOfTrace(trace)
  return device?.name === hardware.name ? undefined : device
}

/** The measured time of each kernel with that of its helpers, in nanoseconds. */
export function operationTimes({ kernels }: KernelTrace, helped: Int32Array): Float64Array {
  const times = Float64Array.from(kernels, ({ durationNs }) => durationNs)
  kernels.forEach(({ durationNs }, k) => {
    if (helped[k]! >= 0) times[helped[k]!]! += durationNs
  })
  return times
}
