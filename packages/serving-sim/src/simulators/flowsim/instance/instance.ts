// One serving instance: a queue, running requests, a KV cache, and steps one after the other (or as
// many at once as the pipeline has stages).

import { StepBatch } from '@flowsim/trace-schema'
import type { WeightedSamples } from '../../../core/weighted-samples.js'
import type { PagedKv } from '../kv/paged-kv.js'
import type { TierChain } from '../kv/tiers/tier-chain.js'
import { tierFeatures } from '../kv/tiers/tier-features.js'
import type { InstanceOptions } from '../options.js'
import type { Outages } from '../outages/outages.js'
import { createScheduler, type Scheduler } from '../schedulers/index.js'
import type { Sequence } from '../sequence.js'
import type { SpeculationTally } from '../speculation/tally.js'
import { type AdmissionRule, BatchAdmission } from './batch-admission.js'
import { HeldRequests } from './held-requests.js'
import type { InstanceEvents } from './instance-events.js'
import { KvArrivals } from './kv-arrivals.js'
import { Preemption } from './preemption.js'
import { readyNs } from './preparations.js'
import { StepClock } from './step-clock.js'
import { StepPlan } from './step-plan.js'
import { StepTokens } from './step-tokens.js'
import type { UseTally } from './use-tally.js'
import type { WaitingQueue } from './waiting-queue.js'

export class Instance {
  readonly kv: PagedKv
  readonly waiting: WaitingQueue
  readonly running: readonly Sequence[]
  readonly swapped: { readonly length: number }
  readonly scheduler: Scheduler
  steps = 0
  /** Integral of used blocks over nanoseconds, until {@link integralNs}. */
  kvIntegral = 0
  private integralNs = 0
  /** How it fails; null: it does not. */
  outages: Outages | null = null
  private lostSteps = 0

  private readonly held: HeldRequests
  private readonly admission: BatchAdmission
  private readonly preemption: Preemption
  private readonly arrivals: KvArrivals
  private readonly clock: StepClock
  private readonly tokens: StepTokens

  private readonly batch = new StepBatch()
  /** Steps under way, oldest first. */
  private readonly plans: StepPlan[] = []
  private readonly idlePlans: StepPlan[] = []

  constructor(
    readonly index: number,
    readonly options: InstanceOptions,
    private readonly events: InstanceEvents,
    readonly tiers: TierChain | null = null,
  ) {
    const held = new HeldRequests(index, options, events, tiers)
    this.held = held
    this.kv = held.kv
    this.waiting = held.waiting
    this.running = held.running
    this.swapped = held.swapped
    this.admission = new BatchAdmission(held)
    this.preemption = new Preemption(held)
    this.arrivals = new KvArrivals(held)
    this.clock = new StepClock(options, held.drafting)
    this.tokens = new StepTokens(held)
    this.scheduler = createScheduler(options.scheduler)
  }

  // What routers, scaling and reports see.

  /** Requests that it holds. */
  get load(): number {
    const { waiting, inbox, running, swapped, preparing } = this.held
    const here = waiting.length + inbox.length + running.length + swapped.length
    return here + this.arrivals.count + preparing
  }

  /** Requests that wait to be admitted. */
  get queued(): number {
    const { inbox, preparing } = this.held
    return this.waiting.length + inbox.length + this.arrivals.queued + preparing
  }

  /** Tokens of prompts that have not been computed yet. */
  get pendingPromptTokens(): number {
    return this.held.pendingPromptTokens
  }

  /** Share of KV blocks in use. */
  get kvUse(): number {
    return this.kv.used / this.kv.blocks
  }

  get preemptions(): number {
    return this.held.preemptions
  }

  /** Gaps between tokens. */
  get itl(): WeightedSamples {
    return this.tokens.itl
  }

  get outputTokens(): number {
    return this.tokens.emitted
  }

  /** What its steps asked of each device. */
  get use(): UseTally {
    return this.clock.use
  }

  /** What drafting did; null: nothing is drafted here. */
  get speculation(): SpeculationTally | null {
    return this.held.drafting?.tally ?? null
  }

  /** Counts of what it has besides a model, a queue and a cache. */
  get features(): Record<string, number> {
    const { adapters, hostAdapters, grammars, encoder } = this.held
    return {
      ...(adapters === null ? {} : { adapterLoads: adapters.loads }),
      ...(hostAdapters === null ? {} : { adapterFetches: hostAdapters.fetches }),
      ...(this.outages === null
        ? {}
        : {
            failures: this.outages.count,
            downS: this.outages.downNs / 1e9,
            droppedRequests: this.outages.dropped,
          }),
      ...(grammars === null ? {} : { compiledSchemas: grammars.compiled }),
      ...(encoder === null
        ? {}
        : {
            encodedImages: encoder.encoded,
            encodeS: encoder.encodeNs / 1e9,
            cachedImages: encoder.hits,
          }),
      ...(this.tiers === null ? {} : tierFeatures(this.tiers, this.kv)),
    }
  }

  /** Requests that finished in the step that {@link complete} ended last. */
  get finishedLast(): number {
    return this.tokens.finishedLast
  }

  /** When the step that has started could be followed by another one in the pipeline. */
  get nextStartNs(): number {
    return this.clock.nextStartNs
  }

  /** Brings {@link kvIntegral} up to date; call it before blocks change hands. */
  integrate(now: number): void {
    this.kvIntegral += this.kv.used * (now - this.integralNs)
    this.integralNs = now
  }

  // Requests come and go.

  /** Takes a request, or refuses one that it can never serve. */
  enqueue(sequence: Sequence, now: number): void {
    sequence.instance = this.index
    const { maxModelLen, maxNumBatchedTokens } = this.options.scheduler
    const tooLong =
      (maxModelLen > 0 && sequence.inputTokens >= maxModelLen) ||
      (this.scheduler.wholePrompts && sequence.inputTokens > maxNumBatchedTokens) ||
      this.kv.blocksFor(sequence.inputTokens) > this.held.replicaBlocks
    if (tooLong) this.events.finished(sequence, 'unservable', now)
    else this.prepare(sequence, now)
  }

  /** What a request waited for is there. */
  prepared(sequence: Sequence): void {
    this.held.preparing--
    this.held.fetches?.arrived(sequence)
    this.held.queue(sequence, this.isStepping)
  }

  /** Takes a sequence whose prompt another instance has computed, as soon as there is room for it. */
  expect(sequence: Sequence, now: number): void {
    sequence.instance = this.index
    this.arrivals.expect(sequence, now)
  }

  /** Gives room to sequences that come from elsewhere, in their order. */
  takeIn(now: number): void {
    this.arrivals.takeIn(now)
  }

  /** A sequence from elsewhere is there. */
  arrived(sequence: Sequence, now: number): void {
    this.arrivals.arrived(sequence, this.isStepping, now)
  }

  /** Gives back the blocks of a request whose KV has been copied elsewhere. */
  handOver(sequence: Sequence): void {
    this.kv.giveBack(sequence.lent)
    sequence.lent = []
  }

  /** Gives up a request whose deadline has passed. */
  abandon(sequence: Sequence, now: number): void {
    const { held } = this
    if (sequence.state === 'waiting') {
      if (!held.waiting.remove(sequence)) held.inbox.remove(sequence)
      this.kv.release(sequence)
      this.events.finished(sequence, 'timed_out', now)
    } else if (sequence.state === 'preparing') {
      held.preparing--
      this.events.finished(sequence, 'timed_out', now)
    } else if (sequence.state === 'handing_over') {
      this.arrivals.abandon(sequence)
      this.events.finished(sequence, 'timed_out', now)
    } else if (sequence.state === 'swapped') {
      held.swapped.remove(sequence)
      this.preemption.freeSwap(sequence)
      this.events.finished(sequence, 'timed_out', now)
    } else if (sequence.scheduled > 0) {
      sequence.aborted = true
    } else {
      held.finish(sequence, 'timed_out', now)
      held.compact()
    }
  }

  /**
   * Loses its requests, its cache and its steps under way.
   * @returns when the last of those steps would have ended: it is not up again before
   */
  crash(now: number): number {
    const { held } = this
    let endNs = now
    for (const { startNs, durationNs } of this.plans) endNs = Math.max(endNs, startNs + durationNs)
    this.lostSteps += this.plans.length
    this.plans.length = 0
    for (let next = held.swapped.shift(); next !== undefined; next = held.swapped.shift()) {
      this.preemption.freeSwap(next)
    }
    held.drop()
    return endNs
  }

  /** Whether a step that ends now was lost when the instance failed. */
  hasLostStep(): boolean {
    if (this.lostSteps === 0) return false
    this.lostSteps--
    return true
  }

  // Steps.

  /**
   * Starts a step if the pipeline has room and there is work.
   * @returns the plan, with the time at which it ends, or null
   */
  start(now: number): StepPlan | null {
    const { pipelineStages } = this.options
    if (this.plans.length >= pipelineStages) return null
    if (pipelineStages > 1 && this.nextStartNs > now) return null
    this.arrivals.look(now)
    const plan = this.idlePlans.pop() ?? new StepPlan()
    plan.clear()
    this.held.encoder?.begin()
    if (!this.schedule(plan, now)) {
      this.idlePlans.push(plan)
      return null
    }
    plan.fill(this.batch)
    this.held.adapters?.charge(plan)
    this.held.grammars?.charge(plan)
    this.held.encoder?.charge(plan)
    plan.drafts = this.held.drafting?.isOn(this.running.length) ?? false
    this.held.catchUp()
    plan.startNs = now
    plan.durationNs = this.clock.start(this.batch, plan, this.isStepping, now)
    this.plans.push(plan)
    this.steps++
    return plan
  }

  /** Ends the oldest step: its requests have their tokens, and some have finished. */
  complete(now: number): StepPlan {
    const plan = this.plans.shift()!
    this.clock.end(now)
    this.tokens.emit(plan, now)
    this.idlePlans.push(plan)
    return plan
  }

  /** Whether there is something for a step to compute. */
  private schedule(plan: StepPlan, now: number): boolean {
    const { held, preemption } = this
    let attempts = this.load + 1
    for (;;) {
      const before = held.finishes + held.preemptions
      preemption.isShort = false
      this.scheduler.schedule(this, plan, now)
      held.adapters?.restore()
      if (plan.sequences.length > 0) return true
      // What ended or gave way here for lack of blocks has left room for others. With steps in
      // flight the next end of one will see to them.
      const changed = held.catchUp() || held.finishes + held.preemptions > before
      if (this.isStepping) return false
      if (changed && attempts-- > 0) continue
      if (!preemption.evictWaiting() && !this.admission.dropUnservable(now)) return false
    }
  }

  /** Queues a request as soon as what it needs is there. */
  private prepare(sequence: Sequence, now: number): void {
    const { held } = this
    const ready = held.preparations.length === 0 ? now : readyNs(held.preparations, sequence, now)
    if (ready <= now) {
      held.fetches?.arrived(sequence)
      held.queue(sequence, this.isStepping)
      return
    }
    held.preparing++
    sequence.state = 'preparing'
    sequence.readyNs = ready
    this.events.preparing(sequence, ready)
  }

  private get isStepping(): boolean {
    return this.plans.length > 0
  }

  // What schedulers do.

  /** Most sequences of a batch: a pipeline splits what runs among its stages. */
  get batchLimit(): number {
    const { pipelineStages, scheduler } = this.options
    if (pipelineStages === 1) return scheduler.maxNumSeqs
    const active = Math.min(scheduler.maxNumSeqs, this.running.length + this.waiting.length)
    return Math.max(1, Math.ceil(active / pipelineStages))
  }

  /** Whether a request of this pass has to wait for blocks that a step under way holds. */
  get isShort(): boolean {
    return this.preemption.isShort
  }

  /**
   * Puts tokens of a running request into the plan, with room for them at the cost of others if need be.
   * @param wanted those before an image that the step cannot encode are put in, which may be none
   * @returns false if the request cannot be in this step, as of {@link reserve}
   */
  include(sequence: Sequence, wanted: number, plan: StepPlan): boolean {
    const { encoder } = this.held
    const tokens = encoder?.limit(sequence, sequence.computed, wanted) ?? wanted
    if (tokens === 0) return true
    const isRoom = sequence.computed + tokens <= sequence.capacity
    if (!isRoom && !this.reserve(sequence, tokens, plan)) return false
    plan.add(sequence, tokens)
    encoder?.commit(sequence, sequence.computed, tokens)
    return true
  }

  /**
   * Room for more tokens of a running request, at the cost of others if need be.
   * @returns false if the request cannot be in this step: it had to go, or has to wait for blocks
   */
  reserve(sequence: Sequence, tokens: number, plan: StepPlan): boolean {
    return this.preemption.reserve(sequence, tokens, plan)
  }

  /**
   * Admits the first waiting request into the plan, if there is room for it.
   * @param budget new tokens that the step may still have
   */
  admitFirst(plan: StepPlan, now: number, budget: number, rule: AdmissionRule): boolean {
    return this.admission.admitFirst(plan, now, budget, rule)
  }

  /** Brings swapped requests back, oldest first, as far as there is room. */
  swapIn(plan: StepPlan): void {
    this.preemption.swapIn(plan)
  }
}
