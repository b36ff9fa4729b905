// What the layers of a model take on a device, measured: by tokens of a step, by sequences, and attention and
// experts by what they depend on. One rank's share of a tensor-parallel group, without communication.
import type { NestedTable } from './nested-table.js'

/** Microseconds of one execution. */
export interface LayerProfile {
  /** What was measured, with versions, for the output of a run. */
  source: string
  /** By tokens of the step: `qkv_proj`, `layernorm`, `embedding`, … */
  byTokens: ReadonlyMap<string, NestedTable>
  /** By sequences whose next token is drawn: `lm_head`, `sampler`. */
  bySequences: ReadonlyMap<string, NestedTable>
  attention: AttentionProfile
  /** By tokens and experts that any of them goes to; null: the model has none, or they were not measured. */
  experts: NestedTable | null
}

/** Attention of one layer in one step; lengths are those of the KV cache before it. */
export interface AttentionProfile {
  /** One chunk alone: (tokens, context). */
  prefill: NestedTable | null
  /** Decodes alone, all of one length: (sequences, context). */
  decode: NestedTable
  /** Both in one step: (tokens, context, sequences, context). */
  mixed: NestedTable | null
  /**
   * What unequal lengths add, as the share of the way from the time at their mean to that at their maximum:
   * (tokens, context, sequences, (mean − least) / (most − least), least). null: nothing was measured.
   */
  skew: NestedTable | null
}
