// What every latency model is: a function from an operation and a device to an estimate.
import type { Estimate, HardwareSpec, OpCall } from '@flowsim/trace-schema'

/** Conditions of an estimate that neither the operation nor the device says. */
export interface EstimateOptions {
  /** Whether the operands lie in the last-level cache when the kernel starts. Default `cold`. */
  l2?: 'warm' | 'cold'
  /** Variant of the model, such as `heuristic-GPU` for `tile`. */
  mode?: string
}

/** Predicts the time of an operation on described hardware. */
export interface LatencyModel {
  /** Name that users select it by: `roofline`, `tile`, `calibrated`, `measured`. */
  readonly name: string

  /** Whether {@link estimate} has an answer. */
  supports(call: OpCall, hardware: HardwareSpec, options?: EstimateOptions): boolean

  /**
   * The predicted time, finite and not negative.
   * @throws PerfModelError with code `unsupported_op`, `unsupported_dtype` or `invalid_dimension`
   */
  estimate(call: OpCall, hardware: HardwareSpec, options?: EstimateOptions): Estimate
}
