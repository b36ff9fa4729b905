// The operations of one step, as the rest of FlowSim sees them.
import type { OpCall } from '@flowsim/trace-schema'
import type { BatchSummary, SequenceStep } from './batch.js'
import type { DtypeOptions } from './dtypes.js'
import type { ModelConfig } from './model.js'
import type { CommunicationGroup, Layout, Parallelism } from './parallelism.js'
import type { SchemeName } from './quantization.js'

/** An operation of a step, on one device. */
export interface GraphOp {
  call: OpCall
  /** What it is within its layer: `qkv_proj`, `attention_prefill`, `expert_dispatch`, … */
  name: string
  /** Module that it belongs to, such as `model.layers.0.self_attn.qkv_proj`; `*` for every layer. */
  module: string
  /** Layer, the first one where the operation stands for several; null outside of the layers. */
  layer: number | null
  /** How often it runs in the step. */
  count: number
  /** Communicator of a communication. */
  group?: CommunicationGroup
  /**
   * What its size follows from: the tokens of the step, the tokens sampled after it, or the lengths
   * of the prefill or decode sequences. Operations that depend on tokens alone are the same for all
   * batches with as many tokens.
   */
  varies: 'tokens' | 'samples' | 'prefill' | 'decode'
}

/** The operations of one step on one device of each stage that it covers. */
export interface StepGraph {
  model: ModelConfig
  layout: Layout
  /** The stage that the operations are of; null for all, one after the other. */
  stage: number | null
  /** The batch as it was asked for, and its sums. */
  sequences: readonly SequenceStep[]
  batch: BatchSummary
  /** Whether layers of one kind are collapsed into operations with a `count`. */
  expanded: boolean
  ops: GraphOp[]
}

/** What to build of a step, besides its batch. */
export interface StepOptions {
  parallelism?: Parallelism
  dtypes?: DtypeOptions | SchemeName
  /**
   * Stage of the pipeline; its `recv` and `send` are part of the step. If absent: all stages in
   * turn, each hand-over once, as a `send`.
   */
  stage?: number
  /**
   * Experts as one fused `moe` operation; or as permutation, two grouped GEMMs and reduction (`grouped`). After a
   * dispatch that quantises and sends each row to the device of its expert: dealt out to experts and gathered again
   * (`contiguous`), or arrived in order of experts and added up on the way back (`masked`).
   */
  experts?: 'fused' | 'grouped' | 'contiguous' | 'masked'
  /** Rows of the most loaded device over the mean, where the tokens of all devices are so many. Default 1. */
  expertSkew?: (tokens: number) => number
  /** Load of the experts, as the `moe` operation states it. */
  distribution?: string
  /**
   * How prompts run latent attention: keys and values expanded for each head, or compressed as in
   * decoding. Sparse latent attention is always compressed.
   */
  latentPrefill?: 'expanded' | 'compressed'
  /** Activations are quantised by the kernels before, not by their own kernel. */
  fusedQuantization?: boolean
}
