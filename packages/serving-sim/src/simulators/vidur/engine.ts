// Vidur's event loop: seconds in doubles, events by time and then by creation.
//
//   arrival → global schedule → replica schedule → (batch arrives at a stage → stage schedule
//   → stage end)* → batch end → replica schedule → …
//
// Each arrow is an event of the same instant with a later number, so requests that arrive together
// are in the queue before a batch is formed. Source: microsoft/vidur, November 2024.
import { Deque } from '../../core/deque.js'
import { EventQueue } from '../../core/event-queue.js'
import { ServingError } from '../../errors.js'
import { PythonRandom } from '../../random/mersenne-twister.js'
import type { VidurModel } from './catalogue.js'
import { planMemory } from './memory-planner.js'
import type { StageTime } from './predictor.js'
import { VIDUR_SCHEDULERS } from './schedulers/index.js'
import {
  byArrival,
  type Draft,
  Replica,
  type ReplicaLimits,
  type ReplicaScheduler,
  type VidurSchedulerOptions,
} from './schedulers/replica.js'
import { type VidurBatch, type VidurRequest, VidurSequence } from './sequence.js'

export interface VidurOptions {
  model: VidurModel
  scheduler: VidurSchedulerOptions
  stageTime: StageTime
  /** Memory of a device in GiB. */
  deviceMemoryGiB: number
  /** Share of it that stays free. Default 0.1. */
  memoryMarginFraction?: number
  /** Default 1. */
  tensorParallel?: number
  /** Default 1. */
  pipelineStages?: number
  /** Default 1. */
  numReplicas?: number
  /** Default `round_robin`. `lor`: fewest queued requests. */
  globalScheduler?: 'round_robin' | 'random' | 'lor'
  /** Seed of `random`. Default 42. */
  seed?: number
  /** Most tokens of a request. Default 4096. */
  maxTokens?: number
  /** Seconds after which the run stops; 0 (default): never. */
  timeLimitS?: number
}

/** A batch in a pipeline stage. */
export interface VidurBatchStage {
  batchId: number
  replicaId: number
  stageId: number
  startS: number
  durationS: number
  requestIds: number[]
  numTokens: number[]
}

/** A batch from its forming to its last stage. */
export interface VidurBatchRecord {
  batchId: number
  numTokens: number
  numPrefillTokens: number
  numDecodeTokens: number
  size: number
  executionTimeS: number
}

export interface VidurResult {
  /** In the order of the requests given. */
  sequences: VidurSequence[]
  stages: VidurBatchStage[]
  batches: VidurBatchRecord[]
  endS: number
  numBlocks: number
  maxBatchSize: number
  /** Blocks still allocated at the end: FasterTransformer leaks some. */
  leakedBlocks: number
  /** Largest number of allocated blocks of a replica. */
  peakBlocks: number
  /** What ended early or went wrong. */
  warnings: string[]
}

const ARRIVAL = 0
const GLOBAL_SCHEDULE = 1
const REPLICA_SCHEDULE = 2
const STAGE_ARRIVAL = 3
const STAGE_SCHEDULE = 4
const STAGE_END = 5
const BATCH_END = 6

interface RunningBatch extends VidurBatch {
  draft: Draft
  replica: number
  stage: number
  duration: number
  prefillTokens: number
}

interface Stage {
  queue: Deque<RunningBatch>
  busy: boolean
}

/**
 * Simulates requests as Vidur does: the same batches at the same times.
 * @param requests in order of arrival
 */
export function simulateVidur(
  requests: readonly VidurRequest[],
  options: VidurOptions,
): VidurResult {
  const pipelineStages = options.pipelineStages ?? 1
  const numReplicas = options.numReplicas ?? 1
  const limits = resolveLimits(options, pipelineStages)
  const Scheduler = VIDUR_SCHEDULERS[options.scheduler.type]
  const schedulers: ReplicaScheduler[] = []
  const stages: Stage[][] = []
  for (let i = 0; i < numReplicas; i++) {
    schedulers.push(new Scheduler(new Replica(limits)))
    stages.push(Array.from({ length: pipelineStages }, () => ({ queue: new Deque(), busy: false })))
  }
  const runningBatches = new Array<number>(numReplicas).fill(0)
  const sequences = requests.map((request) => new VidurSequence(request))
  const stageRecords: VidurBatchStage[] = []
  const batchRecords: VidurBatchRecord[] = []
  // Batches by the payload of their events; slots are used again.
  const inFlight: RunningBatch[] = []
  const freeSlots: number[] = []
  const slotOf = new Map<RunningBatch, number>()
  const globalQueue: VidurSequence[] = []
  const choose = globalScheduler(options, schedulers)
  let batches = 0
  let peakBlocks = 0
  let endS = 0

  const events = new EventQueue()
  const schedule = (time: number, kind: number, payload: number) =>
    events.push(time, 0, kind, payload)
  for (const [i, sequence] of sequences.entries()) schedule(sequence.arrivedAt, ARRIVAL, i)

  const start = (draft: Draft, replica: number, time: number): number => {
    const batch: RunningBatch = {
      id: batches++,
      sequences: draft.sequences,
      tokens: draft.tokens,
      scheduledAt: time,
      draft,
      replica,
      stage: 0,
      duration: 0,
      prefillTokens: draft.sequences.reduce(
        (sum, { prefillComplete }, i) => sum + (prefillComplete ? 0 : draft.tokens[i]!),
        0,
      ),
    }
    const slot = freeSlots.pop() ?? inFlight.length
    inFlight[slot] = batch
    slotOf.set(batch, slot)
    for (const sequence of batch.sequences) sequence.onBatchSchedule(time)
    return slot
  }

  while (events.pop()) {
    const { time, kind, payload } = events
    endS = time
    if (kind === ARRIVAL) {
      globalQueue.push(sequences[payload]!)
      schedule(time, GLOBAL_SCHEDULE, 0)
    } else if (kind === GLOBAL_SCHEDULE) {
      globalQueue.sort(byArrival)
      const touched = new Set<number>()
      const pending = schedulers.map(({ replica }) => replica.queue.length)
      for (const sequence of globalQueue) {
        const replica = choose(pending)
        touched.add(replica)
        schedulers[replica]!.replica.queue.push(sequence)
      }
      globalQueue.length = 0
      // A Python set of small integers yields them in ascending order.
      for (const replica of [...touched].sort((a, b) => a - b)) {
        schedule(time, REPLICA_SCHEDULE, replica)
      }
    } else if (kind === REPLICA_SCHEDULE) {
      const scheduler = schedulers[payload]!
      const drafts: Draft[] = []
      while (runningBatches[payload]! < pipelineStages) {
        const draft = scheduler.next()
        if (draft === null) break
        drafts.push(draft)
        runningBatches[payload]!++
      }
      peakBlocks = Math.max(peakBlocks, scheduler.replica.allocatedBlocks)
      for (const draft of drafts) schedule(time, STAGE_ARRIVAL, start(draft, payload, time))
    } else if (kind === STAGE_ARRIVAL) {
      const batch = inFlight[payload]!
      stages[batch.replica]![batch.stage]!.queue.push(batch)
      schedule(time, STAGE_SCHEDULE, batch.replica * pipelineStages + batch.stage)
    } else if (kind === STAGE_SCHEDULE) {
      const replicaId = Math.floor(payload / pipelineStages)
      const stageId = payload % pipelineStages
      const stage = stages[replicaId]![stageId]!
      if (stage.busy) continue
      const batch = stage.queue.shift()
      if (batch === undefined) continue
      stage.busy = true
      batch.duration = options.stageTime(batch, stageId)
      for (const sequence of batch.sequences) sequence.onStageSchedule(time)
      stageRecords.push({
        batchId: batch.id,
        replicaId,
        stageId,
        startS: time,
        durationS: batch.duration,
        requestIds: batch.sequences.map(({ id }) => id),
        numTokens: batch.tokens,
      })
      schedule(time + batch.duration, STAGE_END, slotOf.get(batch)!)
    } else if (kind === STAGE_END) {
      const batch = inFlight[payload]!
      stages[batch.replica]![batch.stage]!.busy = false
      for (const sequence of batch.sequences) sequence.onStageEnd(time, batch.duration)
      schedule(time, STAGE_SCHEDULE, batch.replica * pipelineStages + batch.stage)
      batch.stage++
      if (batch.stage < pipelineStages) schedule(time, STAGE_ARRIVAL, payload)
      else schedule(time, BATCH_END, payload)
    } else if (kind === BATCH_END) {
      const batch = inFlight[payload]!
      slotOf.delete(batch)
      freeSlots.push(payload)
      let total = 0
      for (const [i, sequence] of batch.sequences.entries()) {
        total += batch.tokens[i]!
        sequence.onBatchEnd(time, batch.tokens[i]!)
      }
      runningBatches[batch.replica]!--
      schedulers[batch.replica]!.onBatchEnd(batch.draft)
      batchRecords.push({
        batchId: batch.id,
        numTokens: total,
        numPrefillTokens: batch.prefillTokens,
        numDecodeTokens: total - batch.prefillTokens,
        size: batch.sequences.length,
        executionTimeS: time - batch.scheduledAt,
      })
      schedule(time, REPLICA_SCHEDULE, batch.replica)
    }
    if (options.timeLimitS && time > options.timeLimitS) break
  }
  const leakedBlocks = schedulers.reduce((sum, { replica }) => sum + replica.allocatedBlocks, 0)
  const unfinished = sequences.filter(({ completed }) => !completed).length
  const warnings = schedulers.flatMap(({ replica }) => replica.stuck ?? [])
  if (unfinished > 0) warnings.push(`${unfinished} requests were not finished`)
  else if (leakedBlocks > 0) warnings.push(`${leakedBlocks} blocks were never freed`)
  return {
    sequences,
    stages: stageRecords,
    batches: batchRecords,
    endS,
    numBlocks: limits.numBlocks,
    maxBatchSize: limits.maxBatchSize,
    leakedBlocks,
    peakBlocks,
    warnings,
  }
}

function resolveLimits(options: VidurOptions, pipelineStages: number): ReplicaLimits {
  const { scheduler, model } = options
  const tensorParallel = options.tensorParallel ?? 1
  if (model.queryHeads % tensorParallel !== 0 || model.layers % pipelineStages !== 0) {
    throw new ServingError(
      'impossible_parallelism',
      `${model.queryHeads} heads over ${tensorParallel} tensor-parallel devices and ` +
        `${model.layers} layers over ${pipelineStages} stages must both divide`,
    )
  }
  const maxTokens = options.maxTokens ?? 4096
  const blockSize = scheduler.blockSize ?? 16
  const plan = planMemory(
    model,
    { tensorParallel, pipelineStages },
    { deviceGiB: options.deviceMemoryGiB, marginFraction: options.memoryMarginFraction ?? 0.1 },
    { maxTokens, blockSize },
  )
  return {
    batchSizeCap: scheduler.batchSizeCap ?? 128,
    blockSize,
    watermarkBlocksFraction: scheduler.watermarkBlocksFraction ?? 0.01,
    numBlocks: scheduler.numBlocks ?? plan.numBlocks,
    maxTokensInBatch: scheduler.maxTokensInBatch ?? 4096,
    chunkSize: scheduler.chunkSize ?? 512,
    maxWaitingIters: scheduler.maxWaitingIters ?? 10,
    maxBatchSize: plan.maxBatchSize,
    maxTokens,
    pipelineStages,
  }
}

/** Picks the replica of the next request; `pending` are queue lengths, and grows with the picks. */
function globalScheduler(
  options: VidurOptions,
  schedulers: readonly ReplicaScheduler[],
): (pending: number[]) => number {
  const count = schedulers.length
  if (options.globalScheduler === 'lor') {
    return (pending) => {
      const replica = pending.indexOf(Math.min(...pending))
      pending[replica]!++
      return replica
    }
  }
  if (options.globalScheduler === 'random') {
    const random = new PythonRandom(options.seed ?? 42)
    return () => random.randint(1, count) - 1
  }
  let counter = 0
  return () => counter++ % count
}
