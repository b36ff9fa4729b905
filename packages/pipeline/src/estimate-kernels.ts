// Estimates for the kernels of a trace.
import { sourceOfKernel, threadsOf } from '@flowsim/calibration'
import { type EstimateOptions, type LatencyModel, PerfModelError } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import type {
  Estimate,
  HardwareSpec,
  KernelEvent,
  KernelOperation,
  KernelTrace,
  OpCall,
} from '@flowsim/trace-schema'
import { busiestDevice } from './summarize-trace.js'

/** How the kernels of a trace are estimated. */
export interface EstimateKernelsOptions extends EstimateOptions {
  /** The kernels: their names say whose rows answer where no `source` is asked for, their launches how many threads. */
  kernels?: readonly Launched[]
}

type Launched = Pick<KernelEvent, 'name' | 'grid' | 'block'>

/** What a kernel itself says about how it is to be estimated. */
function optionsOf(options: EstimateOptions, kernel: Launched | undefined): EstimateOptions {
  if (kernel === undefined) return options
  const threads = threadsOf(kernel)
  return {
    ...options,
    source: options.source ?? sourceOfKernel(kernel.name),
    ...(threads !== undefined && { threads }),
  }
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
  const howOf = (k: number) => optionsOf(options, kernels?.[k])
  model.prepare?.(
    operations.flatMap(({ call, auxiliary }, k) => {
      if (call === undefined || auxiliary === true) return []
      return [{ call, hardware, options: howOf(k) }]
    }),
  )
  return operations.map(({ call, auxiliary }, k) => {
    if (call === undefined || auxiliary === true) return null
    const how = howOf(k)
    const key = `${how.source} ${how.threads} ${JSON.stringify(call)}`
    let estimate = known.get(key)
    if (estimate === undefined) {
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
