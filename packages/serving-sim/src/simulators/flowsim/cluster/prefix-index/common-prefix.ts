// The prefix that most requests share, such as a system prompt. Every instance holds it soon, and until then it would
// draw all requests to the first one that did: routers that go by prefixes leave it out.
//
// Shared by most is what more than half of the last requests began with; it is looked at every few blocks.
import { prefixKey } from '../../kv/prefix-key.js'
import type { Sequence } from '../../sequence.js'

/** Requests that are looked back at. */
const WINDOW = 64
/** Blocks from one place that is looked at to the next. */
const STRIDE = 8

export class CommonPrefix {
  private readonly recent: string[][] = []
  private at = 0
  private readonly counts = new Map<string, number>()

  /** Tokens at the start of a prompt that most requests share. */
  tokens(sequence: Sequence, blockSize: number): number {
    const half = this.recent.length / 2
    if (half < 1) return 0
    const whole = Math.floor(sequence.inputTokens / blockSize)
    let blocks = 0
    for (let next = STRIDE; next <= whole; next += STRIDE) {
      const count = this.counts.get(prefixKey(sequence, next - 1)) ?? 0
      if (count <= half) break
      blocks = next
    }
    return blocks * blockSize
  }

  /** A request has been routed. */
  add(sequence: Sequence, blockSize: number): void {
    const whole = Math.floor(sequence.inputTokens / blockSize)
    const keys: string[] = []
    for (let next = STRIDE; next <= whole; next += STRIDE) keys.push(prefixKey(sequence, next - 1))
    for (const key of this.recent[this.at] ?? []) this.count(key, -1)
    for (const key of keys) this.count(key, 1)
    this.recent[this.at] = keys
    this.at = (this.at + 1) % WINDOW
  }

  private count(key: string, change: number): void {
    const count = (this.counts.get(key) ?? 0) + change
    if (count === 0) this.counts.delete(key)
    else this.counts.set(key, count)
  }
}
