// Which requests inference-sim lets in.
//
//   token-bucket  costs a request its prompt tokens; the bucket starts full and fills at a steady rate
//   tier-shed     refuses classes below a priority while an instance has more than a load
//   gaie-legacy   refuses classes of a negative priority while the mean over instances of
//                 max(waiting / 5, KV / 0.8) is 1 or more
import type { Client } from './client.js'
import type { HeadOptions } from './options.js'
import { classPriority } from './slo-classes.js'
import type { Snapshot } from './snapshot.js'

/** Whether a request is let in. */
export type HeadAdmission = (
  client: Client,
  snapshots: readonly Snapshot[],
  nowUs: number,
) => boolean

const FULL_QUEUE = 5
const FULL_KV = 0.8

type Settings = HeadOptions['admission']

const ADMISSIONS = {
  'always-admit': () => () => true,
  'reject-all': () => () => false,
  'token-bucket': tokenBucket,
  'tier-shed':
    ({ overloadThreshold, minPriority }) =>
    ({ request }, snapshots) => {
      const load = Math.max(...snapshots.map(({ effectiveLoad }) => effectiveLoad))
      return load <= overloadThreshold || classPriority(request.sloClass) >= minPriority
    },
  'gaie-legacy': () => (client, snapshots) => {
    if (classPriority(client.request.sloClass) >= 0) return true
    const saturation = snapshots.reduce(
      (sum, { queueDepth, kvUtilization }) =>
        sum + Math.max(queueDepth / FULL_QUEUE, kvUtilization / FULL_KV),
      0,
    )
    return saturation / snapshots.length < 1
  },
} as const satisfies Record<string, (settings: Settings) => HeadAdmission>

export type HeadAdmissionPolicy = keyof typeof ADMISSIONS

/** Names of the policies. */
export const HEAD_ADMISSIONS = Object.keys(ADMISSIONS) as HeadAdmissionPolicy[]

/** The admission that settings name. */
export const headAdmission = (settings: Settings): HeadAdmission =>
  ADMISSIONS[settings.policy](settings)

function tokenBucket({ capacity, refillPerS }: Settings): HeadAdmission {
  let tokens = capacity
  let filledUs = 0
  return ({ inputTokens }, _, nowUs) => {
    const elapsedUs = nowUs - filledUs
    if (elapsedUs > 0) {
      tokens = Math.min(capacity, tokens + (elapsedUs * refillPerS) / 1e6)
      filledUs = nowUs
    }
    if (tokens < inputTokens) return false
    tokens -= inputTokens
    return true
  }
}
