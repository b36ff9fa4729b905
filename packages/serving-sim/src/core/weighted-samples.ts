// A multiset of numbers with exact quantiles: all sequences of a step wait equally long for their
// next token, so the gaps between a hundred million tokens are a few million values with counts.
//
// Equal values are merged when the arrays are full. Beyond `limit` distinct values, values are
// rounded to 13 bits of mantissa (0.006 %), so that memory stays bounded.

const DEFAULT_LIMIT = 1 << 21

/** Up to so many values, arrays grow without merging: sorting at each doubling would cost more than it saves. */
const UNMERGED = 1 << 16

/** Values with counts. */
export class WeightedSamples {
  private values = new Float64Array(1024)
  private counts = new Float64Array(1024)
  private size = 0
  private sorted = true
  private total = 0
  private sum = 0
  private largest = Number.NEGATIVE_INFINITY
  private rounded = false

  /** @param limit most distinct values that are kept exactly */
  constructor(private readonly limit: number = DEFAULT_LIMIT) {}

  /** Number of samples. */
  get count(): number {
    return this.total
  }

  /** Whether values were rounded because there were too many different ones. */
  get isRounded(): boolean {
    return this.rounded
  }

  /** Mean of the samples; 0 of none. */
  get mean(): number {
    return this.total === 0 ? 0 : this.sum / this.total
  }

  get max(): number {
    return this.total === 0 ? 0 : this.largest
  }

  add(value: number, count = 1): void {
    if (this.size === this.values.length) this.makeRoom()
    this.values[this.size] = value
    this.counts[this.size++] = count
    this.sorted = false
    this.total += count
    this.sum += value * count
    if (value > this.largest) this.largest = value
  }

  /** Adds all samples of another set. */
  addAll(other: WeightedSamples): void {
    other.forEach((value, count) => {
      this.add(value, count)
    })
  }

  /** Calls with every distinct value and its count. */
  forEach(visit: (value: number, count: number) => void): void {
    for (let i = 0; i < this.size; i++) visit(this.values[i]!, this.counts[i]!)
  }

  /** Quantile `q` (0 to 1), linear between ranks as in numpy; 0 of none. */
  quantile(q: number): number {
    return this.quantiles([q])[0]!
  }

  /** Several quantiles, in ascending order of `qs`, in one pass. */
  quantiles(qs: readonly number[]): number[] {
    if (this.total === 0) return qs.map(() => 0)
    this.merge()
    const { values, counts } = this
    let at = 0
    let before = 0
    return qs.map((q) => {
      const rank = q * (this.total - 1)
      const low = Math.floor(rank)
      while (before + counts[at]! <= low) before += counts[at++]!
      const lowValue = values[at]!
      const high = Math.min(low + 1, this.total - 1)
      const highValue = before + counts[at]! <= high ? values[at + 1]! : lowValue
      return lowValue + (highValue - lowValue) * (rank - low)
    })
  }

  private makeRoom(): void {
    if (this.values.length < Math.min(UNMERGED, this.limit)) {
      this.resize(2 * this.values.length)
      return
    }
    this.merge()
    if (2 * this.size <= this.values.length) return
    if (this.size < this.limit) {
      this.resize(2 * this.values.length)
      return
    }
    this.rounded = true
    const scale = 2 ** 13
    for (let i = 0; i < this.size; i++) {
      const value = this.values[i]!
      if (value === 0) continue
      const unit = 2 ** Math.floor(Math.log2(Math.abs(value))) / scale
      this.values[i] = Math.round(value / unit) * unit
    }
    this.sorted = false
    this.merge()
    if (2 * this.size > this.values.length) this.resize(2 * this.values.length)
  }

  private resize(length: number): void {
    const values = new Float64Array(length)
    const counts = new Float64Array(length)
    values.set(this.values.subarray(0, this.size))
    counts.set(this.counts.subarray(0, this.size))
    this.values = values
    this.counts = counts
  }

  /** Sorts by value and adds up the counts of equal ones. */
  private merge(): void {
    if (this.sorted) return
    this.sorted = true
    const { values, counts, size } = this
    const order = new Uint32Array(size)
    for (let i = 0; i < size; i++) order[i] = i
    order.sort((a, b) => values[a]! - values[b]!)
    const oldValues = values.slice(0, size)
    const oldCounts = counts.slice(0, size)
    let kept = -1
    for (let i = 0; i < size; i++) {
      const from = order[i]!
      const value = oldValues[from]!
      if (kept >= 0 && values[kept] === value) {
        counts[kept] = counts[kept]! + oldCounts[from]!
      } else {
        values[++kept] = value
        counts[kept] = oldCounts[from]!
      }
    }
    this.size = kept + 1
  }
}
