// Flags of inference-sim at its head, with its defaults.
import type { StepBatch } from '@flowsim/trace-schema'
import type { HeadAdmissionPolicy } from './admission.js'
import type { HeadScorerName } from './scorers.js'

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
  admission: {
    policy: HeadAdmissionPolicy
    /** `token-bucket`: prompt tokens that it holds, and that flow in each second. */
    capacity: number
    refillPerS: number
    /** `tier-shed`: load above which classes below the priority are refused. */
    overloadThreshold: number
    minPriority: number
  }
  /** From arrival to the decision of each. */
  admissionLatencyUs: number
  routingLatencyUs: number
  routingPolicy: 'round-robin' | 'least-loaded' | 'weighted' | 'always-busiest'
  /** Weights of `weighted`, in the order in which they are added up. */
  scorers: Partial<Record<HeadScorerName, number>>
  /** How old what instances report, and which prefixes they hold, may be; 0: the state of the moment. */
  snapshotRefreshUs: number
  cacheSignalDelayUs: number
  /** Seed of the router's ties. */
  seed: number
  horizonUs: number
}

/** Options that have no default. */
type Required = 'latency' | 'totalKvBlocks'

/** What a caller gives. */
export type GivenHeadOptions = Pick<HeadOptions, Required> & Partial<Omit<HeadOptions, Required>>

/** Its defaults. */
export const HEAD_DEFAULTS: Omit<HeadOptions, Required> = {
  blockSize: 16,
  maxNumSeqs: 256,
  maxNumBatchedTokens: 2048,
  longPrefillTokenThreshold: 0,
  maxModelLen: 0,
  scheduler: 'fcfs',
  preemptionPolicy: 'fcfs',
  numInstances: 1,
  admission: {
    policy: 'always-admit',
    capacity: 10_000,
    refillPerS: 1000,
    overloadThreshold: 0,
    minPriority: 3,
  },
  admissionLatencyUs: 0,
  routingLatencyUs: 0,
  routingPolicy: 'round-robin',
  scorers: { 'precise-prefix-cache': 2, 'queue-depth': 1, 'kv-utilization': 1 },
  snapshotRefreshUs: 50_000,
  cacheSignalDelayUs: 50_000,
  seed: 42,
  horizonUs: Number.MAX_SAFE_INTEGER,
}

export const headOptions = (given: GivenHeadOptions): HeadOptions => ({
  ...HEAD_DEFAULTS,
  ...given,
})
