// One serving instance: a queue, running requests, a KV cache, and steps one after the other (or as
// many at once as the pipeline has stages).

import { StepBatch } from '@flowsim/trace-schema'
import { Deque } from '../../core/deque.js'
import { WeightedSamples } from '../../core/weighted-samples.js'
import type { InstanceOptions } from './options.js'
import { PagedKv, type PrefixHit } from './paged-kv.js'
import { createScheduler, type Scheduler } from './schedulers/index.js'
import type { Sequence, SequenceState } from './sequence.js'
import { StepGraphs } from './step-graphs.js'
import { StepPlan } from './step-plan.js'
import { type WaitingQueue, waitingQueue } from './waiting-queue.js'

/** What an instance tells the simulation. */
export interface InstanceEvents {
  /** A request has left for good. */
  finished(sequence: Sequence, state: SequenceState, now: number): void
  /** A prompt is done on a prefill instance; its blocks stay until they have been copied. */
  prefilled(sequence: Sequence, now: number): void
  /** A decode instance has room for a sequence that comes from elsewhere. */
  roomFor(sequence: Sequence, now: number): void
}

/** How the first waiting request may be admitted. */
export interface AdmissionRule {
  /** Whether its prompt must be prefilled in one step. */
  whole: boolean
  /** What it gets blocks for: the chunk, the prompt, or everything it will generate. */
  reserve: 'chunk' | 'prompt' | 'full'
}

const NO_HIT: PrefixHit = { blocks: [], offloaded: 0 }

export class Instance {
  readonly waiting: WaitingQueue
  /** With asynchronous scheduling: requests that arrived after the next step was scheduled. */
  private readonly inbox = new Deque<Sequence>()
  /** Sequences of prefill instances that wait for room here. */
  private readonly incoming = new Deque<Sequence>()
  /** Sequences that have room here and are being copied. */
  private arriving = 0
  running: Sequence[] = []
  /** Preempted requests whose blocks are on the host. */
  readonly swapped = new Deque<Sequence>()
  readonly kv: PagedKv
  readonly scheduler: Scheduler
  readonly itl = new WeightedSamples()

  /** Whether a request of this pass has to wait for blocks that a step under way holds. */
  isShort = false
  steps = 0
  preemptions = 0
  outputTokens = 0
  /** Integral of used blocks over nanoseconds, until {@link integralNs}. */
  kvIntegral = 0
  private integralNs = 0
  private swapFree: number
  /** With asynchronous scheduling: finished requests whose blocks the next step cannot have yet. */
  private readonly leaving: Sequence[] = []
  private lastEndNs = -1
  private readonly graphs: StepGraphs
  private readonly watermarkBlocks: number
  /** Most blocks of a sequence. */
  private readonly replicaBlocks: number
  private readonly batch = new StepBatch()
  private readonly plans: StepPlan[] = []
  private readonly idlePlans: StepPlan[] = []
  /** When each pipeline stage is free. */
  private readonly stageFreeNs: number[]
  private finishedInStep = 0
  private finishes = 0

  constructor(
    readonly index: number,
    readonly options: InstanceOptions,
    private readonly events: InstanceEvents,
  ) {
    const { kv, scheduler } = options
    this.waiting = waitingQueue(scheduler.order)
    this.kv = new PagedKv(index, kv)
    this.scheduler = createScheduler(scheduler)
    this.swapFree = scheduler.preemption === 'swap' ? kv.swapBlocks : 0
    this.watermarkBlocks = Math.floor(scheduler.watermark * kv.blocks)
    this.replicaBlocks = Math.floor(kv.blocks / kv.replicas)
    this.stageFreeNs = new Array(options.pipelineStages).fill(0)
    this.graphs = new StepGraphs(options.graphs)
  }

  /** Requests that it holds. */
  get load(): number {
    return this.queued + this.arriving + this.running.length + this.swapped.length
  }

  /** Tokens of prompts that have not been computed yet. */
  get pendingPromptTokens(): number {
    let tokens = 0
    for (const { inputTokens, computed } of this.waiting)
      tokens += Math.max(0, inputTokens - computed)
    for (const { inputTokens, computed } of this.inbox)
      tokens += Math.max(0, inputTokens - computed)
    for (const { inputTokens, computed } of this.running) {
      if (computed < inputTokens) tokens += inputTokens - computed
    }
    return tokens
  }

  /** Requests that wait to be admitted. */
  get queued(): number {
    return this.waiting.length + this.inbox.length + this.incoming.length
  }

  /** Share of KV blocks in use. */
  get kvUse(): number {
    return this.kv.used / this.kv.blocks
  }

  /** Takes a request, or refuses one that it can never serve. */
  enqueue(sequence: Sequence, now: number): void {
    sequence.instance = this.index
    const { maxModelLen, maxNumBatchedTokens } = this.options.scheduler
    const tooLong =
      (maxModelLen > 0 && sequence.inputTokens >= maxModelLen) ||
      (this.scheduler.wholePrompts && sequence.inputTokens > maxNumBatchedTokens) ||
      this.kv.blocksFor(sequence.inputTokens) > this.replicaBlocks
    if (tooLong) {
      this.events.finished(sequence, 'unservable', now)
      return
    }
    this.queue(sequence)
  }

  private queue(sequence: Sequence): void {
    sequence.state = 'waiting'
    if (this.options.scheduler.asyncScheduling && this.plans.length > 0) this.inbox.push(sequence)
    else this.waiting.push(sequence)
  }

  /** Takes a sequence whose prompt another instance has computed, as soon as there is room for it. */
  expect(sequence: Sequence, now: number): void {
    sequence.instance = this.index
    if (this.kv.blocksFor(sequence.known) > this.replicaBlocks) {
      this.events.finished(sequence, 'unservable', now)
      return
    }
    sequence.state = 'handing_over'
    this.incoming.push(sequence)
    this.takeIn(now)
  }

  /** Gives room to sequences that come from elsewhere, in their order. */
  takeIn(now: number): void {
    for (;;) {
      const sequence = this.incoming.first
      if (sequence === undefined) return
      const keepFree = this.running.length > 0 ? this.watermarkBlocks : 0
      // Room for the next token too, so that it can start when it is there.
      const tokens = sequence.computed + 1
      const needed = this.kv.blocksFor(tokens)
      if (needed > this.kv.free - keepFree || !this.kv.grow(sequence, tokens)) return
      this.incoming.shift()
      this.arriving++
      this.events.roomFor(sequence, now)
    }
  }

  /** A sequence from elsewhere is there. */
  arrived(sequence: Sequence, now: number): void {
    this.arriving--
    if (sequence.aborted) this.finish(sequence, 'timed_out', now)
    else this.queue(sequence)
  }

  /**
   * Starts a step if the pipeline has room and there is work.
   * @returns the plan, with the time at which it ends, or null
   */
  start(now: number): StepPlan | null {
    if (this.plans.length >= this.options.pipelineStages) return null
    if (this.options.pipelineStages > 1 && this.stageFreeNs[0]! > now) return null
    const plan = this.idlePlans.pop() ?? new StepPlan()
    plan.clear()
    let attempts = this.load + 1
    for (;;) {
      const before = this.finishes + this.preemptions
      this.isShort = false
      this.scheduler.schedule(this, plan, now)
      if (plan.sequences.length > 0) break
      // What ended or gave way here for lack of blocks has left room for others. With steps in
      // flight the next end of one will see to them.
      const changed = this.catchUp() || this.finishes + this.preemptions > before
      const again = changed && this.plans.length === 0 && attempts-- > 0
      if (!again && !this.evictWaiting() && !this.dropUnservable(now)) {
        this.idlePlans.push(plan)
        return null
      }
    }
    const { batch } = this
    batch.clear()
    for (const sequence of plan.sequences) {
      const tokens = sequence.scheduled
      if (tokens === 1 && sequence.emitted > 0) batch.addDecode(sequence.computed)
      else batch.addPrefill(tokens, sequence.computed, sequence.known)
    }
    this.catchUp()
    const stepNs = this.stepNs(batch, plan, now)
    plan.startNs = now
    plan.durationNs = this.passStages(now, Math.max(1, Math.round(stepNs))) - now
    this.plans.push(plan)
    this.steps++
    return plan
  }

  /** Lets in what arrived, and gives back what was freed, since the step was scheduled. */
  private catchUp(): boolean {
    if (this.inbox.length === 0 && this.leaving.length === 0) return false
    for (let next = this.inbox.shift(); next !== undefined; next = this.inbox.shift()) {
      this.waiting.push(next)
    }
    for (const sequence of this.leaving) this.kv.release(sequence)
    this.leaving.length = 0
    return true
  }

  /** Time of a step: the device's, and what the host adds to it or hides behind the step before. */
  private stepNs(batch: StepBatch, plan: StepPlan, now: number): number {
    const { stepTime, cpuOverhead } = this.options
    this.graphs.apply(batch)
    const hostNs =
      cpuOverhead.perStepNs +
      cpuOverhead.perSequenceNs * batch.size +
      (stepTime.hostNs?.(batch) ?? 0)
    const deviceNs = stepTime.stepNs(batch) + plan.copyNs
    const hides = cpuOverhead.overlapped && (this.lastEndNs === now || this.plans.length > 0)
    return hides ? Math.max(hostNs, deviceNs) : hostNs + deviceNs
  }

  /** When the step that has started could be followed by another one in the pipeline. */
  get nextStartNs(): number {
    return this.stageFreeNs[0]!
  }

  /** Ends the oldest step: its requests have their tokens, and some have finished. */
  complete(now: number): StepPlan {
    const plan = this.plans.shift()!
    this.lastEndNs = now
    const { maxModelLen } = this.options.scheduler
    const prefillOnly = this.options.role === 'prefill'
    this.finishedInStep = 0
    let gap = -1
    let gapCount = 0
    let tokens = 0
    for (const sequence of plan.sequences) {
      sequence.computed += sequence.scheduled
      sequence.scheduled = 0
      if (sequence.aborted) {
        this.finish(sequence, 'timed_out', now)
        continue
      }
      if (sequence.computed < sequence.known) continue
      sequence.emitted++
      tokens++
      if (sequence.firstTokenNs < 0) {
        sequence.firstTokenNs = now
      } else {
        const since = now - sequence.lastTokenNs
        if (since !== gap) {
          if (gapCount > 0) this.itl.add(gap, gapCount)
          gap = since
          gapCount = 0
        }
        gapCount++
      }
      sequence.lastTokenNs = now
      if (sequence.emitted >= sequence.outputTokens) {
        this.finish(sequence, 'completed', now)
      } else if (maxModelLen > 0 && sequence.known >= maxModelLen) {
        this.finish(sequence, 'length_capped', now)
      } else if (prefillOnly) {
        sequence.state = 'handing_over'
        sequence.lent = this.kv.lend(sequence)
        this.finishedInStep++
        this.events.prefilled(sequence, now)
      }
    }
    if (gapCount > 0) this.itl.add(gap, gapCount)
    this.outputTokens += tokens
    if (this.finishedInStep > 0) this.compact()
    plan.tokens = tokens
    this.idlePlans.push(plan)
    return plan
  }

  /** Requests that finished in the step that {@link complete} ended last. */
  get finishedLast(): number {
    return this.finishedInStep
  }

  /** Gives up a request whose deadline has passed. */
  abandon(sequence: Sequence, now: number): void {
    if (sequence.state === 'waiting') {
      if (!this.waiting.remove(sequence)) this.inbox.remove(sequence)
      this.kv.release(sequence)
      this.events.finished(sequence, 'timed_out', now)
    } else if (sequence.state === 'handing_over') {
      this.incoming.remove(sequence)
      this.events.finished(sequence, 'timed_out', now)
    } else if (sequence.state === 'swapped') {
      this.swapped.remove(sequence)
      this.swapFree += this.kv.blocksFor(sequence.computed)
      this.events.finished(sequence, 'timed_out', now)
    } else if (sequence.scheduled > 0) {
      sequence.aborted = true
    } else {
      this.finish(sequence, 'timed_out', now)
      this.compact()
    }
  }

  /** Brings {@link kvIntegral} up to date; call it before blocks change hands. */
  integrate(now: number): void {
    this.kvIntegral += this.kv.used * (now - this.integralNs)
    this.integralNs = now
  }

  /** Gives back the blocks of a request whose KV has been copied elsewhere. */
  handOver(sequence: Sequence): void {
    this.kv.giveBack(sequence.lent)
    sequence.lent = []
  }

  // What schedulers do.

  /**
   * Room for more tokens of a running request, at the cost of others if need be.
   * @returns false if the request cannot be in this step: it had to go, or has to wait for blocks
   */
  reserve(sequence: Sequence, tokens: number, plan: StepPlan): boolean {
    const needed = sequence.computed + tokens
    if (needed <= sequence.capacity) return true
    while (!this.kv.grow(sequence, needed)) {
      if (this.kv.blocksFor(needed) > this.replicaBlocks) {
        // Alone it needs more than there is: it ends here rather than starting over for ever.
        this.finish(sequence, 'length_capped', plan.startNs)
        this.compact()
        return false
      }
      const victim = this.victim(sequence)
      if (victim.scheduled > 0 && !plan.sequences.includes(victim)) {
        // It is in a step under way. Giving way to it instead would let the two take turns for ever.
        this.isShort = true
        return false
      }
      this.preempt(victim, plan)
      if (victim === sequence) return false
    }
    return true
  }

  /**
   * Admits the first waiting request into the plan, if there is room for it.
   * @param budget new tokens that the step may still have
   */
  admitFirst(plan: StepPlan, now: number, budget: number, rule: AdmissionRule): boolean {
    const { maxNumSeqs, longPrefillTokenThreshold: threshold } = this.options.scheduler
    const sequence = this.waiting.first
    if (sequence === undefined || this.running.length >= maxNumSeqs || budget <= 0) return false
    // KV that came over the network is there already.
    const arrived = sequence.computed > 0
    const hit = arrived ? NO_HIT : this.kv.lookup(sequence)
    const start = arrived
      ? sequence.computed
      : (hit.blocks.length + hit.offloaded) * this.kv.blockSize
    let tokens = sequence.known - start
    if (rule.whole) {
      // A request that is computed again may be longer than any prompt: then it goes alone.
      if (tokens > budget && plan.sequences.length > 0) return false
    } else {
      if (threshold > 0 && tokens > threshold) tokens = threshold
      if (tokens > budget) tokens = budget
    }
    const upTo = this.reservation(sequence, start + tokens, rule)
    const keepFree = this.running.length > 0 ? this.watermarkBlocks : 0
    const needed = arrived
      ? this.kv.blocksFor(upTo) - sequence.blocks.length - sequence.extra.length
      : this.kv.cost(hit, upTo)
    if (needed > this.kv.free - keepFree) return false
    this.waiting.shift()
    if (!arrived) this.kv.claim(sequence, hit)
    this.kv.grow(sequence, upTo)
    if (sequence.scheduledNs < 0) {
      sequence.scheduledNs = now
      sequence.cached = sequence.computed
    }
    if (hit.offloaded > 0) plan.copyNs += this.copyNs(hit.offloaded)
    sequence.state = 'running'
    this.running.push(sequence)
    plan.add(sequence, tokens)
    return true
  }

  /** Brings swapped requests back, oldest first, as far as there is room. */
  swapIn(plan: StepPlan): void {
    const { maxNumSeqs } = this.options.scheduler
    while (this.swapped.length > 0 && this.running.length < maxNumSeqs) {
      const sequence = this.swapped.first!
      const blocks = this.kv.blocksFor(sequence.computed + 1)
      const keepFree = this.running.length > 0 ? this.watermarkBlocks : 0
      if (blocks > this.kv.free - keepFree) return
      this.swapped.shift()
      this.kv.grow(sequence, sequence.computed + 1)
      this.swapFree += this.kv.blocksFor(sequence.computed)
      plan.copyNs += this.copyNs(blocks)
      sequence.state = 'running'
      this.running.push(sequence)
    }
  }

  /** Most sequences of a batch: a pipeline splits what runs among its stages. */
  get batchLimit(): number {
    const { pipelineStages, scheduler } = this.options
    if (pipelineStages === 1) return scheduler.maxNumSeqs
    const active = Math.min(scheduler.maxNumSeqs, this.running.length + this.waiting.length)
    return Math.max(1, Math.ceil(active / pipelineStages))
  }

  /** Tokens that a request gets blocks for when it starts with a step up to `needed`. */
  private reservation(sequence: Sequence, needed: number, { reserve }: AdmissionRule): number {
    const isWhole = this.options.scheduler.reservation === 'whole-output'
    if (isWhole || reserve === 'full') return Math.max(needed, this.fullLength(sequence))
    return reserve === 'prompt' ? sequence.known : needed
  }

  private fullLength(sequence: Sequence): number {
    const { maxModelLen } = this.options.scheduler
    const full = sequence.inputTokens + Math.max(1, sequence.outputTokens) - 1
    return Math.min(maxModelLen > 0 ? maxModelLen : full, full)
  }

  private copyNs(blocks: number): number {
    const { bytesPerBlock, hostBandwidthBytesPerS, hostLatencyNs } = this.options.kv
    return hostLatencyNs + (blocks * bytesPerBlock * 1e9) / hostBandwidthBytesPerS
  }

  /** Who loses its blocks: the least urgent, or the last one admitted. */
  private victim(sequence: Sequence): Sequence {
    const { running } = this
    if (this.options.scheduler.order !== 'priority') return running.at(-1)!
    let worst = sequence
    for (const candidate of running) {
      const later = candidate.arrivalNs - worst.arrivalNs || candidate.index - worst.index
      if (
        candidate.priority > worst.priority ||
        (candidate.priority === worst.priority && later > 0)
      ) {
        worst = candidate
      }
    }
    return worst
  }

  private preempt(victim: Sequence, plan: StepPlan): void {
    if (victim.scheduled > 0) plan.remove(victim)
    this.running.splice(this.running.lastIndexOf(victim), 1)
    victim.preemptions++
    this.preemptions++
    const held = this.kv.blocksFor(victim.computed)
    if (held > 0 && held <= this.swapFree) {
      this.swapFree -= held
      plan.copyNs += this.copyNs(held)
      this.kv.release(victim)
      victim.state = 'swapped'
      this.swapped.push(victim)
      return
    }
    this.kv.preempt(victim)
    victim.computed = 0
    victim.state = 'waiting'
    this.waiting.putBack(victim)
  }

  private finish(sequence: Sequence, state: SequenceState, now: number): void {
    if (this.options.scheduler.asyncScheduling && state === 'completed') this.leaving.push(sequence)
    else this.kv.release(sequence)
    sequence.state = state
    this.finishedInStep++
    this.finishes++
    this.events.finished(sequence, state, now)
  }

  /** Takes out of `running` whatever no longer runs. */
  private compact(): void {
    const { running } = this
    let kept = 0
    for (let i = 0; i < running.length; i++) {
      const sequence = running[i]!
      if (sequence.state === 'running') running[kept++] = sequence
    }
    running.length = kept
  }

  /**
   * With nothing running, the last of those that wait with their KV gives it up, to be computed again, so that the
   * first one can go on.
   */
  private evictWaiting(): boolean {
    if (this.running.length > 0 || this.plans.length > 0) return false
    let last: Sequence | undefined
    for (const sequence of this.waiting) if (sequence.blocks.length > 0) last = sequence
    if (last === undefined) return false
    this.kv.release(last)
    last.computed = 0
    last.preemptions++
    this.preemptions++
    return true
  }

  /** With nothing held and nothing running, the first waiting request does not fit at all. */
  private dropUnservable(now: number): boolean {
    if (this.running.length > 0 || this.plans.length > 0 || this.kv.used > 0) return false
    if (this.swapped.length > 0) return false
    const sequence = this.waiting.shift()
    if (sequence === undefined) return false
    this.events.finished(sequence, sequence.emitted > 0 ? 'length_capped' : 'unservable', now)
    return true
  }

  /** Time at which a step of `stepNs` that starts now leaves the last stage. */
  private passStages(now: number, stepNs: number): number {
    const stages = this.stageFreeNs
    const perStage = stepNs / stages.length
    let at = now
    for (let i = 0; i < stages.length; i++) {
      at = Math.max(at, stages[i]!) + perStage
      stages[i] = at
    }
    return stages.length === 1 ? now + stepNs : Math.round(at)
  }
}
