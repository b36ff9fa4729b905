// Experts that many devices share: rows go to them and back by separate kernels (DeepEP), and run there as
// grouped products (DeepGEMM), in the two forms of these libraries: `normal` with `contiguous` rows where a step has
// prompts, `low_latency` with `masked` rows where it only decodes.
import {
  type CompiledStep,
  compileStep,
  devicesPerToken,
  type ExpertFeedForward,
  type ModelConfig,
  type StepOptions,
} from '@flowsim/model-graph'
import { type ExpertRows, expertCommunication } from '@flowsim/perf-model/parts'
import { dtypeBytes, type HardwareSpec } from '@flowsim/trace-schema'
import type { ExpertTransfers } from '../engine-kernels.js'

/** The forms of the kernels. */
export type ExpertKernels = ExpertRows['kernels']

/** What the experts of a model are, on its devices. */
export interface WideExpertsOptions {
  model: ModelConfig
  hardware: HardwareSpec
  devicesPerNode?: number | undefined
  /** Of the step, but for the form of the experts. */
  step: StepOptions
  /** Rows of the busiest device over the mean, by the tokens of all devices. */
  skew: (tokens: number) => number
}

/** The experts of a model, if it has any. */
export function expertsOf({ layerKinds }: ModelConfig): ExpertFeedForward | undefined {
  for (const { ffn } of layerKinds) if (ffn.type === 'moe') return ffn
  return undefined
}

/** A step in one form, and the times of its dispatches and combinations. */
export interface WideStep {
  step: CompiledStep
  transfers: ExpertTransfers
}

/** The step of a model whose experts run in one form. */
export function wideStep(kernels: ExpertKernels, options: WideExpertsOptions): WideStep {
  const { model, skew } = options
  const step = compileStep(model, {
    ...options.step,
    experts: kernels === 'normal' ? 'contiguous' : 'masked',
    expertSkew: skew,
  })
  return { step, transfers: new Transfers(kernels, options, step.layout.moeDevices) }
}

class Transfers implements ExpertTransfers {
  readonly #ffn: ExpertFeedForward
  readonly #width: number
  /** Elements of a token in the operations of the step. */
  readonly #elements: number

  constructor(
    private readonly kernels: ExpertKernels,
    private readonly options: WideExpertsOptions,
    private readonly devices: number,
  ) {
    const { model } = options
    this.#ffn = expertsOf(model)!
    this.#width = this.#ffn.latent ?? model.hidden
    this.#elements = this.#width * devicesPerToken(this.#ffn.experts, this.#ffn.topk, this.devices)
  }

  timesOf({ name = '', call }: Parameters<ExpertTransfers['timesOf']>[0]) {
    if (call.op !== 'all_to_all') return undefined
    const direction = DIRECTIONS[name]
    if (direction === undefined) return undefined
    const { hardware, devicesPerNode, skew } = this.options
    const tokens = call.elements / this.#elements
    const { topk, experts, groups } = this.#ffn
    return expertCommunication(
      {
        direction,
        kernels: this.kernels,
        tokens,
        topk,
        experts,
        groups,
        hidden: this.#width,
        elementBytes: dtypeBytes(call.dtype),
        devices: this.devices,
        skew: skew(tokens * this.devices),
      },
      hardware,
      { devicesPerNode },
    )
  }
}

const DIRECTIONS: Readonly<Record<string, ExpertRows['direction']>> = {
  expert_dispatch: 'dispatch',
  expert_combine: 'combine',
}
