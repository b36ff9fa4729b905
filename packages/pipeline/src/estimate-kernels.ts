// Estimates for the kernels of a trace.
import { sourceOfKernel } from '@flowsim/calibration'
import { type EstimateOptions, type LatencyModel, PerfModelError } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import type {
  Estimate,
  HardwareSpec,
  KernelOperation,
  KernelTrace,
  OpCall,
} from '@flowsim/trace-schema'
import { busiestDevice } from './summarize-trace.js'

/** How the kernels of a trace are estimated. */
export interface EstimateKernelsOptions extends EstimateOptions {
  /** The kernels: their names say whose rows answer where no `source` is asked for. */
  kernels?: readonly { name: string }[]
}

/**
 * The time of each kernel on the hardware; null where its dimensions are unknown, the model has no
 * answer, or another kernel is charged with its work.
 */
export function estimateKernels(
  operations: readonly KernelOperation[],
  hardware: HardwareSpec,
  model: LatencyModel,
  { kernels, ...options }: EstimateKernelsOptions = {},
): (Estimate | null)[] {
  // Layers repeat: equal calls are asked once.
  const known = new Map<string, Estimate | null>()
  const sourceOf = (k: number) => options.source ?? (kernels && sourceOfKernel(kernels[k]!.name))
  model.prepare?.(
    operations.flatMap(({ call, auxiliary }, k) => {
      if (call === undefined || auxiliary === true) return []
      const source = sourceOf(k)
      return [{ call, hardware, options: source === undefined ? options : { ...options, source } }]
    }),
  )
  return operations.map(({ call, auxiliary }, k) => {
    if (call === undefined || auxiliary === true) return null
    const source = sourceOf(k)
    const key = `${source} ${JSON.stringify(call)}`
    let estimate = known.get(key)
    if (estimate === undefined) {
      const how = source === undefined ? options : { ...options, source }
      estimate = estimateOf(call, hardware, model, how)
      known.set(key, estimate)
    }
    return estimate
  })
}

function estimateOf(
  call: OpCall,
  hardware: HardwareSpec,
  model: LatencyModel,
  options: EstimateOptions,
): Estimate | null {
  try {
    return model.estimate(call, hardware, options)
  } catch (error) {
    if (error instanceof PerfModelError) return null
    throw error
  }
}

/** The catalogue's description of the device that ran most of a trace, if it knows it. */
export function hardwareOfTrace(trace: KernelTrace): HardwareSpec | undefined {
  const device = busiestDevice(trace) ?? trace.devices[0]
  if (device === undefined) return undefined
  try {
    return findHardware(device)
  } catch (error) {
    if (error instanceof PerfModelError && error.code === 'unknown_hardware') return undefined
    throw error
  }
}
