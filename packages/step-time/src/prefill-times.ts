// Times of batches of prompts, by the sums that they depend on. Their numbers are looked up one after another: a text
// of all four takes longer to make than to look up.
import type { BatchSummary } from '@flowsim/model-graph'

/** Batches whose times are kept. */
const MOST = 65_536

/** Beyond all tokens of a step. */
const MOST_TOKENS = 2 ** 24

/** Nanoseconds of batches of prompts. */
export class PrefillTimes {
  readonly #known = new Map<number, Map<number, Map<number, number>>>()
  #size = 0

  get({
    prefillSequences,
    prefillTokens,
    prefillKeys,
    prefillPairs,
  }: BatchSummary): number | undefined {
    return this.#known
      .get(prefillSequences * MOST_TOKENS + prefillTokens)
      ?.get(prefillKeys)
      ?.get(prefillPairs)
  }

  set(batch: BatchSummary, ns: number): void {
    if (this.#size === MOST) {
      this.#known.clear()
      this.#size = 0
    }
    const byKeys = within(this.#known, batch.prefillSequences * MOST_TOKENS + batch.prefillTokens)
    within(byKeys, batch.prefillKeys).set(batch.prefillPairs, ns)
    this.#size++
  }
}

/** The map at a key, made where there is none. */
function within<K, V>(maps: Map<number, Map<K, V>>, key: number): Map<K, V> {
  let map = maps.get(key)
  if (map === undefined) {
    map = new Map()
    maps.set(key, map)
  }
  return map
}
