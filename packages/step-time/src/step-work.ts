// What a step asks of each device: its arithmetic and its memory traffic, as times at the listed peaks. Power follows
// from them, time does not.
import type { CompiledStep } from '@flowsim/model-graph'
import { PerfModelError } from '@flowsim/perf-model'
import { peakTimes } from '@flowsim/perf-model/parts'
import type { DeviceWork } from '@flowsim/serving-sim'
import type { HardwareSpec, StepBatch } from '@flowsim/trace-schema'
import { decodeOf, prefillOf } from './graph-step-time.js'
import { ReplicaBatch } from './replica-batch.js'

/** What {@link stepWork} is made of. */
export interface StepWorkParts {
  step: CompiledStep
  hardware: HardwareSpec
  /** Replicas of the attention, each with a share of the batch. */
  replicas: number
  /** Stages of the pipeline, each with a share of the layers. */
  stages: number
}

/**
 * The work of a batch on one device, the mean of the pipeline's stages; null where the device's description has no
 * peak for an operation.
 */
export function stepWork(parts: StepWorkParts): ((batch: StepBatch) => DeviceWork) | null {
  const { step, hardware, replicas, stages } = parts
  if (!hasPeaks(parts)) return null
  const own = new ReplicaBatch(replicas)
  return (batch) => {
    own.set(batch)
    let computeS = 0
    let memoryS = 0
    for (const { call, count } of step(own)) {
      const times = peakTimes(call, hardware)
      computeS += count * times.computeS
      memoryS += count * times.memoryS
    }
    return { computeNs: (1e9 * computeS) / stages, memoryNs: (1e9 * memoryS) / stages }
  }
}

/** Whether every operation of a step with prompts and decodes has its peaks. */
function hasPeaks({ step, hardware }: StepWorkParts): boolean {
  try {
    for (const batch of [prefillOf(1), decodeOf(1, 1, 1)]) {
      for (const { call } of step(batch)) peakTimes(call, hardware)
    }
    return true
  } catch (error) {
    if (error instanceof PerfModelError) return false
    throw error
  }
}
