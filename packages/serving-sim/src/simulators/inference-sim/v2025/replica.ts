// One replica of inference-sim of 2025: queue, batch and cache, with the faults that decide its numbers.
import { Deque } from '../../../core/deque.js'
import { KvBlocks } from '../kv-blocks.js'
import type { Client } from './client.js'
import type { Options2025 } from './options.js'

/** Tokens of a step that is being formed, and how many more it may have. */
interface StepTokens {
  budget: number
  prefill: number
  decode: number
}

export class Replica {
  readonly cache: KvBlocks
  readonly waiting = new Deque<Client>()
  running: Client[] = []
  stepPending = false
  preemptionHappened = false
  steps = 0
  inputTokens = 0
  outputTokens = 0
  kvIntegral = 0
  peakKv = 0
  readonly finished: Client[] = []
  /** Requests that have had their first token. */
  readonly started = new Set<Client>()

  constructor(private readonly options: Options2025) {
    this.cache = new KvBlocks(options.totalKvBlocks, options.blockSizeInTokens, '2025')
  }

  /** Room for tokens `from` to `to`, at the cost of the requests at the tail if need be. */
  private allocateOrPreempt(client: Client, tokens: number): boolean {
    while (!this.cache.allocate(client, client.progress, client.progress + tokens, [])) {
      this.preemptionHappened = true
      const victim = this.running.pop()
      // The original indexes an empty list here and ends.
      if (victim === undefined) return false
      victim.state = 'queued'
      victim.progress = 0
      victim.preemptions++
      this.cache.release(victim)
      this.waiting.unshift(victim)
      if (victim === client) return false
    }
    return true
  }

  /** Forms the batch of a step at `now`; returns its prefill and decode tokens. */
  form(now: number): { prefillTokens: number; decodeTokens: number } {
    const tokens = { budget: this.options.maxNumScheduledTokens, prefill: 0, decode: 0 }
    this.continueRunning(tokens)
    if (!this.preemptionHappened) this.admit(tokens, now)
    return { prefillTokens: tokens.prefill, decodeTokens: tokens.decode }
  }

  private continueRunning(tokens: StepTokens): void {
    for (const client of this.running.slice()) {
      if (tokens.budget <= 0) return
      const left = client.inputTokens - client.progress
      if (left > 0) {
        const chunk = this.chunkOf(left, tokens.budget)
        if (!this.allocateOrPreempt(client, chunk)) return
        tokens.budget -= chunk
        tokens.prefill += chunk
        client.computed += chunk
      }
      if (client.progress >= client.inputTokens && client.outputTokens > 0) {
        if (!this.allocateOrPreempt(client, 1)) return
        tokens.budget--
        tokens.decode++
        client.computed++
      }
    }
  }

  private admit(tokens: StepTokens, now: number): void {
    const { maxNumRunningReqs, blockSizeInTokens } = this.options
    while (
      this.running.length < maxNumRunningReqs &&
      this.waiting.length > 0 &&
      tokens.budget > 0
    ) {
      const client = this.waiting.first!
      const cached = this.cache.cachedPrefix(client)
      const start = cached.length * blockSizeInTokens
      const chunk = this.chunkOf(client.inputTokens - start, tokens.budget)
      if (!this.cache.allocate(client, start, start + chunk, cached)) return
      this.waiting.shift()
      this.running.push(client)
      client.state = 'running'
      client.scheduledStep = this.steps
      client.scheduledUs = now
      tokens.budget -= chunk
      tokens.prefill += chunk
      client.computed = start + chunk
    }
  }

  private chunkOf(left: number, budget: number): number {
    const { longPrefillTokenThreshold: threshold } = this.options
    return Math.min(threshold > 0 && threshold < left ? threshold : left, budget)
  }

  /** Runs the batch until `end`; returns the requests that have finished. */
  advance(end: number, duration: number): Client[] {
    for (const client of this.running) {
      if (client.progress < client.inputTokens) {
        client.progress = client.computed
      } else {
        client.progress++
        this.outputTokens++
      }
      if (client.progress === client.inputTokens) {
        client.ttftUs = end - client.arrivalUs
        this.started.add(client)
      }
    }
    this.peakKv = Math.max(this.peakKv, this.cache.used)
    this.kvIntegral += this.cache.used * duration
    const remaining: Client[] = []
    const finished: Client[] = []
    for (const client of this.running) {
      if (client.progress !== client.inputTokens + Math.max(client.outputTokens, 1) - 1) {
        remaining.push(client)
        continue
      }
      client.state = 'completed'
      if (
        client.outputTokens > 0 &&
        !this.cache.allocate(client, client.progress, client.progress + 1, [])
      ) {
        continue
      }
      this.cache.release(client)
      client.e2eUs = end - client.arrivalUs
      client.tpotUs = (client.e2eUs - (client.ttftUs ?? 0)) / Math.max(client.outputTokens - 1, 1)
      client.finishedStep = this.steps
      finished.push(client)
      this.finished.push(client)
    }
    this.running = remaining
    return finished
  }
}
