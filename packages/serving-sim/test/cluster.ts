// Small clusters in tests.
import type { StepTimeModel, WorkloadRequest } from '@flowsim/trace-schema'
import type { RoutingPolicy } from '../src/simulators/flowsim/cluster/routers/index.js'
import type { TierOptions } from '../src/simulators/flowsim/kv/tiers/options.js'
import type {
  FlowsimOptions,
  InstanceOptions,
  SchedulerOptions,
} from '../src/simulators/flowsim/options.js'
import type { SpeculationOptions } from '../src/simulators/flowsim/speculation/options.js'
import { NO_FRONTEND } from '../src/step-time/engine-rules.js'

/** 1 ms, 1 µs for each new token, 10 ns for each token of context. */
export const stepTime: StepTimeModel = {
  name: 'linear',
  stepNs: (batch) => 1e6 + batch.tokens * 1e3 + batch.decodeContextSum * 10,
}

const scheduler: SchedulerOptions = {
  policy: 'vllm-v1',
  maxNumSeqs: 8,
  maxNumBatchedTokens: 64,
  longPrefillTokenThreshold: 0,
  maxModelLen: 0,
  order: 'fcfs',
  preemption: 'recompute',
  watermark: 0.01,
  maxWaitingSteps: 3,
  balanceSteps: 0,
  reservation: 'as-needed',
  asyncScheduling: false,
}

type Overrides = Partial<Omit<InstanceOptions, 'scheduler' | 'kv'>> & {
  scheduler?: Partial<SchedulerOptions>
  kv?: Partial<InstanceOptions['kv']>
}

export function instance(overrides: Overrides = {}): InstanceOptions {
  return {
    name: 'i0',
    role: 'both',
    stepTime,
    devices: 1,
    device: null,
    cpuOverhead: { perStepNs: 0, perSequenceNs: 0, overlapped: false },
    graphs: {
      decodeGraphs: { upTo: Number.POSITIVE_INFINITY },
      prefillGraphs: { upTo: Number.POSITIVE_INFINITY },
      padsToGraph: false,
    },
    speculation: null,
    pipelineStages: 1,
    ...overrides,
    scheduler: { ...scheduler, ...overrides.scheduler },
    kv: {
      blocks: 40,
      blockSize: 4,
      replicas: 1,
      prefixCaching: true,
      snapshotTokens: 0,
      bytesPerBlock: 1e6,
      sequenceBytes: (tokens) => 1e6 * Math.ceil(tokens / 4),
      extraBlocks: null,
      swapBlocks: 0,
      tiers: [],
      hostBandwidthBytesPerS: 25e9,
      hostLatencyNs: 1000,
      ...overrides.kv,
    },
  }
}

/** A tier that evicted blocks move to; a block takes a millisecond from there. */
export const tier = (
  type: TierOptions['type'],
  blocks: number,
  overrides: Partial<TierOptions> = {},
): TierOptions => ({
  type,
  blocks,
  write: 'back',
  shared: type === 'remote',
  latencyNs: 0,
  blockNs: type === 'host' ? 0 : 1e6,
  totalBlockNs: 0,
  warm: 0,
  ...overrides,
})

/** Three tokens, drafted by a model ten times as fast as the large one. */
export function drafting(overrides: Partial<SpeculationOptions> = {}): SpeculationOptions {
  return {
    method: 'draft-model',
    tokens: 3,
    passes: [1, 1],
    reach: [0.8, 0.6, 0.3],
    draftedShare: 1,
    drafter: { name: 'draft', stepNs: (batch) => stepTime.stepNs(batch) / 10 },
    hostNs: 0,
    maxBatch: Number.POSITIVE_INFINITY,
    seed: 5,
    ...overrides,
  }
}

export function options(
  instances: InstanceOptions[],
  overrides: Partial<FlowsimOptions> = {},
): FlowsimOptions {
  return {
    instances,
    routing: routing('round-robin'),
    admission: {
      policy: 'always',
      burstTokens: 0,
      tokensPerS: 0,
      maxQueue: 1,
      maxKvUse: 1,
      shedPriority: 0,
    },
    transfer: { latencyNs: 1000, bandwidthBytesPerS: 25e9 },
    autoscaling: { prefill: null, decode: null },
    frontend: NO_FRONTEND,
    tokenOverheadNs: 0,
    timeoutNs: Number.POSITIVE_INFINITY,
    horizonNs: Number.POSITIVE_INFINITY,
    seed: 1,
    recordBatches: true,
    priorities: {},
    ...overrides,
  }
}

export const routing = (
  policy: RoutingPolicy,
  more: Partial<FlowsimOptions['routing']> = {},
): FlowsimOptions['routing'] => ({
  policy,
  stalenessNs: 0,
  index: 'precise',
  indexBlocks: 1000,
  scorers: { 'prefix-cache': 2, 'queue-depth': 1 },
  cacheThreshold: 0.5,
  balanceAbsThreshold: 32,
  balanceRelThreshold: 1.1,
  overlapWeight: 1,
  ...more,
})

export const request = (id: number, overrides: Partial<WorkloadRequest> = {}): WorkloadRequest => ({
  id: `r${id}`,
  arrivalNs: 0,
  inputTokens: 20,
  outputTokens: 5,
  ...overrides,
})
