// The clocks of a Perfetto trace: times of packets on any of them, as nanoseconds on the trace's own.
//
// Clocks 1 to 63 are those of the system; clocks 64 to 127 belong to a sequence of packets, may count in
// other units and from the packet before. Snapshots say what several of them showed at one moment.
// See clock_snapshot.proto.
import type { ClockSnapshot, Int } from './schema.js'

const REALTIME = 1
const BOOTTIME = 6
const FIRST_OF_SEQUENCE = 64

/** A clock of a sequence. */
interface SequenceClock {
  lastNs: bigint
  isIncremental: boolean
  unitNs: bigint
  /** Clock of the system that the same snapshot has, and by how much it is ahead. */
  system: number
  aheadNs: bigint
}

export class Clocks {
  #primary = BOOTTIME
  /** What the clocks of the system showed last, those of one moment together. */
  readonly #moments: Map<number, bigint>[] = []
  readonly #ofSequences = new Map<Int, Map<number, SequenceClock>>()

  snapshot(sequence: Int, { clocks = [], primary }: ClockSnapshot): void {
    if (primary !== undefined) this.#primary = Number(primary)
    const moment = new Map<number, bigint>()
    for (const { id, timestamp } of clocks) {
      const clock = Number(id)
      if (clock < FIRST_OF_SEQUENCE && timestamp !== undefined) moment.set(clock, BigInt(timestamp))
    }
    // Only the last moment counts, and the last that knows each pair of clocks.
    if (moment.size > 1 || this.#moments.length === 0) this.#keep(moment)
    const system = moment.has(this.#primary) ? this.#primary : ([...moment.keys()][0] ?? -1)
    for (const { id, timestamp = 0, isIncremental = 0, unitNs = 1 } of clocks) {
      const clock = Number(id)
      if (!(clock >= FIRST_OF_SEQUENCE)) continue
      const unit = BigInt(unitNs) > 0n ? BigInt(unitNs) : 1n
      const shownNs = BigInt(timestamp) * unit
      this.#of(sequence).set(clock, {
        lastNs: shownNs,
        isIncremental: Number(isIncremental) === 1,
        unitNs: unit,
        system,
        aheadNs: (moment.get(system) ?? shownNs) - shownNs,
      })
    }
  }

  /**
   * A packet's time on the trace's clock; undefined on a clock that nothing was said of. To be asked once for
   * each packet, since clocks may count from one to the next.
   * @param clock - number of the clock; that of the trace if absent
   */
  ns(sequence: Int, clock: Int | undefined, timestamp: Int): bigint | undefined {
    const id = Number(clock ?? this.#primary)
    const value = BigInt(timestamp)
    if (id < FIRST_OF_SEQUENCE) return this.#onPrimary(id, value)
    const own = this.#ofSequences.get(sequence)?.get(id)
    if (own === undefined) return undefined
    const shown = value * own.unitNs
    const ns = own.isIncremental ? own.lastNs + shown : shown
    if (own.isIncremental) own.lastNs = ns
    return this.#onPrimary(own.system, ns + own.aheadNs)
  }

  /** From the trace's clock to nanoseconds since 1970; 0 where no snapshot says. */
  get epochNs(): bigint {
    if (this.#primary === REALTIME) return 0n
    return this.#ahead(REALTIME, this.#primary) ?? 0n
  }

  /** A time of a clock that no snapshot relates to the trace's is taken as it is. */
  #onPrimary(clock: number, ns: bigint): bigint {
    if (clock === this.#primary || clock < 0) return ns
    return ns + (this.#ahead(this.#primary, clock) ?? 0n)
  }

  #ahead(clock: number, other: number): bigint | undefined {
    for (let i = this.#moments.length - 1; i >= 0; i--) {
      const [one, two] = [this.#moments[i]!.get(clock), this.#moments[i]!.get(other)]
      if (one !== undefined && two !== undefined) return one - two
    }
    return undefined
  }

  /** A moment that shows all that an earlier one does takes its place. */
  #keep(moment: Map<number, bigint>): void {
    for (let i = this.#moments.length - 1; i >= 0; i--) {
      const isWithin = [...this.#moments[i]!.keys()].every((clock) => moment.has(clock))
      if (isWithin) this.#moments.splice(i, 1)
    }
    this.#moments.push(moment)
  }

  #of(sequence: Int): Map<number, SequenceClock> {
    let clocks = this.#ofSequences.get(sequence)
    if (clocks === undefined) {
      clocks = new Map()
      this.#ofSequences.set(sequence, clocks)
    }
    return clocks
  }
}
