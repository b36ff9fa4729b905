// Which requests are let in at all.
import type { Instance } from '../instance/instance.js'
import type { Sequence } from '../sequence.js'
import type { AdmissionPolicy } from './admissions/index.js'

export interface AdmissionOptions {
  policy: AdmissionPolicy
  /** `token-bucket`: size of the bucket, and tokens that flow in a second. */
  burstTokens: number
  tokensPerS: number
  /** `queue-limit`, `shed`: waiting requests of an instance that count as full. */
  maxQueue: number
  /** `shed`: share of KV blocks that counts as full, and the priority from which requests are refused. */
  maxKvUse: number
  shedPriority: number
}

/** Whether a request is let in. */
export interface Admission {
  admits(sequence: Sequence, instances: readonly Instance[], now: number): boolean
}

export type CreateAdmission = (options: AdmissionOptions) => Admission
