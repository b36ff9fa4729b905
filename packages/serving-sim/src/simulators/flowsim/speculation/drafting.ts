// Drafting on an instance: in which steps, how long it takes, and how much of a draft the model accepts.
import type { StepBatch } from '@flowsim/trace-schema'
import { randomSource } from '../../../random/random.js'
import type { PagedKv } from '../kv/paged-kv.js'
import type { Sequence } from '../sequence.js'
import { acceptedTokens } from './acceptance.js'
import { DraftPasses } from './draft-passes.js'
import type { SpeculationOptions } from './options.js'
import { SpeculationTally } from './tally.js'

/** Where drafts end: the longest sequence (0: none), and the blocks of a replica. */
export interface DraftLimits {
  maxModelLen: number
  kv: Pick<PagedKv, 'blocksFor'>
  replicaBlocks: number
}

export class Drafting {
  readonly tally = new SpeculationTally()
  private readonly passes: DraftPasses

  constructor(
    private readonly options: SpeculationOptions,
    private readonly limits: DraftLimits,
  ) {
    this.passes = new DraftPasses(options)
  }

  /** Whether a step drafts for the next one. */
  isOn(running: number): boolean {
    return running <= this.options.maxBatch
  }

  /**
   * Nanoseconds after a step of the model: of the passes on the devices, and of the host, which cannot prepare the
   * next step before it is known what was accepted.
   */
  stepNs(step: StepBatch): number {
    return this.passes.timeNs(step) + this.options.hostNs
  }

  /** Gives a sequence a draft for its next step, as far as there is room for one. */
  draft(sequence: Sequence): void {
    const { tokens, draftedShare } = this.options
    const { maxModelLen, kv, replicaBlocks } = this.limits
    if (draftedShare < 1 && this.draw(sequence) >= draftedShare) return
    const room = maxModelLen > 0 ? Math.max(0, maxModelLen - sequence.known) : tokens
    const drafted = Math.min(tokens, room)
    if (kv.blocksFor(sequence.known + drafted) <= replicaBlocks) sequence.drafted = drafted
  }

  /** How many of the drafted tokens of a sequence the model accepts. */
  verify(sequence: Sequence): number {
    const { drafted } = sequence
    const accepted = acceptedTokens(this.options.reach, drafted, this.draw(sequence))
    this.tally.add(drafted, accepted)
    return accepted
  }

  /** Each request has its own stream, so that other batches do not change what is accepted. */
  private draw(sequence: Sequence): number {
    sequence.draws ??= randomSource(this.options.seed + (sequence.index + 1) * 2 ** 32)
    return sequence.draws()
  }
}
