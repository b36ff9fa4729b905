// How the first waiting request gets into a step: what of its prompt is cached, how much of the rest the step
// computes, and whether there are blocks for it.
import { hostCopyNs } from '../kv/host-copy.js'
import type { PrefixHit } from '../kv/prefix-cache.js'
import type { Sequence } from '../sequence.js'
import type { HeldRequests } from './held-requests.js'
import type { StepPlan } from './step-plan.js'

/** How the first waiting request may be admitted. */
export interface AdmissionRule {
  /** Whether its prompt must be prefilled in one step. */
  whole: boolean
  /** What it gets blocks for: the chunk, the prompt, or everything it will generate. */
  reserve: 'chunk' | 'prompt' | 'full'
}

const NO_HIT: PrefixHit = { blocks: [], offloaded: 0 }

export class BatchAdmission {
  constructor(private readonly held: HeldRequests) {}

  /**
   * Admits the first waiting request into the plan, if there is room for it.
   * @param budget new tokens that the step may still have
   */
  admitFirst(plan: StepPlan, now: number, budget: number, rule: AdmissionRule): boolean {
    const { kv, waiting, running, options, encoder } = this.held
    const { maxNumSeqs, longPrefillTokenThreshold: threshold } = options.scheduler
    if (running.length >= maxNumSeqs || budget <= 0) return false
    if (this.held.adapters?.passOver() === false) return false
    const sequence = waiting.first
    if (sequence === undefined) return false
    // KV that came over the network is there already.
    const arrived = sequence.computed > 0
    const hit = arrived ? NO_HIT : kv.lookup(sequence)
    const start = arrived ? sequence.computed : (hit.blocks.length + hit.offloaded) * kv.blockSize
    let tokens = sequence.known - start
    if (rule.whole) {
      // A request that is computed again may be longer than any prompt: then it goes alone.
      if (tokens > budget && plan.sequences.length > 0) return false
    } else {
      if (threshold > 0 && tokens > threshold) tokens = threshold
      if (tokens > budget) tokens = budget
    }
    const encodable = encoder?.limit(sequence, start, tokens) ?? tokens
    if (encodable < tokens) {
      if (!rule.whole) tokens = encodable
      if (tokens === 0 || (rule.whole && plan.sequences.length > 0)) return false
    }
    const upTo = this.reservation(sequence, start + tokens, rule)
    const needed = arrived
      ? kv.blocksFor(upTo) - sequence.blocks.length - sequence.extra.length
      : kv.cost(hit, upTo)
    if (needed > this.held.spareBlocks) return false
    waiting.shift()
    if (!arrived) kv.claim(sequence, hit)
    kv.grow(sequence, upTo)
    if (sequence.scheduledNs < 0) {
      sequence.scheduledNs = now
      sequence.cached = sequence.computed
    }
    if (hit.offloaded > 0) plan.besideNs += hostCopyNs(options.kv, hit.offloaded)
    this.held.adapters?.admit(sequence, plan)
    if (sequence.emitted === 0) this.held.fair?.charge(sequence, sequence.inputTokens, 0)
    this.held.run(sequence)
    plan.add(sequence, tokens)
    encoder?.commit(sequence, start, tokens)
    return true
  }

  /** With nothing held and nothing running, the first waiting request does not fit at all. */
  dropUnservable(now: number): boolean {
    const { kv, running, swapped, waiting, events } = this.held
    if (running.length > 0 || kv.used > 0 || swapped.length > 0) return false
    const sequence = waiting.shift()
    if (sequence === undefined) return false
    events.finished(sequence, sequence.emitted > 0 ? 'length_capped' : 'unservable', now)
    return true
  }

  /** Tokens that a request gets blocks for when it starts with a step up to `needed`. */
  private reservation(sequence: Sequence, needed: number, { reserve }: AdmissionRule): number {
    const { reservation } = this.held.options.scheduler
    if (reservation === 'whole-output' || reserve === 'full') {
      return Math.max(needed, this.fullLength(sequence))
    }
    return reservation === 'prompt' || reserve === 'prompt' ? sequence.known : needed
  }

  private fullLength(sequence: Sequence): number {
    const { maxModelLen } = this.held.options.scheduler
    const full = sequence.inputTokens + Math.max(1, sequence.outputTokens) - 1
    const drafted = this.held.options.speculation?.tokens ?? 0
    return Math.min(maxModelLen > 0 ? maxModelLen : full, full) + drafted
  }
}
