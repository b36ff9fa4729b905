// Numbers for tuples of ids, so that an operator is found by the ids of its texts: texts made of them as keys took
// three times as long (docs/performance.md).

/** Ids are below 2^26 and tuples below 2^27, so that both together are one exact integer. */
const IDS = 2 ** 26
/** A Map holds 2^24 entries at most. */
const SHARDS = 16

/** Gives equal tuples one number. */
export class Tuples {
  readonly #shards = Array.from({ length: SHARDS }, () => new Map<number, number>())
  #count = 0

  /** The tuple with an id (from −1 up) after those of another; 0 is the empty one. */
  after(tuple: number, id: number): number {
    if (id + 1 >= IDS || this.#count >= 2 * IDS) throw new RangeError('too many texts in a trace')
    const key = tuple * IDS + id + 1
    const shard = this.#shards[tuple % SHARDS]!
    let number = shard.get(key)
    if (number === undefined) {
      number = ++this.#count
      shard.set(key, number)
    }
    return number
  }
}
