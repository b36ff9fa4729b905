// Time of a step from measured layers: each layer's time at the tokens of the step, attention at its lengths,
// and communication, which profiles of one rank do not hold, by a latency model.
import type { ModelConfig } from '@flowsim/model-graph'
import type { StepBatch, StepTimeModel } from '@flowsim/trace-schema'
import { ReplicaBatch } from '../replica-batch.js'
import { attentionUs } from './attention-time.js'
import { type ExpertShare, expertsUs } from './experts-time.js'
import type { LayerProfile } from './layer-profile.js'
import type { NestedTable } from './nested-table.js'

/** Executions of a measured layer in a step. */
interface Repeated {
  table: NestedTable
  count: number
}

/** What {@link ProfileStepTime} is made of. */
export interface ProfileStepTimeParts {
  name: string
  profile: LayerProfile
  model: ModelConfig
  /** Replicas of the attention, each with a share of the batch. */
  replicas: number
  /** null: the model has no experts. */
  experts: ExpertShare | null
  /** Time of what the devices send to each other. */
  communication: StepTimeModel
}

/** Step times out of measured layers. */
export class ProfileStepTime implements StepTimeModel {
  readonly name: string
  readonly #parts: ProfileStepTimeParts
  readonly #batch: ReplicaBatch
  readonly #byTokens: readonly Repeated[]
  readonly #bySequences: readonly Repeated[]
  readonly #attentionLayers: number
  readonly #expertLayers: number
  readonly #denseUs = new Map<number, number>()
  readonly #headUs = new Map<number, number>()

  constructor(parts: ProfileStepTimeParts) {
    const { name, profile, model, replicas } = parts
    this.name = name
    this.#parts = parts
    this.#batch = new ReplicaBatch(replicas)
    this.#attentionLayers = model.layers.length
    this.#expertLayers = countExpertLayers(model)
    this.#byTokens = repeated(profile.byTokens, executions(model))
    this.#bySequences = repeated(profile.bySequences, () => 1)
  }

  stepNs(batch: StepBatch): number {
    const own = this.#batch
    own.set(batch)
    const { profile, experts, communication } = this.#parts
    let us = sumAt(this.#byTokens, own.tokens, this.#denseUs)
    us += this.#attentionLayers * attentionUs(profile.attention, own)
    if (experts !== null && profile.experts !== null) {
      us += this.#expertLayers * expertsUs(profile.experts, experts, batch.tokens + batch.padding)
    }
    if (own.samples > 0) us += sumAt(this.#bySequences, own.samples, this.#headUs)
    return us * 1000 + communication.stepNs(batch)
  }
}

/** Sum of layers at a size, kept. */
function sumAt(layers: readonly Repeated[], size: number, known: Map<number, number>): number {
  let us = known.get(size)
  if (us === undefined) {
    us = 0
    for (const { table, count } of layers) us += count * table.at(size)
    known.set(size, us)
  }
  return us
}

function repeated(
  tables: ReadonlyMap<string, NestedTable>,
  countOf: (layer: string) => number,
): Repeated[] {
  return [...tables].map(([layer, table]) => ({ table, count: countOf(layer) }))
}

function countExpertLayers({ layers, layerKinds }: ModelConfig): number {
  return layers.filter((kind) => layerKinds[kind]!.ffn.type === 'moe').length
}

/** Layers of the profile that run once in a step. */
const ONCE = ['embedding', 'final_layernorm']
/** Those of a feed-forward network without experts. */
const DENSE_FFN = ['gate_up_proj', 'act_fn', 'down_proj']

/** How often a measured layer runs in a step. */
function executions(model: ModelConfig): (layer: string) => number {
  const all = model.layers.length
  const dense = all - countExpertLayers(model)
  return (layer) => {
    if (ONCE.includes(layer)) return 1
    if (DENSE_FFN.includes(layer)) return dense
    // Before attention and before the feed-forward network.
    return layer === 'layernorm' ? 2 * all : all
  }
}
