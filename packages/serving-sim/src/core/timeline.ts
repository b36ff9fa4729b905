// How a run went over time, in a bounded number of intervals: when they are used up, neighbours are
// joined and intervals are twice as long from there on.

const MOST = 512

/** One interval of a run. */
export interface TimelineInterval {
  startNs: number
  endNs: number
  /** Means over the interval. */
  running: number
  waiting: number
  /** Share of KV blocks in use. */
  kvUse: number
  /** In the interval. */
  outputTokens: number
  finished: number
}

/** Collects levels (running, waiting, KV use) and counts (tokens, requests) over time. */
export class Timeline {
  private widthNs = 1_000_000
  private count = 1
  private readonly running = new Float64Array(MOST)
  private readonly waiting = new Float64Array(MOST)
  private readonly kvUse = new Float64Array(MOST)
  private readonly outputTokens = new Float64Array(MOST)
  private readonly finished = new Float64Array(MOST)
  private atNs = 0
  private level = { running: 0, waiting: 0, kvUse: 0 }

  /** Levels from `now` on. */
  set(now: number, running: number, waiting: number, kvUse: number): void {
    this.advance(now)
    this.level.running = running
    this.level.waiting = waiting
    this.level.kvUse = kvUse
  }

  /** Tokens and requests that come out at `now`. */
  add(now: number, outputTokens: number, finished: number): void {
    this.advance(now)
    const i = this.interval(now)
    this.outputTokens[i] = this.outputTokens[i]! + outputTokens
    this.finished[i] = this.finished[i]! + finished
  }

  /** The intervals until `endNs`. */
  intervals(endNs: number): TimelineInterval[] {
    this.advance(endNs)
    const intervals: TimelineInterval[] = []
    for (let i = 0; i < this.count; i++) {
      const startNs = i * this.widthNs
      const stopNs = Math.min(endNs, startNs + this.widthNs)
      const span = Math.max(1, stopNs - startNs)
      intervals.push({
        startNs,
        endNs: stopNs,
        running: this.running[i]! / span,
        waiting: this.waiting[i]! / span,
        kvUse: this.kvUse[i]! / span,
        outputTokens: this.outputTokens[i]!,
        finished: this.finished[i]!,
      })
    }
    return intervals
  }

  private interval(now: number): number {
    while (now >= MOST * this.widthNs) this.join()
    const i = Math.floor(now / this.widthNs)
    if (i >= this.count) this.count = i + 1
    return i
  }

  private advance(now: number): void {
    const { running, waiting, kvUse } = this.level
    while (this.atNs < now) {
      const i = this.interval(this.atNs)
      const until = Math.min(now, (i + 1) * this.widthNs)
      const span = until - this.atNs
      this.running[i] = this.running[i]! + running * span
      this.waiting[i] = this.waiting[i]! + waiting * span
      this.kvUse[i] = this.kvUse[i]! + kvUse * span
      this.atNs = until
    }
  }

  private join(): void {
    for (const column of [
      this.running,
      this.waiting,
      this.kvUse,
      this.outputTokens,
      this.finished,
    ]) {
      for (let i = 0; i < MOST / 2; i++) column[i] = column[2 * i]! + column[2 * i + 1]!
      column.fill(0, MOST / 2)
    }
    this.widthNs *= 2
    this.count = Math.ceil(this.count / 2)
  }
}
