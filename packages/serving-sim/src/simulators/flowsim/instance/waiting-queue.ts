// Requests that wait for admission: first come first served, or by urgency, or shortest prompt
// first, or who was served least. Preempted requests go back to the front of the first, and by their rank into the others.
import { Deque } from '../../../core/deque.js'
import type { Sequence } from '../sequence.js'
import { FairQueue } from './fair-queue.js'

/** In which order requests are admitted. */
export type QueueOrder = 'fcfs' | 'priority' | 'shortest-prompt' | 'fair'

/** A queue of requests. */
export interface WaitingQueue extends Iterable<Sequence> {
  readonly length: number
  readonly first: Sequence | undefined
  push(sequence: Sequence): void
  /** Puts a preempted request back. */
  putBack(sequence: Sequence): void
  shift(): Sequence | undefined
  remove(sequence: Sequence): boolean
}

/** A queue in the given order. */
export function waitingQueue(order: QueueOrder): WaitingQueue {
  if (order === 'fcfs') return new Fifo()
  if (order === 'fair') return new FairQueue()
  const rank =
    order === 'priority'
      ? (sequence: Sequence) => sequence.priority
      : (sequence: Sequence) => sequence.inputTokens
  return new RankedQueue(
    (a, b) => rank(a) - rank(b) || a.arrivalNs - b.arrivalNs || a.index - b.index,
  )
}

class Fifo extends Deque<Sequence> implements WaitingQueue {
  putBack(sequence: Sequence): void {
    this.unshift(sequence)
  }
}

/** A binary heap. */
class RankedQueue implements WaitingQueue {
  private readonly heap: Sequence[] = []

  constructor(private readonly compare: (a: Sequence, b: Sequence) => number) {}

  get length(): number {
    return this.heap.length
  }

  get first(): Sequence | undefined {
    return this.heap[0]
  }

  push(sequence: Sequence): void {
    this.rise(this.heap.push(sequence) - 1)
  }

  putBack(sequence: Sequence): void {
    this.push(sequence)
  }

  shift(): Sequence | undefined {
    const first = this.heap[0]
    if (first !== undefined) this.take(0)
    return first
  }

  remove(sequence: Sequence): boolean {
    const at = this.heap.indexOf(sequence)
    if (at >= 0) this.take(at)
    return at >= 0
  }

  *[Symbol.iterator](): Iterator<Sequence> {
    yield* [...this.heap].sort(this.compare)
  }

  private take(at: number): void {
    const last = this.heap.pop()!
    if (at === this.heap.length) return
    this.heap[at] = last
    this.rise(at)
    this.sink(at)
  }

  private rise(from: number): void {
    const { heap } = this
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.compare(heap[parent]!, heap[at]!) <= 0) return
      this.swap(at, parent)
      at = parent
    }
  }

  private sink(from: number): void {
    const { heap } = this
    let at = from
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) return
      if (child + 1 < heap.length && this.compare(heap[child + 1]!, heap[child]!) < 0) child++
      if (this.compare(heap[at]!, heap[child]!) <= 0) return
      this.swap(at, child)
      at = child
    }
  }

  private swap(a: number, b: number): void {
    const kept = this.heap[a]!
    this.heap[a] = this.heap[b]!
    this.heap[b] = kept
  }
}
