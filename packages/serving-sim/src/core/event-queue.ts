// The pending events of a simulation: a binary heap on (time, priority, order of scheduling).
//
// Four parallel arrays instead of event objects: a step of the simulated engine costs a push and a
// pop, and neither allocates.

/**
 * Pending events, earliest first; equal times by priority, then first scheduled first. `Kind` are the names of
 * what happens.
 */
export class EventQueue<Kind extends string> {
  private readonly times: number[] = []
  private readonly ranks: number[] = []
  private readonly kinds: Kind[] = []
  private readonly payloads: number[] = []
  private scheduled = 0

  /** Time of the event that {@link pop} took last. */
  time = 0
  /** Kind of the event that {@link pop} took last; undefined before the first. */
  kind: Kind | undefined
  /** Payload of the event that {@link pop} took last. */
  payload = 0

  get size(): number {
    return this.times.length
  }

  /** Time of the earliest event, Infinity if there is none. */
  get nextTime(): number {
    return this.times.length > 0 ? this.times[0]! : Number.POSITIVE_INFINITY
  }

  /**
   * @param time in the unit of the engine's clock
   * @param priority lower goes first at equal times; an integer below 256
   * @param payload whom it concerns, for the engine
   */
  push(time: number, priority: number, kind: Kind, payload = 0): void {
    const rank = priority * 2 ** 44 + this.scheduled++
    const { times, ranks, kinds, payloads } = this
    let at = times.length
    times.push(time)
    ranks.push(rank)
    kinds.push(kind)
    payloads.push(payload)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const parentTime = times[parent]!
      if (parentTime < time || (parentTime === time && ranks[parent]! < rank)) break
      times[at] = parentTime
      ranks[at] = ranks[parent]!
      kinds[at] = kinds[parent]!
      payloads[at] = payloads[parent]!
      at = parent
    }
    times[at] = time
    ranks[at] = rank
    kinds[at] = kind
    payloads[at] = payload
  }

  /** Takes the earliest event into {@link time}, {@link kind}, {@link payload}; false if none. */
  pop(): boolean {
    const { times, ranks, kinds, payloads } = this
    if (times.length === 0) return false
    this.time = times[0]!
    this.kind = kinds[0]!
    this.payload = payloads[0]!
    const time = times.pop()!
    const rank = ranks.pop()!
    const kind = kinds.pop()!
    const payload = payloads.pop()!
    const size = times.length
    if (size === 0) return true
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      const right = child + 1
      if (
        right < size &&
        (times[right]! < times[child]! ||
          (times[right] === times[child] && ranks[right]! < ranks[child]!))
      ) {
        child = right
      }
      if (time < times[child]! || (time === times[child] && rank < ranks[child]!)) break
      times[at] = times[child]!
      ranks[at] = ranks[child]!
      kinds[at] = kinds[child]!
      payloads[at] = payloads[child]!
      at = child
    }
    times[at] = time
    ranks[at] = rank
    kinds[at] = kind
    payloads[at] = payload
    return true
  }
}
