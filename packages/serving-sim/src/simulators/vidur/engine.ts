// Vidur's event loop: seconds in doubles, events by time and then by creation.
//
//   arrival → global schedule → replica schedule → (batch arrives at a stage → stage schedule
//   → stage end)* → batch end → replica schedule → …
//
// Each arrow is an event of the same instant with a later number, so requests that arrive together
// are in the queue before a batch is formed. Source: microsoft/vidur, November 2024.
import { Deque } from '../../core/deque.js'
import { EventQueue } from '../../core/event-queue.js'
import { type GlobalScheduler, globalScheduler } from './global-scheduler.js'
import { resolveLimits, type VidurOptions } from './options.js'
import { VIDUR_SCHEDULERS } from './schedulers/index.js'
import {
  byArrival,
  type Draft,
  Replica,
  type ReplicaLimits,
  type ReplicaScheduler,
} from './schedulers/replica.js'
import { type VidurBatch, type VidurRequest, VidurSequence } from './sequence.js'

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

/**
 * Simulates requests as Vidur does: the same batches at the same times.
 * @param requests in order of arrival
 */
export function simulateVidur(
  requests: readonly VidurRequest[],
  options: VidurOptions,
): VidurResult {
  return new Simulation(requests, options).run()
}

type Event =
  | 'arrival'
  | 'global schedule'
  | 'replica schedule'
  | 'stage arrival'
  | 'stage schedule'
  | 'stage end'
  | 'batch end'

interface RunningBatch extends VidurBatch {
  draft: Draft
  replica: number
  stage: number
  duration: number
  prefillTokens: number
  /** Where it stands among the batches under way. */
  slot: number
}

interface Stage {
  queue: Deque<RunningBatch>
  busy: boolean
}

/** A replica with its scheduler and its stages. */
interface ReplicaState {
  scheduler: ReplicaScheduler
  stages: Stage[]
  runningBatches: number
}

class Simulation {
  private readonly events = new EventQueue<Event>()
  private readonly limits: ReplicaLimits
  private readonly pipelineStages: number
  private readonly replicas: ReplicaState[]
  private readonly sequences: VidurSequence[]
  private readonly globalQueue: VidurSequence[] = []
  private readonly chooseReplica: GlobalScheduler
  /** Batches under way, by the payload of their events; slots are used again. */
  private readonly inFlight: RunningBatch[] = []
  private readonly freeSlots: number[] = []
  private readonly stageRecords: VidurBatchStage[] = []
  private readonly batchRecords: VidurBatchRecord[] = []
  private batches = 0
  private peakBlocks = 0

  constructor(
    requests: readonly VidurRequest[],
    private readonly options: VidurOptions,
  ) {
    this.limits = resolveLimits(options)
    this.pipelineStages = options.pipelineStages ?? 1
    const Scheduler = VIDUR_SCHEDULERS[options.scheduler.type]
    this.replicas = Array.from({ length: options.numReplicas ?? 1 }, () => ({
      scheduler: new Scheduler(new Replica(this.limits)),
      stages: Array.from({ length: this.pipelineStages }, () => ({
        queue: new Deque<RunningBatch>(),
        busy: false,
      })),
      runningBatches: 0,
    }))
    this.sequences = requests.map((request) => new VidurSequence(request))
    this.chooseReplica = globalScheduler(options)
  }

  run(): VidurResult {
    const { events, sequences, limits } = this
    const { timeLimitS = 0 } = this.options
    for (const [i, { arrivedAt }] of sequences.entries()) this.schedule(arrivedAt, 'arrival', i)
    let endS = 0
    while (events.pop()) {
      endS = events.time
      this.handle(events.kind!, events.payload, endS)
      if (timeLimitS > 0 && endS > timeLimitS) break
    }
    const leakedBlocks = this.replicas.reduce(
      (sum, { scheduler }) => sum + scheduler.replica.allocatedBlocks,
      0,
    )
    return {
      sequences,
      stages: this.stageRecords,
      batches: this.batchRecords,
      endS,
      numBlocks: limits.numBlocks,
      maxBatchSize: limits.maxBatchSize,
      leakedBlocks,
      peakBlocks: this.peakBlocks,
      warnings: this.warnings(leakedBlocks),
    }
  }

  private schedule(time: number, event: Event, payload = 0): void {
    this.events.push(time, 0, event, payload)
  }

  /** @param payload a request, a replica, a stage or a batch under way, whatever the event is of */
  private handle(event: Event, payload: number, now: number): void {
    switch (event) {
      case 'arrival':
        this.globalQueue.push(this.sequences[payload]!)
        this.schedule(now, 'global schedule')
        break
      case 'global schedule':
        this.scheduleGlobally(now)
        break
      case 'replica schedule':
        this.scheduleReplica(payload, now)
        break
      case 'stage arrival':
        this.arriveAtStage(this.inFlight[payload]!, now)
        break
      case 'stage schedule':
        this.scheduleStage(
          Math.floor(payload / this.pipelineStages),
          payload % this.pipelineStages,
          now,
        )
        break
      case 'stage end':
        this.endStage(this.inFlight[payload]!, now)
        break
      case 'batch end':
        this.endBatch(this.inFlight[payload]!, now)
        break
    }
  }

  private scheduleGlobally(now: number): void {
    this.globalQueue.sort(byArrival)
    const touched = new Set<number>()
    const pending = this.replicas.map(({ scheduler }) => scheduler.replica.queue.length)
    for (const sequence of this.globalQueue) {
      const replica = this.chooseReplica(pending)
      touched.add(replica)
      this.replicas[replica]!.scheduler.replica.queue.push(sequence)
    }
    this.globalQueue.length = 0
    // A Python set of small integers yields them in ascending order.
    for (const replica of [...touched].sort((a, b) => a - b)) {
      this.schedule(now, 'replica schedule', replica)
    }
  }

  private scheduleReplica(index: number, now: number): void {
    const state = this.replicas[index]!
    const drafts: Draft[] = []
    while (state.runningBatches < this.pipelineStages) {
      const draft = state.scheduler.next()
      if (draft === null) break
      drafts.push(draft)
      state.runningBatches++
    }
    this.peakBlocks = Math.max(this.peakBlocks, state.scheduler.replica.allocatedBlocks)
    for (const draft of drafts) this.schedule(now, 'stage arrival', this.start(draft, index, now))
  }

  /** @returns slot of the batch */
  private start(draft: Draft, replica: number, now: number): number {
    const { sequences, tokens } = draft
    let prefillTokens = 0
    for (const [i, sequence] of sequences.entries()) {
      if (!sequence.prefillComplete) prefillTokens += tokens[i]!
      sequence.onBatchSchedule(now)
    }
    const slot = this.freeSlots.pop() ?? this.inFlight.length
    this.inFlight[slot] = {
      id: this.batches++,
      sequences,
      tokens,
      scheduledAt: now,
      draft,
      replica,
      stage: 0,
      duration: 0,
      prefillTokens,
      slot,
    }
    return slot
  }

  private arriveAtStage(batch: RunningBatch, now: number): void {
    const { replica, stage } = batch
    this.replicas[replica]!.stages[stage]!.queue.push(batch)
    this.schedule(now, 'stage schedule', replica * this.pipelineStages + stage)
  }

  private scheduleStage(replicaId: number, stageId: number, now: number): void {
    const stage = this.replicas[replicaId]!.stages[stageId]!
    if (stage.busy) return
    const batch = stage.queue.shift()
    if (batch === undefined) return
    stage.busy = true
    batch.duration = this.options.stageTime(batch, stageId)
    for (const sequence of batch.sequences) sequence.onStageSchedule(now)
    this.stageRecords.push({
      batchId: batch.id,
      replicaId,
      stageId,
      startS: now,
      durationS: batch.duration,
      requestIds: batch.sequences.map(({ id }) => id),
      numTokens: batch.tokens,
    })
    this.schedule(now + batch.duration, 'stage end', batch.slot)
  }

  private endStage(batch: RunningBatch, now: number): void {
    const { replica, stage, slot } = batch
    this.replicas[replica]!.stages[stage]!.busy = false
    for (const sequence of batch.sequences) sequence.onStageEnd(now, batch.duration)
    this.schedule(now, 'stage schedule', replica * this.pipelineStages + stage)
    batch.stage++
    const isLast = batch.stage === this.pipelineStages
    this.schedule(now, isLast ? 'batch end' : 'stage arrival', slot)
  }

  private endBatch(batch: RunningBatch, now: number): void {
    this.freeSlots.push(batch.slot)
    let total = 0
    for (const [i, sequence] of batch.sequences.entries()) {
      total += batch.tokens[i]!
      sequence.onBatchEnd(now, batch.tokens[i]!)
    }
    const state = this.replicas[batch.replica]!
    state.runningBatches--
    state.scheduler.onBatchEnd(batch.draft)
    this.batchRecords.push({
      batchId: batch.id,
      numTokens: total,
      numPrefillTokens: batch.prefillTokens,
      numDecodeTokens: total - batch.prefillTokens,
      size: batch.sequences.length,
      executionTimeS: now - batch.scheduledAt,
    })
    this.schedule(now, 'replica schedule', batch.replica)
  }

  private warnings(leakedBlocks: number): string[] {
    const found = this.replicas.flatMap(({ scheduler }) => scheduler.replica.stuck ?? [])
    const unfinished = this.sequences.filter(({ completed }) => !completed).length
    if (unfinished > 0) found.push(`${unfinished} requests were not finished`)
    else if (leakedBlocks > 0) found.push(`${leakedBlocks} blocks were never freed`)
    return found
  }
}
