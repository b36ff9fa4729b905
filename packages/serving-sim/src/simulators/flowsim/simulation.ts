// The event loop of FlowSim's simulator: arrivals, steps, KV transfers, deadlines and scaling on one clock of integer
// nanoseconds.
//
// At each instant everything that happens then is handled before any instance starts a step, so requests that
// arrive together, or as a step ends, are in the next batch together.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { EventQueue } from '../../core/event-queue.js'
import type { RequestState, RequestTable } from '../../core/request-table.js'
import type { Timeline } from '../../core/timeline.js'
import type { Admission } from './cluster/admission.js'
import { ADMISSIONS } from './cluster/admissions/index.js'
import { EncodeStage } from './cluster/encode-stage.js'
import { KvLinks } from './cluster/kv-links.js'
import type { Pool } from './cluster/pool.js'
import { type PoolsByModel, poolsByModel } from './cluster/pools-by-model.js'
import type { EncodeInstance } from './images/encode-instance.js'
import { Instance } from './instance/instance.js'
import type { InstanceEvents } from './instance/instance-events.js'
import { createTiers } from './kv/tiers/create-tiers.js'
import { warmTiers } from './kv/tiers/warm-tiers.js'
import type { FlowsimOptions } from './options.js'
import { Outages } from './outages/outages.js'
import { type BatchRecord, Recorder } from './recorder.js'
import type { Sequence, SequenceState } from './sequence.js'
import { SequenceFactory } from './sequence-factory.js'

/** What a run gives back before it is summed up. */
export interface FlowsimRun {
  table: RequestTable
  instances: Instance[]
  encode: EncodeStage
  endNs: number
  timeline: Timeline
  batches: BatchRecord[] | null
  /** Nanoseconds for which each instance was up. */
  upNs: number[]
}

type Event =
  | 'arrival'
  | 'queued'
  | 'prepared'
  | 'encoded'
  | 'embedded'
  | 'step end'
  | 'stage free'
  | 'transferred'
  | 'deadline'
  | 'scale'
  | 'instance up'
  | 'failure'
  | 'restored'

/** Order of events at equal times. */
const PRIORITY: Record<Event, number> = {
  arrival: 0,
  queued: 0,
  prepared: 0,
  encoded: 1,
  embedded: 0,
  transferred: 0,
  'instance up': 0,
  restored: 0,
  failure: 2,
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

class Simulation implements InstanceEvents {
  private readonly instances: Instance[]
  private readonly events = new EventQueue<Event>()
  private readonly factory: SequenceFactory
  private readonly recorder: Recorder
  private readonly pools: PoolsByModel
  private readonly admission: Admission
  private readonly links: KvLinks
  private readonly encode: EncodeStage
  /** Requests in the system, by index. */
  private readonly live = new Map<number, Sequence>()
  /** Those whose KV has gone from a prefill to a decode instance. */
  private readonly received = new Set<number>()
  private readonly isSplit: boolean
  /** Instances that may start a step at this instant. */
  private readonly dirty: Instance[] = []
  /** Encode instances that may start a batch at this instant. */
  private readonly encoding: EncodeInstance[] = []
  /** Requests that came while no instance took any. */
  private stranded: Sequence[] = []
  private allArrived = false
  private endNs = 0
  private pending: number

  constructor(
    private readonly requests: readonly WorkloadRequest[],
    private readonly options: FlowsimOptions,
  ) {
    const tiers = createTiers(options.instances)
    this.instances = options.instances.map(
      (instance, i) => new Instance(i, instance, this, tiers[i]),
    )
    this.factory = new SequenceFactory(requests, options)
    warmTiers(tiers, options.instances, requests, (request) => this.factory.sharedPart(request))
    this.recorder = new Recorder(requests, this.instances, options)
    this.pools = poolsByModel(this.instances, options)
    this.admission = ADMISSIONS[options.admission.policy](options.admission)
    this.links = new KvLinks(options.transfer)
    this.encode = new EncodeStage(options.encoders ?? [], this.links)
    this.isSplit = options.instances.some(({ role }) => role !== 'both')
    this.pending = requests.length
    for (const [i, { autoscaler }] of this.pools.all.entries()) {
      if (autoscaler !== null) this.schedule(autoscaler.options.intervalNs, 'scale', i)
    }
    this.startOutages()
  }

  private startOutages(): void {
    for (const [i, instance] of this.instances.entries()) {
      const { outages = null } = instance.options
      if (outages === null) continue
      instance.outages = new Outages(outages, this.options.seed, i)
      this.schedule(instance.outages.nextNs(), 'failure', i)
    }
  }

  run(): FlowsimRun {
    const { events, requests, recorder } = this
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
      for (const encoder of this.encoding.splice(0)) this.startEncoding(encoder, now)
    }
    this.endNs = Math.min(this.options.horizonNs, this.endNs)
    if (this.options.horizonNs !== Number.POSITIVE_INFINITY && this.live.size > 0) {
      this.endNs = this.options.horizonNs
    }
    this.leaveUnfinished()
    for (const instance of this.instances) instance.integrate(this.endNs)
    return {
      table: recorder.table,
      instances: this.instances,
      encode: this.encode,
      endNs: this.endNs,
      timeline: recorder.timeline,
      batches: recorder.batches,
      upNs: this.instances.map((instance) => this.pools.of(instance).upNsOf(instance, this.endNs)),
    }
  }

  // Reports of instances.

  finished(sequence: Sequence, state: SequenceState, now: number): void {
    this.recorder.request(sequence, state as RequestState, now)
    this.freeLent(sequence, now)
    this.live.delete(sequence.index)
    this.received.delete(sequence.index)
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
    this.recorder.cancelled(index, now)
    this.pending--
  }

  preparing(sequence: Sequence, readyNs: number): void {
    this.schedule(readyNs, 'prepared', sequence.index)
  }

  prefilled(sequence: Sequence, now: number): void {
    sequence.prefilledBy = sequence.instance
    const to = this.pools.for(sequence.model).decode.pick(sequence, now)
    to.integrate(now)
    to.expect(sequence, now)
    this.touch(to)
  }

  roomFor(sequence: Sequence, now: number): void {
    sequence.state = 'transferring'
    const from = this.instances[sequence.prefilledBy]!
    const to = this.instances[sequence.instance]!
    const arrivesNs = this.links.transfer(from, to, sequence.computed, now)
    this.schedule(Math.round(arrivesNs), 'transferred', sequence.index)
  }

  private schedule(time: number, event: Event, payload = 0): void {
    this.events.push(time, PRIORITY[event], event, payload)
  }

  /** @param payload a request, an instance or a pool, whatever the event is of */
  private handle(event: Event, payload: number, now: number): void {
    switch (event) {
      case 'arrival':
        this.arrive(payload, now)
        break
      case 'queued':
        this.enqueue(this.live.get(payload), now)
        break
      case 'prepared':
        this.letIn(this.live.get(payload), now)
        break
      case 'encoded':
        this.endEncoding(this.encode.instances[payload]!, now)
        break
      case 'embedded':
        this.takeEmbeddings(this.live.get(payload), now)
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
      case 'failure':
        this.fail(this.instances[payload]!, now)
        break
      case 'restored':
        this.restore(this.instances[payload]!, now)
        break
      case 'scale':
        this.scale(this.pools.all[payload]!, payload, now)
        break
      case 'instance up': {
        const instance = this.instances[payload]!
        this.pools.of(instance).bringUp(instance, now)
        break
      }
    }
  }

  /** Requests that wait for the end of another one have no arrival time. */
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
    this.recorder.arrived(index, now)
    this.live.set(index, sequence)
    this.endNs = Math.max(this.endNs, now)
    if (sequence.deadlineNs < Number.POSITIVE_INFINITY) {
      this.schedule(Math.max(now, sequence.deadlineNs), 'deadline', index)
    }
    if (!this.admission.admits(sequence, this.pools.for(sequence.model).prefill.targets, now)) {
      this.finished(sequence, 'rejected', now)
      return
    }
    const delayNs = this.frontendNs(sequence)
    if (delayNs > 0) this.schedule(now + delayNs, 'queued', index)
    else this.enqueue(sequence, now)
  }

  /**
   * From arrival until the scheduler sees a request, with an equal share of the others in each instance. Where
   * prefill and decode are apart, others are those that decode: a server sends nothing for the rest.
   */
  private frontendNs({ inputTokens }: Sequence): number {
    const { requestNs, busyNs, inputTokenNs, otherRequestNs } = this.options.frontend
    const others = (this.isSplit ? this.received.size : this.live.size - 1) / this.instances.length
    const besideNs = others > 0 ? busyNs + otherRequestNs * others : 0
    return Math.round(requestNs + inputTokenNs * inputTokens + besideNs)
  }

  private enqueue(sequence: Sequence | undefined, now: number): void {
    if (sequence === undefined) return
    const { prefill } = this.pools.for(sequence.model)
    if (prefill.targets.length === 0) {
      this.stranded.push(sequence)
      return
    }
    const encoder = this.encode.pick(sequence)
    if (encoder !== null) {
      encoder.push(sequence)
      this.touchEncoder(encoder)
      return
    }
    const instance = prefill.pick(sequence, now)
    instance.enqueue(sequence, now)
    this.touch(instance)
  }

  /** A batch starts when all that happens at this instant has happened. */
  private touchEncoder(encoder: EncodeInstance): void {
    if (!this.encoding.includes(encoder)) this.encoding.push(encoder)
  }

  private startEncoding(encoder: EncodeInstance, now: number): void {
    const ns = encoder.start()
    if (ns !== null) this.schedule(now + ns, 'encoded', encoder.index)
  }

  private endEncoding(encoder: EncodeInstance, now: number): void {
    this.endNs = Math.max(this.endNs, now)
    for (const sequence of encoder.complete()) {
      const { prefill } = this.pools.for(sequence.model)
      if (prefill.targets.length === 0) {
        this.stranded.push(sequence)
        continue
      }
      const to = prefill.pick(sequence, now)
      const arrivesNs = Math.ceil(this.encode.send(sequence, encoder, to, now))
      this.schedule(arrivesNs, 'embedded', sequence.index)
    }
    this.touchEncoder(encoder)
  }

  private takeEmbeddings(sequence: Sequence | undefined, now: number): void {
    if (sequence === undefined) return
    const to = this.encode.arrived(sequence)
    if (this.pools.of(to).targets.includes(to)) {
      to.enqueue(sequence, now)
      this.touch(to)
    } else {
      // It has failed, or drains, in the meantime.
      this.enqueue(sequence, now)
    }
  }

  private letIn(sequence: Sequence | undefined, now: number): void {
    // One that was begun anew waits for other things.
    if (sequence?.state !== 'preparing' || now < sequence.readyNs) return
    const instance = this.instances[sequence.instance]!
    instance.prepared(sequence)
    this.touch(instance)
  }

  private touch(instance: Instance): void {
    if (!this.dirty.includes(instance)) this.dirty.push(instance)
  }

  private start(instance: Instance, now: number): void {
    instance.integrate(now)
    const plan = instance.start(now)
    if (plan !== null) {
      this.schedule(now + plan.durationNs, 'step end', instance.index)
      this.recorder.batch(instance, plan)
      if (instance.options.pipelineStages > 1) {
        // The next batch may enter as soon as the first stage is free.
        this.schedule(Math.ceil(instance.nextStartNs), 'stage free', instance.index)
      }
    }
    instance.takeIn(now)
    this.recorder.level(instance, now)
  }

  private endStep(instance: Instance, now: number): void {
    if (instance.hasLostStep()) return
    instance.integrate(now)
    const plan = instance.complete(now)
    this.recorder.timeline.add(now, plan.tokens, instance.finishedLast)
    this.endNs = Math.max(this.endNs, now)
    this.touch(instance)
    this.pools.of(instance).rest(instance, now)
  }

  /** A transfer has ended: the prefill side is free of the request, the decode side has it. */
  private receive(sequence: Sequence | undefined, now: number): void {
    if (sequence === undefined) return
    this.freeLent(sequence, now)
    this.received.add(sequence.index)
    const to = this.instances[sequence.instance]!
    to.integrate(now)
    to.arrived(sequence, now)
    this.touch(to)
  }

  /** Blocks of a prefill instance that are not needed any more. */
  private freeLent(sequence: Sequence, now: number): void {
    if (sequence.lent.length === 0) return
    const from = this.instances[sequence.prefilledBy]!
    from.integrate(now)
    from.handOver(sequence)
    this.touch(from)
  }

  private expire(sequence: Sequence | undefined, now: number): void {
    if (sequence === undefined) return
    if (sequence.instance < 0) {
      sequence.aborted = true
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

  /** An instance fails: its requests begin anew elsewhere, or are lost. */
  private fail(instance: Instance, now: number): void {
    const outages = instance.outages!
    if (this.pending === 0) return
    instance.integrate(now)
    const lastEndNs = instance.crash(now)
    outages.count++
    const held = [...this.live.values()].filter((one) => one.instance === instance.index)
    outages.dropped += held.length
    this.pools.of(instance).fail(instance)
    for (const sequence of held) {
      if (outages.options.requests === 'lose') this.finished(sequence, 'failed', now)
      else this.beginAnew(sequence, now)
    }
    this.recorder.level(instance, now)
    const upNs = Math.max(lastEndNs, now + outages.options.downNs)
    outages.downNs += upNs - now
    this.schedule(upNs, 'restored', instance.index)
  }

  /** The client asks again: nothing of the first answer counts. */
  private beginAnew(failed: Sequence, now: number): void {
    const sequence = this.factory.create(failed.index, failed.arrivalNs)
    this.live.set(failed.index, sequence)
    this.enqueue(sequence, now)
  }

  private restore(instance: Instance, now: number): void {
    this.pools.of(instance).restore(instance)
    this.schedule(now + instance.outages!.nextNs(), 'failure', instance.index)
    for (const sequence of this.stranded.splice(0)) {
      if (this.live.get(sequence.index) === sequence) this.enqueue(sequence, now)
    }
  }

  private scale(pool: Pool, index: number, now: number): void {
    if (this.pending === 0) return
    const { intervalNs, startupNs } = pool.autoscaler!.options
    const starts = pool.scale(now)
    if (starts !== null) this.schedule(now + startupNs, 'instance up', starts.index)
    // With nothing else to come, waiting longer changes nothing.
    const others = this.pools.all.length - 1
    const over = this.events.size <= others && this.dirty.length === 0 && this.allArrived
    if (!over) this.schedule(now + intervalNs, 'scale', index)
  }

  private leaveUnfinished(): void {
    for (const sequence of this.live.values()) {
      const { state } = sequence
      const running = state === 'running' || state === 'transferring' || state === 'handing_over'
      this.recorder.request(sequence, running ? 'running' : 'waiting', this.endNs)
    }
  }
}
