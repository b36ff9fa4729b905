// What every latency model is: a function from an operation and a device to an estimate.
import type { Estimate, HardwareSpec, OpCall } from '@flowsim/trace-schema'

/** Conditions of an estimate that neither the operation nor the device says. */
export interface EstimateOptions {
  /** Whether the operands lie in the last-level cache when the kernel starts. Default `cold`. */
  l2?: 'warm' | 'cold'
  /** Variant of the model, such as `heuristic-GPU` for `tile`. */
  mode?: string
  /**
   * Framework, or framework and kernel, whose implementation is asked for, such as `trtllm` or
   * `sglang/fa3`. Default: the first of the calibration data's that measured the operation.
   */
  source?: string
  /** Threads of all blocks, where a trace tells the launch: each has its share of a stream to walk through. */
  threads?: number
  /** Whether the kernel that quantises the activations counts. Default `false`. */
  includesQuantization?: boolean
  /** Devices of a communication group that share a node. Default: as many as the system has. */
  devicesPerNode?: number
}

/** What an estimate is asked of. */
export interface EstimateQuestion {
  call: OpCall
  hardware: HardwareSpec
  options?: EstimateOptions | undefined
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

  /** Told what will be asked, where that is known, so that a model that answers slowly may look it all up at once. */
  prepare?(questions: Iterable<EstimateQuestion>): void
}
