// The event loop of inference-sim at its head: one clock in integer µs, one or more instances.
import { EventQueue } from '../../../core/event-queue.js'
import { type HeadAdmission, headAdmission } from './admission.js'
import { type Client, clientsOf, type HeadRequest } from './client.js'
import { Instance } from './instance.js'
import type { HeadOptions } from './options.js'
import { Router } from './router.js'
import { Snapshot } from './snapshot.js'

type Event = 'arrival' | 'admission' | 'routing' | 'queued' | 'step' | 'left' | 'timeout'

/** Priorities of events at equal times: those of the cluster come before those of its instances. */
const PRIORITY: Record<Event, number> = {
  arrival: 0,
  admission: 1,
  routing: 2,
  queued: 3,
  step: 4,
  left: 5,
  timeout: 6,
}

export class Cluster {
  readonly clients: Client[]
  readonly instances: Instance[]
  private readonly events = new EventQueue<Event>()
  private readonly snapshots: Snapshot[]
  private readonly admits: HeadAdmission
  private readonly router: Router
  private clock = 0

  constructor(
    requests: readonly HeadRequest[],
    private readonly options: HeadOptions,
  ) {
    this.clients = clientsOf(requests)
    this.instances = Array.from({ length: options.numInstances }, () => new Instance(options))
    this.router = new Router(options)
    const { readsCaches } = this.router
    this.snapshots = this.instances.map((instance) => new Snapshot(instance, options, readsCaches))
    this.admits = headAdmission(options.admission)
  }

  /** Runs until nothing is left to happen, or the horizon; returns when it ended. */
  run(): number {
    for (const client of this.clients) {
      if (client.state === 'pending') this.schedule(client.arrival, 'arrival', client.index)
    }
    const { events } = this
    while (events.pop()) {
      this.handle(events.kind!, events.payload, events.time)
      if (this.clock > this.options.horizonUs) break
    }
    return Math.min(this.clock, this.options.horizonUs)
  }

  private schedule(time: number, event: Event, payload: number): void {
    this.events.push(time, PRIORITY[event], event, payload)
  }

  /** @param payload a client; of `step` and `left` an instance */
  private handle(event: Event, payload: number, now: number): void {
    switch (event) {
      case 'arrival':
        this.clients[payload]!.state = 'queued'
        this.schedule(now + this.options.admissionLatencyUs, 'admission', payload)
        break
      case 'admission':
        this.admit(this.clients[payload]!, now)
        break
      case 'routing':
        this.route(this.clients[payload]!, now)
        break
      case 'queued':
        this.queue(this.clients[payload]!, now)
        break
      case 'step':
        this.step(payload, now)
        break
      case 'left':
        this.instances[payload]!.endUs = now
        break
      case 'timeout':
        this.expire(this.clients[payload]!, now)
        return
    }
    this.clock = now
  }

  private admit(client: Client, now: number): void {
    for (const snapshot of this.snapshots) snapshot.look(now)
    if (this.admits(client, this.snapshots, now)) {
      this.schedule(now + this.options.routingLatencyUs, 'routing', client.index)
    } else {
      client.state = 'rejected'
    }
  }

  private route(client: Client, now: number): void {
    for (const snapshot of this.snapshots) snapshot.look(now)
    client.instance = this.router.route(client, this.snapshots)
    this.instances[client.instance]!.inFlight++
    const delay = Math.trunc(this.options.latency.queueingUs(client.inputTokens))
    this.schedule(now + delay, 'queued', client.index)
  }

  private queue(client: Client, now: number): void {
    const instance = this.instances[client.instance]!
    instance.enqueue(client, now)
    if (client.state !== 'queued') {
      instance.inFlight--
      this.continueSession(client, now)
    } else if (client.deadline > 0) this.schedule(client.deadline, 'timeout', client.index)
    if (!instance.stepPending && instance.waiting.length > 0) {
      instance.stepPending = true
      this.schedule(now, 'step', client.instance)
    }
  }

  private step(index: number, now: number): void {
    const instance = this.instances[index]!
    instance.stepPending = false
    if (instance.running.length === 0 && instance.waiting.length === 0) return
    const ended: Client[] = []
    const end = instance.step(now, ended)
    instance.inFlight -= ended.length
    for (const client of ended) {
      this.schedule(end, 'left', index)
      this.continueSession(client, end)
    }
    instance.stepPending = instance.running.length > 0 || instance.waiting.length > 0
    if (instance.stepPending) this.schedule(end < 0 ? now : end, 'step', index)
  }

  /** A deadline that no longer matters does not happen. */
  private expire(client: Client, now: number): void {
    if (client.state !== 'queued' && client.state !== 'running') return
    this.clock = now
    this.instances[client.instance]!.abandon(client)
    client.state = 'timed_out'
    this.instances[client.instance]!.inFlight--
    this.continueSession(client, now)
  }

  /** The next request of a session arrives `think` after this one has ended well. */
  private continueSession({ state, next }: Client, now: number): void {
    if (next === null || (state !== 'completed' && state !== 'length_capped')) return
    next.arrival = now + next.think
    this.schedule(next.arrival, 'arrival', next.index)
  }
}
