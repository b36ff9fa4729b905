// What routers ask an index: how much of a prompt an instance holds of what not every instance does.
import type { Instance } from '../../instance/instance.js'
import type { Sequence } from '../../sequence.js'
import { CommonPrefix } from './common-prefix.js'
import type { PrefixIndex } from './prefix-index.js'

export class KnownPrefixes {
  private readonly common = new CommonPrefix()

  constructor(private readonly index: PrefixIndex) {}

  /** Tokens of a prompt that an instance is believed to hold. */
  cachedTokens(sequence: Sequence, instance: Instance): number {
    return this.index.cachedTokens(sequence, instance)
  }

  /** Tokens of a prompt that most requests share. */
  commonTokens(sequence: Sequence, instance: Instance): number {
    return this.common.tokens(sequence, instance.kv.blockSize)
  }

  /** A request goes to an instance. */
  routed(sequence: Sequence, instance: Instance): void {
    this.index.routed(sequence, instance)
    this.common.add(sequence, instance.kv.blockSize)
  }

  /** Tokens of prompts that an instance is believed to hold in all. */
  size(instance: Instance): number {
    return this.index.size(instance)
  }
}
