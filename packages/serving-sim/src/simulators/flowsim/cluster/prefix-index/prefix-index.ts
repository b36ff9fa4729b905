// What a router knows of the prefixes that instances hold.
import type { Instance } from '../../instance/instance.js'
import type { Sequence } from '../../sequence.js'

export interface PrefixIndex {
  /** Tokens of a prompt that an instance is believed to hold. */
  cachedTokens(sequence: Sequence, instance: Instance): number
  /** A request goes to an instance. */
  routed(sequence: Sequence, instance: Instance): void
  /** Tokens of prompts that an instance is believed to hold in all. */
  size(instance: Instance): number
  /** The router looks at what instances report. */
  look?(): void
}

/** Settings of an index. */
export interface PrefixIndexOptions {
  /** `precise`: engines report their blocks, as old as all that they report. `approximate`: the router remembers what it sent where. */
  index: 'precise' | 'approximate'
  /** `approximate`: blocks that are remembered of each instance. */
  indexBlocks: number
  /** How old what instances report may be; 0: the state of the moment. */
  stalenessNs: number
}
