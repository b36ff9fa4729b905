// What is kept of a run: the table of requests, how it went over time, and its batches where asked for.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { type RequestState, RequestTable } from '../../core/request-table.js'
import { Timeline } from '../../core/timeline.js'
import type { Instance } from './instance/instance.js'
import type { StepPlan } from './instance/step-plan.js'
import type { Sequence } from './sequence.js'

/** One step of one instance. */
export interface BatchRecord {
  instance: number
  startNs: number
  durationNs: number
  size: number
  prefillTokens: number
  decodeTokens: number
}

export class Recorder {
  readonly table: RequestTable
  readonly timeline = new Timeline()
  readonly batches: BatchRecord[] | null
  private readonly totals = { running: 0, waiting: 0, used: 0, blocks: 0 }
  private readonly seen: { running: number; waiting: number; used: number }[]

  /** @param tokenOverheadNs from a generated token until the client has it */
  constructor(
    requests: readonly WorkloadRequest[],
    instances: readonly Instance[],
    private readonly options: { tokenOverheadNs: number; recordBatches: boolean },
  ) {
    this.table = new RequestTable(
      requests,
      instances.map(({ options }) => options.name),
    )
    this.batches = options.recordBatches ? [] : null
    this.seen = instances.map(() => ({ running: 0, waiting: 0, used: 0 }))
    for (const { kv } of instances) this.totals.blocks += kv.blocks
  }

  /** How full an instance is from `now` on. */
  level(instance: Instance, now: number): void {
    const { totals } = this
    const seen = this.seen[instance.index]!
    const running = instance.running.length
    const waiting = instance.queued + instance.swapped.length
    const { used } = instance.kv
    totals.running += running - seen.running
    totals.waiting += waiting - seen.waiting
    totals.used += used - seen.used
    seen.running = running
    seen.waiting = waiting
    seen.used = used
    this.timeline.set(now, totals.running, totals.waiting, totals.used / totals.blocks)
  }

  batch(instance: Instance, { sequences, startNs, durationNs }: StepPlan): void {
    if (this.batches === null) return
    let prefillTokens = 0
    let decodeTokens = 0
    for (const sequence of sequences) {
      if (sequence.isDecoded) decodeTokens += sequence.scheduled
      else prefillTokens += sequence.scheduled
    }
    this.batches.push({
      instance: instance.index,
      startNs,
      durationNs,
      size: sequences.length,
      prefillTokens,
      decodeTokens,
    })
  }

  arrived(index: number, now: number): void {
    this.table.arrivalNs[index] = now
  }

  /** A request that never was: one before it in its session failed. */
  cancelled(index: number, now: number): void {
    this.table.setState(index, 'rejected')
    this.table.arrivalNs[index] = now
    this.table.finishedNs[index] = now
  }

  /** How a request stands at `now`. */
  request(sequence: Sequence, state: RequestState, now: number): void {
    const { table } = this
    const { tokenOverheadNs: late } = this.options
    const i = sequence.index
    table.setState(i, state)
    table.scheduledNs[i] = sequence.scheduledNs
    table.firstTokenNs[i] = sequence.firstTokenNs < 0 ? -1 : sequence.firstTokenNs + late
    const ended = state !== 'waiting' && state !== 'running'
    const generated = state === 'completed' || state === 'length_capped'
    table.finishedNs[i] = ended ? now + (generated ? late : 0) : -1
    table.emitted[i] = Math.min(sequence.emitted, sequence.outputTokens)
    table.cached[i] = sequence.cached
    table.preemptions[i] = sequence.preemptions
    table.instance[i] = sequence.instance
  }
}
