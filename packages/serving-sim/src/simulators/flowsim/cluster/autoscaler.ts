// How many instances of a pool take requests: more when KV or queues run full, fewer when the rest could carry
// the load. A new instance takes time to start; one that goes drains first.
//
//   add one       mean KV use > upKvUse, or mean waiting requests > upQueue
//   let one go    nothing waits, and the others would have at most downKvUse of their KV in use, for
//                 downStabilisation
import type { Instance } from '../instance/instance.js'

export interface AutoscalingOptions {
  /** Instances at least and at most. */
  min: number
  max: number
  /** Between two decisions. */
  intervalNs: number
  /** From a decision until the new instance takes requests. */
  startupNs: number
  /** Share of KV in use, and waiting requests of an instance, above which one is added. */
  upKvUse: number
  upQueue: number
  /** Share of KV that the rest may have in use after one has gone. */
  downKvUse: number
  /** How long the load must have been low before one goes. */
  downStabilisationNs: number
}

/** What to do now: add an instance, let one go, or nothing. */
export type ScalingDecision = 'up' | 'down' | null

/** Decides from the instances that take requests and the number that are starting. */
export class Autoscaler {
  private lowSinceNs = -1

  constructor(readonly options: AutoscalingOptions) {}

  decide(active: readonly Instance[], starting: number, now: number): ScalingDecision {
    const { min, max, upKvUse, upQueue, downKvUse, downStabilisationNs } = this.options
    const count = active.length
    const kv = active.reduce((sum, { kvUse }) => sum + kvUse, 0)
    const queue = active.reduce((sum, { queued }) => sum + queued, 0)
    const busy = kv / count > upKvUse || queue / count > upQueue
    if (busy) {
      this.lowSinceNs = -1
      return count + starting < max ? 'up' : null
    }
    const low = count > min && starting === 0 && queue === 0 && kv / (count - 1) < downKvUse
    if (!low) {
      this.lowSinceNs = -1
      return null
    }
    if (this.lowSinceNs < 0) this.lowSinceNs = now
    if (now - this.lowSinceNs < downStabilisationNs) return null
    this.lowSinceNs = now
    return 'down'
  }
}
