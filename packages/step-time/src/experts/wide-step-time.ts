// Step times of a model whose experts many devices share: one form of their kernels where a step has prompts, another
// where it only decodes; each in one piece or in two halves.
import type { LatencyModel } from '@flowsim/perf-model'
import { COMMUNICATION_UNITS } from '@flowsim/perf-model/parts'
import {
  type HardwareSpec,
  OPERATIONS,
  type StepBatch,
  type StepTimeModel,
} from '@flowsim/trace-schema'
import { EngineKernelTimes, type KernelOptions, linkedHardware } from '../engine-kernels.js'
import { GraphStepTime, type KernelTimes } from '../graph-step-time.js'
import { type ModelParts, stepOptions } from '../model-parts.js'
import { TwoBatchStepTime } from './two-batch-step-time.js'
import { decodeHalvesNs, prefillHalvesNs } from './two-batches.js'
import { type ExpertKernels, wideStep } from './wide-experts.js'

/** What {@link WideStepTime} is made of. */
export interface WideParts {
  name: string
  latency: LatencyModel
  parts: ModelParts
  options: KernelOptions
  replicas: number
  hostOpUs: number
  hostStepUs: number
  hostSequenceUs: number
  mixedTileRows?: number
  keyTile?: number
}

/** Time of a step by the form that its batch asks for. */
export class WideStepTime implements StepTimeModel {
  readonly name: string
  readonly #prompts: StepTimeModel
  readonly #decodes: StepTimeModel

  constructor(wide: WideParts) {
    this.name = wide.name
    this.#prompts = stepTimeOf('normal', wide)
    this.#decodes = stepTimeOf('low_latency', wide)
  }

  stepNs(batch: StepBatch): number {
    return (batch.prefills > 0 ? this.#prompts : this.#decodes).stepNs(batch)
  }
}

function stepTimeOf(form: ExpertKernels, wide: WideParts): StepTimeModel {
  const { parts, latency, options, ...shared } = wide
  const { model, hardware, engine, experts } = parts
  const { distribution: _, expertSkew: __, ...plain } = stepOptions(parts)
  const { step, transfers } = wideStep(form, {
    model,
    hardware: linkedHardware(hardware, options.link),
    devicesPerNode: options.devicesPerNode,
    step: plain,
    skew: experts.skew,
  })
  const kernels = new EngineKernelTimes(latency, hardware, engine, options, transfers)
  const whole = new GraphStepTime({ ...shared, step, kernels })
  if (!experts.hasTwoBatches) return whole
  return new TwoBatchStepTime({
    ...shared,
    step,
    whole,
    kernels: form === 'normal' ? besideNormal(kernels, hardware) : kernels,
    halvesNs: form === 'normal' ? prefillHalvesNs : decodeHalvesNs,
  })
}

/** Kernels beside normal transfers, which keep some units of the device to themselves. */
function besideNormal(kernels: EngineKernelTimes, { device }: HardwareSpec): KernelTimes {
  const slower = device.computeUnits / Math.max(1, device.computeUnits - COMMUNICATION_UNITS)
  return {
    timeNs: (op) => (OPERATIONS[op.call.op].runsOn === 'matrix' ? slower : 1) * kernels.timeNs(op),
    flightNs: (op) => kernels.flightNs(op),
    runsSharedBeside: (tokens) => kernels.runsSharedBeside(tokens),
  }
}
