// The requests of an instance and its KV cache: who waits, who runs, whose blocks are on the host, and how
// they leave.
import { Deque } from '../../../core/deque.js'
import { DeviceAdapters } from '../adapters/device-adapters.js'
import { HostAdapters } from '../adapters/host-adapters.js'
import { Grammars } from '../grammars/grammars.js'
import { ImageEncoder } from '../images/image-encoder.js'
import { PagedKv } from '../kv/paged-kv.js'
import { TierFetches } from '../kv/tiers/fetches.js'
import type { TierChain } from '../kv/tiers/tier-chain.js'
import type { InstanceOptions } from '../options.js'
import type { Sequence, SequenceState } from '../sequence.js'
import { Drafting } from '../speculation/drafting.js'
import { FairQueue } from './fair-queue.js'
import type { InstanceEvents } from './instance-events.js'
import type { Preparation } from './preparations.js'
import { type WaitingQueue, waitingQueue } from './waiting-queue.js'

export class HeldRequests {
  readonly kv: PagedKv
  /** Null: every step generates one token of a sequence. */
  readonly drafting: Drafting | null
  /** Null: requests with adapters run as if they had none. */
  readonly adapters: DeviceAdapters | null
  readonly hostAdapters: HostAdapters | null
  /** Null: structured output takes nothing. */
  readonly grammars: Grammars | null
  /** Null: images take no time beside that of their tokens. */
  readonly encoder: ImageEncoder | null
  /** Null: no prefixes are kept below the devices. */
  readonly fetches: TierFetches | null
  /** What requests may have to wait for before they can be admitted. */
  readonly preparations: readonly Preparation[]
  /** Requests for which something is under way. */
  preparing = 0
  readonly waiting: WaitingQueue
  /** The queue where clients are served fairly; null: another order. */
  readonly fair: FairQueue | null
  /** With asynchronous scheduling: requests that arrived after the next step was scheduled. */
  readonly inbox = new Deque<Sequence>()
  /** In the order in which they were admitted. */
  readonly running: Sequence[] = []
  /** Preempted requests whose blocks are on the host. */
  readonly swapped = new Deque<Sequence>()
  /** Requests that ended or gave their blocks up, ever. */
  finishes = 0
  preemptions = 0
  /** Most blocks of a sequence. */
  readonly replicaBlocks: number
  private readonly watermarkBlocks: number
  /** With asynchronous scheduling: finished requests whose blocks the next step cannot have yet. */
  private readonly leaving: Sequence[] = []

  constructor(
    index: number,
    readonly options: InstanceOptions,
    readonly events: InstanceEvents,
    readonly tiers: TierChain | null,
  ) {
    const { kv, scheduler, speculation } = options
    this.kv = new PagedKv(index, kv, tiers)
    this.waiting = waitingQueue(scheduler.order)
    this.fair = this.waiting instanceof FairQueue ? this.waiting : null
    this.watermarkBlocks = Math.floor(scheduler.watermark * kv.blocks)
    this.replicaBlocks = Math.floor(kv.blocks / kv.replicas)
    const { maxModelLen } = scheduler
    const limits = { maxModelLen, kv: this.kv, replicaBlocks: this.replicaBlocks }
    const { adapters = null, grammars = null, encoder = null } = options
    this.adapters = adapters === null ? null : new DeviceAdapters(adapters, this)
    this.hostAdapters = adapters === null ? null : new HostAdapters(adapters)
    this.grammars = grammars === null ? null : new Grammars(grammars)
    this.encoder = encoder === null ? null : new ImageEncoder(encoder)
    this.fetches = tiers === null ? null : new TierFetches(this.kv, tiers)
    const preparations = [this.hostAdapters, this.grammars, this.fetches]
    this.preparations = preparations.flatMap((one) => one ?? [])
    this.drafting = speculation === null ? null : new Drafting(speculation, limits)
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

  /** Free blocks that one more request may take. */
  get spareBlocks(): number {
    return this.running.length > 0 ? this.kv.free - this.watermarkBlocks : this.kv.free
  }

  /** @param isStepping whether a step is under way, so that the next one may be scheduled already */
  queue(sequence: Sequence, isStepping: boolean): void {
    sequence.state = 'waiting'
    if (this.options.scheduler.asyncScheduling && isStepping) this.inbox.push(sequence)
    else this.waiting.push(sequence)
  }

  /** Lets in what arrived, and gives back what was freed, since the step was scheduled. */
  catchUp(): boolean {
    if (this.inbox.length === 0 && this.leaving.length === 0) return false
    for (let next = this.inbox.shift(); next !== undefined; next = this.inbox.shift()) {
      this.waiting.push(next)
    }
    for (const sequence of this.leaving) this.kv.release(sequence)
    this.leaving.length = 0
    return true
  }

  run(sequence: Sequence): void {
    sequence.state = 'running'
    this.running.push(sequence)
  }

  /** Ends a request that runs; {@link compact} takes it out of `running`. */
  finish(sequence: Sequence, state: SequenceState, now: number): void {
    if (this.options.scheduler.asyncScheduling && state === 'completed') this.leaving.push(sequence)
    else this.kv.release(sequence)
    sequence.state = state
    this.finishes++
    this.events.finished(sequence, state, now)
  }

  /** Drops all requests and what was kept: a process that is gone. */
  drop(): void {
    this.tiers?.stop()
    this.catchUp()
    for (const sequence of [...this.running, ...this.waiting]) this.kv.release(sequence)
    this.running.length = 0
    while (this.waiting.shift() !== undefined);
    this.preparing = 0
    this.kv.clear()
    this.tiers?.clear()
    this.adapters?.clear()
    this.hostAdapters?.clear()
    this.grammars?.clear()
    this.encoder?.clear()
  }

  /** Takes out of `running` whatever no longer runs. */
  compact(): void {
    const { running } = this
    let kept = 0
    for (let i = 0; i < running.length; i++) {
      const sequence = running[i]!
      if (sequence.state === 'running') running[kept++] = sequence
    }
    running.length = kept
  }
}
