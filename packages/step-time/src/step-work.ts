// What a step asks of each device: its arithmetic and its memory traffic, as times at the listed peaks. Power follows
// from them, time does not.
import type { CompiledStep, GraphOp } from '@flowsim/model-graph'
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
  const kept = new KeptTimes(hardware)
  return (batch) => {
    own.set(batch)
    const ops = step(own)
    const byTokens = kept.of(ops, own.prefillTokens + own.decodeTokens)
    let computeS = 0
    let memoryS = 0
    for (let i = 0; i < ops.length; i++) {
      const { call, count, varies } = ops[i]!
      const times = varies === 'tokens' ? byTokens[i]! : peakTimes(call, hardware)
      computeS += count * times.computeS
      memoryS += count * times.memoryS
    }
    return { computeNs: (1e9 * computeS) / stages, memoryNs: (1e9 * memoryS) / stages }
  }
}

/** Numbers of tokens of which times are kept. */
const MOST_KEPT = 4096

/** Times at the peaks of the operations that the number of tokens decides: most of a step. */
class KeptTimes {
  readonly #known = new Map<readonly GraphOp[], Map<number, PeakTimes[]>>()

  constructor(private readonly hardware: HardwareSpec) {}

  /** Times of operations that are sized for so many tokens, by their places; there are none of other operations. */
  of(ops: readonly GraphOp[], tokens: number): readonly PeakTimes[] {
    let byTokens = this.#known.get(ops)
    if (byTokens === undefined) {
      byTokens = new Map()
      this.#known.set(ops, byTokens)
    }
    let times = byTokens.get(tokens)
    if (times === undefined) {
      times = ops.map(({ call, varies }) =>
        varies === 'tokens' ? peakTimes(call, this.hardware) : NONE,
      )
      if (byTokens.size === MOST_KEPT) byTokens.clear()
      byTokens.set(tokens, times)
    }
    return times
  }
}

type PeakTimes = ReturnType<typeof peakTimes>

const NONE: PeakTimes = { computeS: 0, memoryS: 0 }

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
