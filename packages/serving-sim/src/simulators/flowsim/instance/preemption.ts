// Who gives way when blocks run out, and how it comes back: computed again, or copied to the host and back.
import { hostCopyNs } from '../kv/host-copy.js'
import type { Sequence } from '../sequence.js'
import type { HeldRequests } from './held-requests.js'
import type { StepPlan } from './step-plan.js'

export class Preemption {
  /** Whether a request of this pass has to wait for blocks that a step under way holds. */
  isShort = false
  private swapFree: number

  constructor(private readonly held: HeldRequests) {
    const { kv, scheduler } = held.options
    this.swapFree = scheduler.preemption === 'swap' ? kv.swapBlocks : 0
  }

  /**
   * Room for more tokens of a running request, at the cost of others if need be.
   * @returns false if the request cannot be in this step: it had to go, or has to wait for blocks
   */
  reserve(sequence: Sequence, tokens: number, plan: StepPlan): boolean {
    const { kv, replicaBlocks } = this.held
    const needed = sequence.computed + tokens
    if (needed <= sequence.capacity) return true
    while (!kv.grow(sequence, needed)) {
      if (kv.blocksFor(needed) > replicaBlocks) {
        // Alone it needs more than there is: it ends here rather than starting over for ever.
        this.held.finish(sequence, 'length_capped', plan.startNs)
        this.held.compact()
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

  /** Brings swapped requests back, oldest first, as far as there is room. */
  swapIn(plan: StepPlan): void {
    const { kv, swapped, running, options } = this.held
    const { maxNumSeqs } = options.scheduler
    while (swapped.length > 0 && running.length < maxNumSeqs) {
      const sequence = swapped.first!
      const blocks = kv.blocksFor(sequence.computed + 1)
      if (blocks > this.held.spareBlocks) return
      swapped.shift()
      kv.grow(sequence, sequence.computed + 1)
      this.freeSwap(sequence)
      plan.besideNs += hostCopyNs(options.kv, blocks)
      this.held.run(sequence)
    }
  }

  /** A swapped request needs its place on the host no more. */
  freeSwap(sequence: Sequence): void {
    this.swapFree += this.held.kv.blocksFor(sequence.computed)
  }

  /**
   * With nothing running, the last of those that wait with their KV gives it up, to be computed again, so that the
   * first one can go on.
   */
  evictWaiting(): boolean {
    if (this.held.running.length > 0) return false
    let last: Sequence | undefined
    for (const sequence of this.held.waiting) if (sequence.blocks.length > 0) last = sequence
    if (last === undefined) return false
    this.held.kv.release(last)
    last.computed = 0
    this.count(last)
    return true
  }

  /** Who loses its blocks: the least urgent, or the last one admitted. */
  private victim(sequence: Sequence): Sequence {
    const { running, options } = this.held
    if (options.scheduler.order !== 'priority') return running.at(-1)!
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
    const { kv, running, swapped, waiting, options } = this.held
    if (victim.scheduled > 0) plan.remove(victim)
    running.splice(running.lastIndexOf(victim), 1)
    this.count(victim)
    victim.drafted = 0
    const blocks = kv.blocksFor(victim.computed)
    if (blocks > 0 && blocks <= this.swapFree) {
      this.swapFree -= blocks
      plan.besideNs += hostCopyNs(options.kv, blocks)
      kv.release(victim)
      victim.state = 'swapped'
      swapped.push(victim)
      return
    }
    kv.preempt(victim)
    victim.computed = 0
    victim.state = 'waiting'
    waiting.putBack(victim)
  }

  private count(victim: Sequence): void {
    victim.preemptions++
    this.held.preemptions++
  }
}
