// Sequences whose prompts another instance has computed: they get room here in their order, are copied, and then
// wait like any other request.
import { Deque } from '../../../core/deque.js'
import type { Sequence } from '../sequence.js'
import type { HeldRequests } from './held-requests.js'

export class KvArrivals {
  /** Sequences that wait for room here. */
  private readonly incoming = new Deque<Sequence>()
  /** Sequences that have room here and are being copied. */
  private copying = 0
  /** Sequences that are here, since the instance last looked. */
  private readonly unseen: Sequence[] = []

  constructor(private readonly held: HeldRequests) {}

  /** Sequences without room yet. */
  get queued(): number {
    return this.incoming.length
  }

  get count(): number {
    return this.incoming.length + this.copying
  }

  /** Takes a sequence as soon as there is room for it. */
  expect(sequence: Sequence, now: number): void {
    const { kv, replicaBlocks, events } = this.held
    if (kv.blocksFor(sequence.known) > replicaBlocks) {
      events.finished(sequence, 'unservable', now)
      return
    }
    sequence.state = 'handing_over'
    this.incoming.push(sequence)
    this.takeIn(now)
  }

  /** Gives room to those that wait for it. */
  takeIn(now: number): void {
    const { kv, events } = this.held
    for (;;) {
      const sequence = this.incoming.first
      if (sequence === undefined) return
      // Room for the next token too, so that it can start when it is there.
      const tokens = sequence.computed + 1
      if (kv.blocksFor(tokens) > this.held.spareBlocks || !kv.grow(sequence, tokens)) return
      this.incoming.shift()
      this.copying++
      events.roomFor(sequence, now)
    }
  }

  /** A sequence has been copied. */
  arrived(sequence: Sequence, isStepping: boolean, now: number): void {
    this.copying--
    if (sequence.aborted) {
      this.held.finish(sequence, 'timed_out', now)
      return
    }
    this.held.queue(sequence, isStepping)
    this.unseen.push(sequence)
  }

  /**
   * Sends the first tokens of those that have come: they reach the client through the decode side, which looks for
   * them between two steps. Source: SGLang's decode.py, process_decode_queue and process_batch_result_prebuilt.
   */
  look(now: number): void {
    for (const sequence of this.unseen) {
      sequence.firstTokenNs = now
      sequence.lastTokenNs = now
    }
    this.unseen.length = 0
  }

  /** Forgets a sequence that has no room yet. */
  abandon(sequence: Sequence): void {
    this.incoming.remove(sequence)
  }
}
