// Which requests are let in at all.
import type { Instance } from '../instance.js'
import type { Sequence } from '../sequence.js'

export const ADMISSION_POLICIES = ['always', 'token-bucket', 'queue-limit', 'shed'] as const

export interface AdmissionOptions {
  /**
   * `token-bucket`: prompt tokens against a bucket. `queue-limit`: no more waiting requests than
   * `maxQueue` on each instance. `shed`: when instances are saturated, requests of a priority of at
   * least `shedPriority` are refused.
   */
  policy: (typeof ADMISSION_POLICIES)[number]
  /** `token-bucket`: size of the bucket, and tokens that flow in a second. */
  burstTokens: number
  tokensPerS: number
  /** `queue-limit`, `shed`: waiting requests of an instance that count as full. */
  maxQueue: number
  /** `shed`: share of KV blocks that counts as full. */
  maxKvUse: number
  shedPriority: number
}

/** Whether a request is let in. */
export type Admission = (sequence: Sequence, instances: readonly Instance[], now: number) => boolean

export function createAdmission(options: AdmissionOptions): Admission {
  switch (options.policy) {
    case 'always':
      return () => true
    case 'token-bucket': {
      let tokens = options.burstTokens
      let since = 0
      return (sequence, _, now) => {
        const refilled = tokens + ((now - since) / 1e9) * options.tokensPerS
        tokens = Math.min(options.burstTokens, refilled)
        since = now
        if (tokens < sequence.inputTokens) return false
        tokens -= sequence.inputTokens
        return true
      }
    }
    case 'queue-limit':
      return (_, instances) => {
        const waiting = instances.reduce((sum, instance) => sum + instance.waiting.length, 0)
        return waiting < options.maxQueue * instances.length
      }
    case 'shed':
      // As the Kubernetes gateway's inference extension: mean of max(queue, KV) over its limit.
      return (sequence, instances) => {
        if (sequence.priority < options.shedPriority) return true
        const saturation = instances.reduce(
          (sum, { waiting, kvUse }) =>
            sum + Math.max(waiting.length / options.maxQueue, kvUse / options.maxKvUse),
          0,
        )
        return saturation / instances.length < 1
      }
  }
}
