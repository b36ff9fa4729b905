// Flags of inference-sim at its head, with its defaults.
import type { StepBatch } from '@flowsim/trace-schema'

/** Times that its latency model gives, in µs. */
export interface Latency {
  /** Whole µs of a step. */
  stepUs(batch: StepBatch): number
  /** From arrival to the queue: α0 + α1 · prompt tokens for `roofline`, α0 for `trained-physics`. */
  queueingUs(inputTokens: number): number
  /** For each output token. */
  tokenUs: number
  /** Once, after the last token. */
  postDecodeUs: number
}

export interface HeadOptions {
  latency: Latency
  totalKvBlocks: number
  blockSize: number
  /** Most requests in the running batch. */
  maxNumSeqs: number
  /** Token budget of a step. */
  maxNumBatchedTokens: number
  /** Prompts longer than this are prefilled in chunks of it; 0: no. */
  longPrefillTokenThreshold: number
  /** Tokens of prompt and output together; 0: unlimited. */
  maxModelLen: number
  scheduler: 'fcfs' | 'priority-fcfs' | 'sjf' | 'reverse-priority'
  /** Who loses its blocks: the tail of the batch, or the least urgent. */
  preemptionPolicy: 'fcfs' | 'priority'
  numInstances: number
  routingPolicy: 'round-robin' | 'least-loaded'
  /** Seed of the router's ties. */
  seed: number
  horizonUs: number
}

/** Options that have no default. */
type Required = 'latency' | 'totalKvBlocks'

/** What a caller gives. */
export type GivenHeadOptions = Pick<HeadOptions, Required> & Partial<Omit<HeadOptions, Required>>

export const headOptions = (given: GivenHeadOptions): HeadOptions => ({
  blockSize: 16,
  maxNumSeqs: 256,
  maxNumBatchedTokens: 2048,
  longPrefillTokenThreshold: 0,
  maxModelLen: 0,
  scheduler: 'fcfs',
  preemptionPolicy: 'fcfs',
  numInstances: 1,
  routingPolicy: 'round-robin',
  seed: 42,
  horizonUs: Number.MAX_SAFE_INTEGER,
  ...given,
})
