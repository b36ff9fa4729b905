// The prompts that the router itself sent to each instance: blocks of them, the least recently used forgotten
// first. What an engine has evicted meanwhile it does not know, nor what was generated.
import type { Instance } from '../../instance/instance.js'
import { prefixKey } from '../../kv/prefix-key.js'
import type { Sequence } from '../../sequence.js'
import type { PrefixIndex } from './prefix-index.js'

export class ApproximateIndex implements PrefixIndex {
  /** Keys of blocks by instance, in order of use. */
  private readonly held = new Map<Instance, Set<string>>()

  constructor(private readonly mostBlocks: number) {}

  cachedTokens(sequence: Sequence, instance: Instance): number {
    const keys = this.held.get(instance)
    if (keys === undefined) return 0
    const { blockSize } = instance.kv
    const whole = Math.floor(sequence.inputTokens / blockSize)
    let blocks = 0
    while (blocks < whole && keys.has(prefixKey(sequence, blocks))) blocks++
    return blocks * blockSize
  }

  routed(sequence: Sequence, instance: Instance): void {
    let keys = this.held.get(instance)
    if (keys === undefined) {
      keys = new Set()
      this.held.set(instance, keys)
    }
    const whole = Math.floor(sequence.inputTokens / instance.kv.blockSize)
    for (let block = 0; block < whole; block++) {
      const key = prefixKey(sequence, block)
      keys.delete(key)
      keys.add(key)
    }
    for (const oldest of keys) {
      if (keys.size <= this.mostBlocks) return
      keys.delete(oldest)
    }
  }

  size(instance: Instance): number {
    return (this.held.get(instance)?.size ?? 0) * instance.kv.blockSize
  }
}
