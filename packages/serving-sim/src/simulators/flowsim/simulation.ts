// The event loop of our own engine: arrivals, steps, KV transfers, deadlines and scaling on one clock
// of integer nanoseconds.
//
// At each instant everything that happens then is handled before any instance starts a step, so
// requests that arrive together, or as a step ends, are in the next batch together.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { EventQueue } from '../../core/event-queue.js'
import { type RequestState, RequestTable } from '../../core/request-table.js'
import { Timeline } from '../../core/timeline.js'
import { randomSource } from '../../random/random.js'
import type { Admission } from './cluster/admission.js'
import { ADMISSIONS } from './cluster/admissions/index.js'
import { Autoscaler } from './cluster/autoscaler.js'
import type { Router } from './cluster/router.js'
import { ROUTERS } from './cluster/routers/index.js'
import { Instance } from './instance.js'
import type { FlowsimOptions } from './options.js'
import type { Sequence, SequenceState } from './sequence.js'
import { SequenceFactory } from './sequence-factory.js'

/** One step of one instance. */
export interface BatchRecord {
  instance: number
  startNs: number
  durationNs: number
  size: number
  prefillTokens: number
  decodeTokens: number
}

/** What a run gives back before it is summed up. */
export interface FlowsimRun {
  table: RequestTable
  instances: Instance[]
  endNs: number
  timeline: Timeline
  batches: BatchRecord[] | null
  /** Nanoseconds for which each instance was up. */
  upNs: number[]
}

type Event =
  | 'arrival'
  | 'queued'
  | 'step end'
  | 'stage free'
  | 'transferred'
  | 'deadline'
  | 'scale'
  | 'instance up'

/** Order of events at equal times. */
const PRIORITY: Record<Event, number> = {
  arrival: 0,
  queued: 0,
  transferred: 0,
  'instance up': 0,
  'step end': 1,
  deadline: 2,
  scale: 3,
  'stage free': 3,
}

/** Runs requests, in order of arrival, through a cluster. */
export function runFlowsim(
  requests: readonly WorkloadRequest[],
  options: FlowsimOptions,
): FlowsimRun {
  return new Simulation(requests, options).run()
}

class Simulation {
  private readonly table: RequestTable
  private readonly instances: Instance[]
  private readonly events = new EventQueue<Event>()
  private readonly factory: SequenceFactory
  private readonly timeline = new Timeline()
  private readonly batches: BatchRecord[] | null
  private readonly router: Router
  private readonly decodeRouter: Router
  private readonly admission: Admission
  private readonly autoscaler: Autoscaler | null
  /** Requests in the system, by index. */
  private readonly live = new Map<number, Sequence>()
  /** Instances that may start a step at this instant. */
  private readonly dirty: Instance[] = []
  private readonly linkFreeNs: number[]
  private readonly upSinceNs: number[]
  private readonly upNs: number[]
  private starting = 0
  private readonly isStarting = new Set<number>()
  private prefillTargets: Instance[] = []
  private decodeTargets: Instance[] = []
  private allArrived = false
  private endNs = 0
  private pending: number
  private readonly totals = { running: 0, waiting: 0, used: 0, blocks: 0 }
  private readonly seen: { running: number; waiting: number; used: number }[]

  constructor(
    private readonly requests: readonly WorkloadRequest[],
    private readonly options: FlowsimOptions,
  ) {
    const names = options.instances.map(({ name }) => name)
    this.table = new RequestTable(requests, names)
    this.instances = options.instances.map((instance, i) => new Instance(i, instance, this))
    this.factory = new SequenceFactory(requests, options)
    const { routing, admission, seed } = options
    this.router = ROUTERS[routing.policy](routing, randomSource(seed, 0))
    this.decodeRouter = ROUTERS[routing.policy](routing, randomSource(seed, 1))
    this.admission = ADMISSIONS[admission.policy](admission)
    this.autoscaler = options.autoscaling === null ? null : new Autoscaler(options.autoscaling)
    this.batches = options.recordBatches ? [] : null
    this.linkFreeNs = this.instances.map(() => 0)
    this.upSinceNs = this.instances.map(() => 0)
    this.upNs = this.instances.map(() => 0)
    this.pending = requests.length
    this.seen = this.instances.map(() => ({ running: 0, waiting: 0, used: 0 }))
    for (const { kv } of this.instances) this.totals.blocks += kv.blocks
    if (options.autoscaling !== null) {
      for (const [i, instance] of this.instances.entries()) {
        instance.accepting = i < options.autoscaling.min
        if (!instance.accepting) this.upSinceNs[i] = -1
      }
      this.schedule(options.autoscaling.intervalNs, 'scale')
    }
    this.findTargets()
  }

  run(): FlowsimRun {
    const { events, requests } = this
    let next = this.nextArrival(0)
    for (;;) {
      const arrivalNs = next < requests.length ? this.arrivalOf(next) : Number.POSITIVE_INFINITY
      const now = Math.min(arrivalNs, events.nextTime)
      if (now > this.options.horizonNs || now === Number.POSITIVE_INFINITY) break
      while (next < requests.length && this.arrivalOf(next) === now) {
        this.arrive(next, now)
        next = this.nextArrival(next + 1)
      }
      this.allArrived = next >= requests.length
      while (events.nextTime === now) {
        events.pop()
        this.handle(events.kind!, events.payload, now)
      }
      for (const instance of this.dirty.splice(0)) this.start(instance, now)
    }
    this.endNs = Math.min(this.options.horizonNs, this.endNs)
    if (this.options.horizonNs !== Number.POSITIVE_INFINITY && this.live.size > 0) {
      this.endNs = this.options.horizonNs
    }
    this.leaveUnfinished()
    for (const [i, instance] of this.instances.entries()) {
      instance.integrate(this.endNs)
      const since = this.upSinceNs[i]!
      if (since >= 0) this.upNs[i] = this.upNs[i]! + Math.max(0, this.endNs - since)
    }
    return {
      table: this.table,
      instances: this.instances,
      endNs: this.endNs,
      timeline: this.timeline,
      batches: this.batches,
      upNs: this.upNs,
    }
  }

  // Reports of instances.

  finished(sequence: Sequence, state: SequenceState, now: number): void {
    this.record(sequence, state === 'swapped' ? 'waiting' : (state as RequestState), now)
    this.live.delete(sequence.index)
    this.pending--
    this.endNs = Math.max(this.endNs, now)
    const next = this.factory.followerOf(sequence)
    if (next < 0) return
    if (state === 'completed' || state === 'length_capped') {
      const thinkNs = this.requests[next]!.thinkNs ?? 0
      this.schedule(now + thinkNs, 'arrival', next)
    } else {
      // A session ends with its first request that fails.
      for (let i = next; i >= 0; i = this.factory.nextInSession(i)) this.cancel(i, now)
    }
  }

  private cancel(index: number, now: number): void {
    this.table.setState(index, 'rejected')
    this.table.arrivalNs[index] = now
    this.table.finishedNs[index] = now
    this.pending--
  }

  prefilled(sequence: Sequence, now: number): void {
    const { latencyNs, bandwidthBytesPerS } = this.options.transfer
    const from = this.instances[sequence.instance]!
    const bytes = from.options.kv.sequenceBytes(sequence.computed)
    const startNs = Math.max(now, this.linkFreeNs[from.index]!)
    const sentNs = startNs + (bytes * 1e9) / bandwidthBytesPerS
    this.linkFreeNs[from.index] = sentNs
    this.schedule(Math.round(sentNs + latencyNs), 'transferred', sequence.index)
  }

  private schedule(time: number, event: Event, payload = 0): void {
    this.events.push(time, PRIORITY[event], event, payload)
  }

  /** @param payload a request or an instance, whatever the event is of */
  private handle(event: Event, payload: number, now: number): void {
    switch (event) {
      case 'arrival':
        this.arrive(payload, now)
        break
      case 'queued':
        this.enqueue(this.live.get(payload)!, now)
        break
      case 'step end':
        this.endStep(this.instances[payload]!, now)
        break
      case 'transferred':
        this.receive(this.live.get(payload), now)
        break
      case 'deadline':
        this.expire(this.live.get(payload), now)
        break
      case 'stage free':
        this.touch(this.instances[payload]!)
        break
      case 'scale':
        this.scale(now)
        break
      case 'instance up':
        this.bringUp(this.instances[payload]!, now)
        break
    }
  }

  /** Requests that wait for the end of another one have no arrival of their own. */
  private nextArrival(from: number): number {
    let i = from
    while (i < this.requests.length && this.factory.isFollower(i)) i++
    return i
  }

  private arrivalOf(index: number): number {
    return this.requests[index]!.arrivalNs
  }

  private arrive(index: number, now: number): void {
    const sequence = this.factory.create(index, now)
    this.table.arrivalNs[index] = now
    this.live.set(index, sequence)
    this.endNs = Math.max(this.endNs, now)
    if (sequence.deadlineNs < Number.POSITIVE_INFINITY) {
      this.schedule(Math.max(now, sequence.deadlineNs), 'deadline', index)
    }
    if (!this.admission.admits(sequence, this.prefillTargets, now)) {
      this.finished(sequence, 'rejected', now)
      return
    }
    const delayNs = Math.round(this.options.arrivalNs(sequence.inputTokens))
    if (delayNs > 0) {
      this.schedule(now + delayNs, 'queued', index)
    } else {
      this.enqueue(sequence, now)
    }
  }

  private enqueue(sequence: Sequence | undefined, now: number): void {
    if (sequence === undefined) return
    const targets = this.prefillTargets
    const instance = targets.length === 1 ? targets[0]! : this.router.pick(sequence, targets)
    instance.enqueue(sequence, now)
    this.touch(instance)
  }

  /** Instances that take requests of each phase. */
  private findTargets(): void {
    const accepting = (without: 'prefill' | 'decode') =>
      this.instances.filter(({ accepting, options }) => accepting && options.role !== without)
    this.prefillTargets = accepting('decode')
    this.decodeTargets = accepting('prefill')
  }

  private touch(instance: Instance): void {
    if (!this.dirty.includes(instance)) this.dirty.push(instance)
  }

  private start(instance: Instance, now: number): void {
    instance.integrate(now)
    const plan = instance.start(now)
    if (plan !== null) {
      this.schedule(now + plan.durationNs, 'step end', instance.index)
      if (this.batches !== null) this.recordBatch(instance, plan.sequences, plan)
      if (instance.options.pipelineStages > 1) {
        // The next batch may enter as soon as the first stage is free.
        this.schedule(Math.ceil(instance.nextStartNs), 'stage free', instance.index)
      }
    }
    this.level(instance, now)
  }

  private endStep(instance: Instance, now: number): void {
    instance.integrate(now)
    const plan = instance.complete(now)
    this.timeline.add(now, plan.tokens, instance.finishedLast)
    this.endNs = Math.max(this.endNs, now)
    this.touch(instance)
    if (!instance.accepting && instance.load === 0 && this.upSinceNs[instance.index]! >= 0) {
      this.upNs[instance.index] = this.upNs[instance.index]! + now - this.upSinceNs[instance.index]!
      this.upSinceNs[instance.index] = -1
    }
  }

  /** A transfer has ended: the prefill side is free of the request, the decode side has it. */
  private receive(sequence: Sequence | undefined, now: number): void {
    if (sequence === undefined) return
    const from = this.instances[sequence.instance]!
    from.integrate(now)
    from.handOver(sequence)
    this.touch(from)
    if (sequence.aborted) {
      this.finished(sequence, 'timed_out', now)
      return
    }
    // The first token reaches the client through the decode side.
    sequence.firstTokenNs = now
    sequence.lastTokenNs = now
    const targets = this.decodeTargets
    const to = targets.length === 1 ? targets[0]! : this.decodeRouter.pick(sequence, targets)
    to.enqueue(sequence, now)
    this.touch(to)
  }

  private expire(sequence: Sequence | undefined, now: number): void {
    if (sequence === undefined) return
    if (sequence.instance < 0) {
      this.finished(sequence, 'timed_out', now)
    } else if (sequence.state === 'transferring') {
      sequence.aborted = true
    } else {
      const instance = this.instances[sequence.instance]!
      instance.integrate(now)
      instance.abandon(sequence, now)
      this.touch(instance)
    }
  }

  private scale(now: number): void {
    const { autoscaler } = this
    if (autoscaler === null || this.pending === 0) return
    const active = this.instances.filter(({ accepting }) => accepting)
    const decision = autoscaler.decide(active, this.starting, now)
    if (decision === 'up') {
      const next = this.instances.find(
        ({ accepting, load, index }) => !accepting && load === 0 && !this.isStarting.has(index),
      )
      if (next !== undefined) {
        this.starting++
        this.isStarting.add(next.index)
        this.schedule(now + autoscaler.options.startupNs, 'instance up', next.index)
      }
    } else if (decision === 'down') {
      const last = active.at(-1)!
      last.accepting = false
      this.findTargets()
      if (last.load === 0) {
        this.upNs[last.index] = this.upNs[last.index]! + now - this.upSinceNs[last.index]!
        this.upSinceNs[last.index] = -1
      }
    }
    // With nothing else to come, waiting longer changes nothing.
    const over = this.events.size === 0 && this.dirty.length === 0 && this.allArrived
    if (!over) this.schedule(now + autoscaler.options.intervalNs, 'scale')
  }

  private bringUp(instance: Instance, now: number): void {
    this.starting--
    instance.accepting = true
    this.isStarting.delete(instance.index)
    this.upSinceNs[instance.index] = now
    this.findTargets()
  }

  private level(instance: Instance, now: number): void {
    const seen = this.seen[instance.index]!
    const { totals } = this
    const running = instance.running.length
    const waiting = instance.queued + instance.swapped.length
    const used = instance.kv.used
    totals.running += running - seen.running
    totals.waiting += waiting - seen.waiting
    totals.used += used - seen.used
    seen.running = running
    seen.waiting = waiting
    seen.used = used
    this.timeline.set(now, totals.running, totals.waiting, totals.used / totals.blocks)
  }

  private recordBatch(
    instance: Instance,
    sequences: readonly Sequence[],
    plan: { startNs: number; durationNs: number },
  ): void {
    let prefillTokens = 0
    let decodeTokens = 0
    for (const { scheduled, emitted } of sequences) {
      if (scheduled === 1 && emitted > 0) decodeTokens++
      else prefillTokens += scheduled
    }
    this.batches!.push({
      instance: instance.index,
      startNs: plan.startNs,
      durationNs: plan.durationNs,
      size: sequences.length,
      prefillTokens,
      decodeTokens,
    })
  }

  private record(sequence: Sequence, state: RequestState, now: number): void {
    const { table } = this
    const i = sequence.index
    const late = this.options.tokenOverheadNs
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

  private leaveUnfinished(): void {
    for (const sequence of this.live.values()) {
      const running = sequence.state === 'running' || sequence.state === 'transferring'
      this.record(sequence, running ? 'running' : 'waiting', this.endNs)
    }
  }
}
