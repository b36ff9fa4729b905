import type { StepBatch } from './step-batch.js'

/** Predicts how long a step takes on the device. */
export interface StepTimeModel {
  /** For reports. */
  readonly name: string

  /**
   * Time from the start of the step's first kernel to the end of its last, in nanoseconds, finite
   * and not negative. CPU overhead is not part of it. Called once for each step: keep it fast.
   */
  stepNs(batch: StepBatch): number
}
