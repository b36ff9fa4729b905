// One instance: a queue, a running batch under vLLM's rules, a paged KV cache. A step admits and advances at
// its start; what it produces is stamped with its end.
//
// One case the original lacks: a request that needs more blocks than there are, alone, is dropped when that
// shows, instead of starting over for ever.
import { StepBatch } from '@flowsim/trace-schema'
import { Deque } from '../../../core/deque.js'
import { WeightedSamples } from '../../../core/weighted-samples.js'
import { type KeyStream, KvBlocks } from '../kv-blocks.js'
import type { Client } from './client.js'
import type { HeadOptions } from './options.js'

export class Instance {
  readonly cache: KvBlocks
  readonly waiting = new Deque<Client>()
  running: Client[] = []
  /** Whether a step is scheduled. */
  stepPending = false
  steps = 0
  inputTokens = 0
  preemptions = 0
  allocationFailures = 0
  /** Requests that were sent here and have not ended. */
  inFlight = 0
  peakKv = 0
  /** Integral of used blocks over µs. */
  kvIntegral = 0
  endUs = 0
  private readonly batch = new StepBatch()
  private readonly prefixes = new Map<string, KeyStream>()
  /** Gap between tokens that each step makes, and how many more requests have it than before. */
  private readonly gaps: number[] = []
  private readonly gapChanges: number[] = []
  private readonly tokenUs: number
  private readonly postDecodeUs: number

  constructor(private readonly options: HeadOptions) {
    this.cache = new KvBlocks(options.totalKvBlocks, options.blockSize, 'head')
    this.tokenUs = Math.trunc(options.latency.tokenUs)
    this.postDecodeUs = Math.trunc(options.latency.postDecodeUs)
  }

  /** Blocks of each shared prefix that are cached, from its start. */
  cachedPrefixes(): ReadonlyMap<string, number> {
    const cached = new Map<string, number>()
    for (const [group, { blockOf }] of this.prefixes) {
      const end = blockOf.findIndex((block) => block === undefined || block < 0)
      cached.set(group, end < 0 ? blockOf.length : end)
    }
    return cached
  }

  /** Puts a request into the queue, or says why not in its state. */
  enqueue(client: Client, now: number): void {
    if (client.deadline > 0 && client.deadline <= now) {
      client.state = 'timed_out'
      return
    }
    if (this.isUnservable(client)) {
      client.state = 'dropped_unservable'
      return
    }
    this.inputTokens += client.inputTokens
    const { prefixGroup } = client.request
    if (prefixGroup !== undefined && client.prefixTokens > 0) {
      client.shared = this.prefixes.get(prefixGroup) ?? { blockOf: [] }
      this.prefixes.set(prefixGroup, client.shared)
    }
    this.waiting.push(client)
  }

  private isUnservable({ inputTokens, maxOutputTokens }: Client): boolean {
    const { maxModelLen, blockSize, totalKvBlocks } = this.options
    const tooLong =
      maxModelLen > 0 && (inputTokens >= maxModelLen || inputTokens + maxOutputTokens > maxModelLen)
    return maxOutputTokens < 0 || tooLong || Math.ceil(inputTokens / blockSize) > totalKvBlocks
  }

  /**
   * Runs a step; requests that end in it have their state and are returned.
   * @returns when it ends, -1 if nothing could run
   */
  step(now: number, ended: Client[]): number {
    this.steps++
    this.orderQueue()
    for (const client of this.running) client.newTokens = 0
    const { budget, preempted } = this.continueRunning()
    if (!preempted) this.admit(now, budget)
    if (this.running.length === 0) return -1
    const { batch } = this
    batch.clear()
    for (const client of this.running) {
      if (client.newTokens === 0) continue
      if (client.progress < client.inputTokens) {
        batch.addPrefill(client.newTokens, client.progress, client.inputTokens)
      } else {
        batch.addDecode(client.progress)
      }
    }
    const duration = Math.max(1, batch.size > 0 ? this.options.latency.stepUs(batch) : 1)
    this.advance(now + duration, duration)
    this.complete(ended)
    return now + duration
  }

  /** Takes a request out of the queue or the batch, whichever holds it. */
  abandon(client: Client): void {
    if (client.state === 'queued') {
      this.waiting.remove(client)
    } else {
      this.running = this.running.filter((other) => other !== client)
    }
    this.cache.release(client)
  }

  /** Gaps between tokens, in µs, with the number of requests that waited so long. */
  itlUs(): WeightedSamples {
    const samples = new WeightedSamples()
    let requests = 0
    for (const [step, change] of this.gapChanges.entries()) {
      requests += change
      if (requests > 0) samples.add(this.gaps[step]!, requests)
    }
    return samples
  }

  /** Orders the queue as the scheduler wants it; stable. */
  private orderQueue(): void {
    const { scheduler } = this.options
    if (scheduler === 'fcfs' || this.waiting.length < 2) return
    const byArrival = (a: Client, b: Client) =>
      a.arrival - b.arrival || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
    if (scheduler === 'sjf') {
      this.waiting.sort((a, b) => a.inputTokens - b.inputTokens || byArrival(a, b))
    } else {
      const sign = scheduler === 'priority-fcfs' ? 1 : -1
      this.waiting.sort((a, b) => sign * (a.priority - b.priority) || byArrival(a, b))
    }
  }

  /** Tokens of running requests, in their order; what has no room takes the blocks of others. */
  private continueRunning(): { budget: number; preempted: boolean } {
    const { running, cache } = this
    let budget = this.options.maxNumBatchedTokens
    let preempted = false
    for (let i = 0; i < running.length && budget > 0; i++) {
      const client = running[i]!
      const tokens = this.tokensOf(client, budget)
      if (tokens < 0) continue
      let scheduled = true
      while (scheduled && !cache.allocate(client, client.progress, client.progress + tokens, [])) {
        preempted = true
        const at = this.victim()
        const victim = running[at]!
        budget += victim.newTokens
        this.preempt(at)
        if (at < i) i--
        scheduled = victim !== client
        if (!scheduled && running.length === 0) this.drop(client)
        else this.waiting.unshift(victim)
      }
      if (!scheduled) break
      budget -= tokens
      client.newTokens = tokens
      client.computed += tokens
    }
    return { budget, preempted }
  }

  /** New tokens of a running request; -1 if it is left out of the step. */
  private tokensOf({ inputTokens, outputTokens, progress }: Client, budget: number): number {
    const { maxModelLen } = this.options
    const left = inputTokens - progress
    if (left > 0) return this.chunkOf(left, progress, budget)
    if (outputTokens === 0 || (maxModelLen > 0 && progress + 1 > maxModelLen - 1)) return -1
    return 1
  }

  private chunkOf(left: number, progress: number, budget: number): number {
    const { longPrefillTokenThreshold: threshold, maxModelLen } = this.options
    const chunk = Math.min(threshold > 0 && threshold < left ? threshold : left, budget)
    return maxModelLen > 0 ? Math.min(chunk, Math.max(maxModelLen - 1 - progress, 0)) : chunk
  }

  private drop(client: Client): void {
    client.state = 'dropped_unservable'
    this.inFlight--
  }

  private victim(): number {
    const { running } = this
    if (this.options.preemptionPolicy === 'fcfs') return running.length - 1
    let worst = 0
    for (let i = 1; i < running.length; i++) {
      const a = running[i]!
      const b = running[worst]!
      if (a.priority > b.priority || (a.priority === b.priority && a.arrival >= b.arrival)) {
        worst = i
      }
    }
    return worst
  }

  private preempt(at: number): void {
    const [victim] = this.running.splice(at, 1)
    this.preemptions++
    victim!.startOver()
    this.cache.release(victim!)
  }

  private admit(now: number, left: number): void {
    const { running, waiting, cache } = this
    let budget = left
    while (running.length < this.options.maxNumSeqs && waiting.length > 0 && budget > 0) {
      const client = waiting.first!
      const cached = cache.cachedPrefix(client)
      const start = cached.length * this.options.blockSize
      const tokens = this.chunkOf(client.inputTokens - start, start, budget)
      if (!cache.allocate(client, start, start + tokens, cached)) {
        if (running.length > 0) return
        // Nothing runs, so no block will ever be given back: it does not fit.
        waiting.shift()
        this.drop(client)
        continue
      }
      waiting.shift()
      running.push(client)
      client.state = 'running'
      client.scheduled = now
      client.newTokens = tokens
      client.computed = start + tokens
      budget -= tokens
    }
  }

  private advance(end: number, duration: number): void {
    const gap = duration + this.tokenUs
    const ordinal = this.gaps.push(gap) - 1
    for (const client of this.running) {
      if (client.progress < client.inputTokens) {
        client.progress = client.computed
      } else if (client.newTokens > 0) {
        client.progress++
        client.decoded(ordinal, gap)
      }
      if (client.progress === client.inputTokens && client.ttft < 0) {
        client.ttft = end + this.tokenUs - client.arrival
      }
    }
    this.peakKv = Math.max(this.peakKv, this.cache.used)
    this.kvIntegral += this.cache.used * duration
  }

  private complete(ended: Client[]): void {
    const { running, cache } = this
    const { maxModelLen } = this.options
    let kept = 0
    for (const client of running) {
      const last = client.inputTokens + Math.max(client.outputTokens, 1) - 1
      const done = client.progress >= last
      if (!done && (maxModelLen === 0 || client.progress < maxModelLen - 1)) {
        running[kept++] = client
        continue
      }
      client.state = done ? 'completed' : 'length_capped'
      if (
        client.outputTokens > 0 &&
        !cache.allocate(client, client.progress, client.progress + 1, [])
      ) {
        this.allocationFailures++
      }
      cache.release(client)
      client.e2e = client.ttft + client.itlSum + (client.outputTokens > 0 ? this.postDecodeUs : 0)
      this.countGaps(client)
      ended.push(client)
    }
    running.length = kept
  }

  private countGaps(client: Client): void {
    client.runs.push(client.runStart, client.runEnd)
    const { gapChanges } = this
    for (let i = 0; i < client.runs.length; i += 2) {
      const start = client.runs[i]!
      const end = client.runs[i + 1]!
      while (gapChanges.length <= end) gapChanges.push(0)
      gapChanges[start]!++
      gapChanges[end]!--
    }
    client.runs.length = 0
  }
}
