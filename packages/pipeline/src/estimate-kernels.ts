// Estimates for the kernels of a trace.
import { type EstimateOptions, type LatencyModel, PerfModelError } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import {
  type Estimate,
  type HardwareSpec,
  type KernelOperation,
  type KernelTrace,
  type OpCall,
  predictedFor,
} from '@flowsim/trace-schema'
import { distinctQuestions, type Launched } from './distinct-questions.js'
import { busiestDevice } from './summarize-trace.js'

/** How the kernels of a trace are estimated. */
export interface EstimateKernelsOptions extends EstimateOptions {
  /** The kernels: their names say whose rows answer where no `source` is asked for, their launches how many threads. */
  kernels?: readonly Launched[]
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
  const { questions, ofKernel } = distinctQuestions(operations, kernels, options)
  model.prepare?.(questions.map((question) => ({ ...question, hardware })))
  const answers = questions.map((question) =>
    estimateOf(question.call, hardware, model, question.options),
  )
  return Array.from(ofKernel, (q) => (q < 0 ? null : answers[q]!))
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

/**
 * The catalogue's description of the device that ran most of a trace, or that its times were predicted for, if it knows
 * it.
 */
export function hardwareOfTrace(trace: KernelTrace): HardwareSpec | undefined {
  const device = predictedFor(trace) ?? busiestDevice(trace) ?? trace.devices[0]
  if (device === undefined) return undefined
  try {
    return findHardware(device)
  } catch (error) {
    if (error instanceof PerfModelError && error.code === 'unknown_hardware') return undefined
    throw error
  }
}
