// What a router sees of an instance. Its own requests it always knows; what the instance itself reports may be
// as old as the router's last look at it.
import type { Instance } from '../instance/instance.js'
import type { PrefixIndex } from './prefix-index/prefix-index.js'

export interface RoutingView {
  readonly instance: Instance
  /** Requests that were sent there and have not ended. */
  readonly load: number
  /** Of those, how many wait and how many run. */
  readonly queued: number
  readonly running: number
  /** Share of its KV blocks in use. */
  readonly kvUse: number
}

/** The state of the moment. */
class LiveView implements RoutingView {
  constructor(readonly instance: Instance) {}

  get load(): number {
    return this.instance.load
  }

  get queued(): number {
    return this.instance.queued
  }

  get running(): number {
    return this.instance.running.length
  }

  get kvUse(): number {
    return this.instance.kvUse
  }
}

/** The state when the router last looked. */
class PastView implements RoutingView {
  queued = 0
  running = 0
  kvUse = 0

  constructor(readonly instance: Instance) {}

  get load(): number {
    return this.instance.load
  }

  look(): void {
    this.queued = this.instance.queued
    this.running = this.instance.running.length
    this.kvUse = this.instance.kvUse
  }
}

/** Views of instances, as old as `stalenessNs` at most. */
export class RoutingViews {
  private readonly past: PastView[] | null
  /** By the place of the instance in the cluster. */
  private readonly views: RoutingView[] = []
  private lookedNs = Number.NEGATIVE_INFINITY
  private readonly indexes: PrefixIndex[] = []

  constructor(
    instances: readonly Instance[],
    private readonly stalenessNs: number,
  ) {
    this.past = stalenessNs > 0 ? instances.map((instance) => new PastView(instance)) : null
    const views = this.past ?? instances.map((instance) => new LiveView(instance))
    for (const view of views) this.views[view.instance.index] = view
  }

  /** Has an index look when the views do. */
  share(index: PrefixIndex): void {
    this.indexes.push(index)
  }

  /** The views of instances that take requests. */
  of(instances: readonly Instance[], now: number): RoutingView[] {
    if (this.past !== null && now - this.lookedNs >= this.stalenessNs) {
      this.lookedNs = now
      for (const view of this.past) view.look()
      for (const index of this.indexes) index.look?.()
    }
    return instances.map(({ index }) => this.views[index]!)
  }
}
