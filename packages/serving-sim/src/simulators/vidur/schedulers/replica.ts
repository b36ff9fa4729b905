// What Vidur's schedulers share: a queue, running requests that wait for their next iteration, and
// KV blocks that are only counted.
import { Deque } from '../../../core/deque.js'
import type { VidurSequence } from '../sequence.js'

/** Settings of a replica scheduler, with Vidur's defaults. */
export interface VidurSchedulerOptions {
  type: 'vllm' | 'sarathi' | 'orca' | 'lightllm' | 'faster_transformer'
  /** Default 128. */
  batchSizeCap?: number
  /** Default 16. */
  blockSize?: number
  /** Blocks that a new request must leave free, as a share. Default 0.01. */
  watermarkBlocksFraction?: number
  /** Default: what fits in memory. */
  numBlocks?: number
  /** vLLM and LightLLM. Default 4096. */
  maxTokensInBatch?: number
  /** Sarathi. Default 512. */
  chunkSize?: number
  /** LightLLM: iterations of decoding between two attempts to prefill. Default 10. */
  maxWaitingIters?: number
}

/** Resolved settings. */
export interface ReplicaLimits {
  batchSizeCap: number
  blockSize: number
  watermarkBlocksFraction: number
  numBlocks: number
  maxTokensInBatch: number
  chunkSize: number
  maxWaitingIters: number
  /** Requests of full length that fit in memory. */
  maxBatchSize: number
  /** Most tokens of a request. */
  maxTokens: number
  pipelineStages: number
}

/** Requests of a batch and their tokens. */
export interface Draft {
  sequences: VidurSequence[]
  tokens: number[]
}

/** Forms the batches of one replica. */
export interface ReplicaScheduler {
  readonly replica: Replica
  /** The next batch; null if nothing can run. */
  next(): Draft | null
  /** Takes the requests of a finished batch back. */
  onBatchEnd(draft: Draft): void
}

/** Queue and blocks of a replica. */
export class Replica {
  readonly queue = new Deque<VidurSequence>()
  /** Running requests that are in no batch now. */
  running: VidurSequence[] = []
  allocatedBlocks = 0
  /** Why nothing more can run, where a scheduler does not know how to go on. */
  stuck: string | null = null
  readonly blocksOf = new Map<VidurSequence, number>()
  readonly maxBlocksPerSequence: number
  readonly watermarkBlocks: number
  /** Most requests of a micro-batch. */
  readonly microBatchSize: number

  constructor(readonly limits: ReplicaLimits) {
    this.maxBlocksPerSequence = Math.floor(limits.maxTokens / limits.blockSize)
    this.watermarkBlocks = Math.trunc(limits.watermarkBlocksFraction * limits.numBlocks)
    this.microBatchSize = Math.floor(limits.batchSizeCap / limits.pipelineStages)
  }

  get freeBlocks(): number {
    return this.limits.numBlocks - this.allocatedBlocks
  }

  allocate(sequence: VidurSequence, blocks: number): void {
    this.allocatedBlocks += blocks
    this.blocksOf.set(sequence, (this.blocksOf.get(sequence) ?? 0) + blocks)
  }

  free(sequence: VidurSequence): void {
    this.allocatedBlocks -= this.blocksOf.get(sequence) ?? 0
    this.blocksOf.delete(sequence)
  }

  /** Frees what finished; the rest waits for its next iteration. */
  takeBack({ sequences }: Draft): void {
    for (const sequence of sequences) {
      if (sequence.completed) this.free(sequence)
      else this.running.push(sequence)
    }
  }

  /** vLLM's rule: the prompt of a new request above the watermark, one block for a running one. */
  hasRoomFor(sequence: VidurSequence): boolean {
    if (this.blocksOf.has(sequence)) return this.freeBlocks >= 1
    return this.freeBlocks - this.promptBlocks(sequence) >= this.watermarkBlocks
  }

  /** Allocates the prompt of a new request, or one more block where the last is full. */
  grow(sequence: VidurSequence): void {
    const held = this.blocksOf.get(sequence)
    if (held === undefined) this.allocate(sequence, this.promptBlocks(sequence))
    else if (sequence.processed > held * this.limits.blockSize) this.allocate(sequence, 1)
  }

  /**
   * Makes room for a running request by restarting the last of the others, or itself if there is
   * no other; false if it restarted.
   */
  makeRoom(sequence: VidurSequence): boolean {
    while (!this.hasRoomFor(sequence)) {
      const victim = this.running.pop() ?? sequence
      victim.restart()
      this.free(victim)
      this.queue.unshift(victim)
      if (victim === sequence) return false
    }
    return true
  }

  private promptBlocks(sequence: VidurSequence): number {
    return Math.ceil(sequence.prefillTokens / this.limits.blockSize)
  }
}

/** Tokens of the next iteration of a request whose prompt is not split. */
export function wholeTokens(sequence: VidurSequence): number {
  return sequence.prefillComplete ? 1 : sequence.prefillTokens
}

/** Orders by arrival; equal arrivals keep their order. */
export const byArrival = (a: VidurSequence, b: VidurSequence) => a.arrivedAt - b.arrivedAt

/** A draft, or null if it is empty. */
export const draftOf = (sequences: VidurSequence[], tokens: number[]): Draft | null =>
  sequences.length > 0 ? { sequences, tokens } : null
