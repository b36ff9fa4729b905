// Requests that wait, by fairness: the client that was served least is next (Virtual Token Counter).
//
// A client's counter grows by w_p for each prompt token that is admitted and by w_q for each token generated, over its
// weight. One who had nothing waiting is lifted to the least counter of those who have. Between clients that both
// have requests waiting all the time the counters differ by at most max(w_p · longest prompt, w_q · tokens that run).
//
// Source: Sheng et al., "Fairness in Serving Large Language Models" (OSDI 2024), algorithm 2 and theorem 4.4.
import { Deque } from '../../../core/deque.js'
import type { Sequence } from '../sequence.js'
import type { WaitingQueue } from './waiting-queue.js'

/** Of a prompt token and of a generated one: the prices of the paper. */
export const PROMPT_WEIGHT = 1
export const OUTPUT_WEIGHT = 2

class Client {
  counter = 0
  readonly queue = new Deque<Sequence>()
}

export class FairQueue implements WaitingQueue {
  length = 0
  private readonly clients = new Map<string, Client>()

  get first(): Sequence | undefined {
    return this.next()?.queue.first
  }

  push(sequence: Sequence): void {
    const client = this.clientOf(sequence)
    if (client.queue.length === 0) this.lift(client)
    client.queue.push(sequence)
    this.length++
  }

  putBack(sequence: Sequence): void {
    this.clientOf(sequence).queue.unshift(sequence)
    this.length++
  }

  shift(): Sequence | undefined {
    const sequence = this.next()?.queue.shift()
    if (sequence !== undefined) this.length--
    return sequence
  }

  remove(sequence: Sequence): boolean {
    const isThere = this.clientOf(sequence).queue.remove(sequence)
    if (isThere) this.length--
    return isThere
  }

  /** Charges a client for what was computed for it. */
  charge(sequence: Sequence, promptTokens: number, outputTokens: number): void {
    this.clientOf(sequence).counter += PROMPT_WEIGHT * promptTokens + OUTPUT_WEIGHT * outputTokens
  }

  *[Symbol.iterator](): Iterator<Sequence> {
    for (const { queue } of this.clients.values()) yield* queue
  }

  /** Who is next: the least counter among those who wait, the first of equals. */
  private next(): Client | undefined {
    let least: Client | undefined
    for (const client of this.clients.values()) {
      if (client.queue.length === 0) continue
      if (least === undefined || client.counter < least.counter) least = client
    }
    return least
  }

  private lift(client: Client): void {
    const least = this.next()
    if (least !== undefined) client.counter = Math.max(client.counter, least.counter)
  }

  private clientOf({ client }: Sequence): Client {
    let found = this.clients.get(client)
    if (found === undefined) {
      found = new Client()
      this.clients.set(client, found)
    }
    return found
  }
}
