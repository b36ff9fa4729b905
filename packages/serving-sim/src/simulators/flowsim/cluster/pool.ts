// Instances that serve the same phase: which of them take requests, and which one a request goes to.
import type { Instance } from '../instance/instance.js'
import type { Sequence } from '../sequence.js'
import { Autoscaler, type AutoscalingOptions } from './autoscaler.js'
import type { KnownPrefixes } from './prefix-index/known-prefixes.js'
import type { Router } from './router.js'
import type { RoutingViews } from './routing-view.js'

/** What a pool is made of. */
export interface PoolParts {
  instances: readonly Instance[]
  router: Router
  prefixes: KnownPrefixes
  views: RoutingViews
  /** Null: all of them take requests, always. */
  autoscaling: AutoscalingOptions | null
}

export class Pool {
  readonly instances: readonly Instance[]
  /** Instances that take requests. */
  targets: Instance[]
  readonly autoscaler: Autoscaler | null
  private readonly starting = new Set<Instance>()
  /** Since when each instance has been up; -1: it is not. */
  private readonly upSinceNs: number[]
  /** For how long each instance has been up before that. */
  private readonly upNs: number[]

  constructor(private readonly parts: PoolParts) {
    const { instances, autoscaling } = parts
    this.instances = instances
    this.autoscaler = autoscaling === null ? null : new Autoscaler(autoscaling)
    const up = autoscaling === null ? instances.length : autoscaling.min
    this.targets = instances.slice(0, up)
    this.upSinceNs = instances.map((_, i) => (i < up ? 0 : -1))
    this.upNs = instances.map(() => 0)
  }

  /** The instance of a request. */
  pick(sequence: Sequence, now: number): Instance {
    const { targets } = this
    const { router, prefixes, views } = this.parts
    const instance =
      targets.length === 1 ? targets[0]! : router.pick(sequence, views.of(targets, now)).instance
    if (router.readsPrefixes === true) prefixes.routed(sequence, instance)
    return instance
  }

  /** Decides on the number of instances; the one that starts up now, if any. */
  scale(now: number): Instance | null {
    const decision = this.autoscaler!.decide(this.targets, this.starting.size, now)
    if (decision === 'up') {
      const next = this.instances.find(
        (instance) =>
          instance.load === 0 && !this.targets.includes(instance) && !this.starting.has(instance),
      )
      if (next === undefined) return null
      this.starting.add(next)
      return next
    }
    if (decision === 'down') {
      const last = this.targets.pop()!
      this.rest(last, now)
    }
    return null
  }

  /** An instance takes no requests until it is back. */
  fail(instance: Instance): void {
    this.targets = this.targets.filter((target) => target !== instance)
  }

  /** An instance that had failed takes requests again. */
  restore(instance: Instance): void {
    this.targets = this.instances.filter((one) => one === instance || this.targets.includes(one))
  }

  /** An instance has started. */
  bringUp(instance: Instance, now: number): void {
    this.starting.delete(instance)
    this.targets.push(instance)
    this.upSinceNs[this.instances.indexOf(instance)] = now
  }

  /** Lets an instance go that takes no requests and has none left. */
  rest(instance: Instance, now: number): void {
    const i = this.instances.indexOf(instance)
    if (instance.load > 0 || this.upSinceNs[i]! < 0 || this.targets.includes(instance)) return
    this.upNs[i]! += now - this.upSinceNs[i]!
    this.upSinceNs[i] = -1
  }

  /** Nanoseconds for which an instance was up, until now. */
  upNsOf(instance: Instance, now: number): number {
    const i = this.instances.indexOf(instance)
    const since = this.upSinceNs[i]!
    return this.upNs[i]! + (since < 0 ? 0 : Math.max(0, now - since))
  }
}
