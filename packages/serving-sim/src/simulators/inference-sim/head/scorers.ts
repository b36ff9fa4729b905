// The scorers of inference-sim's weighted routing, by its names: a value from 0 to 1 for each instance.
//
//   queue-depth, running-requests, vllm-dp   (most − x) / (most − least) of waiting requests, of running ones, of
//                     four times the waiting ones and the running ones; 1 where all are equal
//   precise-prefix-cache   (x − least) / (most − least) of cached blocks; 1 where all are equal
//   prefix-affinity   blocks of the prompt that the router has sent there, from its start, over all (sent-prefixes.ts)
//   no-hit-lru        ½ where any instance has a block of the prompt cached; else by when they last got a prompt of
//                     which none had: 1 for the one that never did or longest ago, evenly down to 0 for the last
//   kv-utilization    1 − utilisation          load-balance   1 / (1 + effective load)
//   active-requests   (most − x) / most of requests in flight; 1 where none is
//   load-aware        ½ (1 − min(waiting, 128) / 128)
import type { Client } from './client.js'
import { SentPrefixes } from './sent-prefixes.js'
import type { Snapshot } from './snapshot.js'

export interface HeadScorer {
  /** Whether it asks which prefixes instances have cached. */
  readonly readsCaches?: boolean
  score(client: Client, snapshots: readonly Snapshot[]): number[]
  /** A request goes to an instance. */
  routed?(client: Client, instance: number): void
}

type CreateHeadScorer = (options: { blockSize: number }) => HeadScorer

const FULL_QUEUE = 128

/** 1 for the smallest count, 0 for the largest, 1 for all if they are equal. */
function fewest(counts: readonly number[]): number[] {
  const most = Math.max(...counts)
  const least = Math.min(...counts)
  return counts.map((count) => (most === least ? 1 : (most - count) / (most - least)))
}

/** A scorer of the least of something that snapshots hold. */
const fewestOf =
  (count: (snapshot: Snapshot) => number): CreateHeadScorer =>
  () => ({ score: (_, snapshots) => fewest(snapshots.map(count)) })

/** A scorer of each snapshot by itself. */
const each =
  (score: (snapshot: Snapshot) => number): CreateHeadScorer =>
  () => ({ score: (_, snapshots) => snapshots.map(score) })

const precisePrefixCache: CreateHeadScorer = () => ({
  readsCaches: true,
  score: (client, snapshots) => fewest(snapshots.map((snapshot) => -snapshot.cachedBlocks(client))),
})

const prefixAffinity: CreateHeadScorer = ({ blockSize }) => {
  const sent = new SentPrefixes(blockSize)
  return {
    score: (client, snapshots) => snapshots.map((_, instance) => sent.share(client, instance)),
    routed: (client, instance) => sent.add(client, instance),
  }
}

const noHitLru: CreateHeadScorer = () => {
  /** Instances that got prompts of which none had a block, the last one first. */
  const recent: number[] = []
  let isCold = false
  return {
    readsCaches: true,
    score(client, snapshots) {
      isCold = snapshots.every((snapshot) => snapshot.cachedBlocks(client) === 0)
      if (!isCold) return snapshots.map(() => 0.5)
      if (snapshots.length === 1) return [1]
      const never = snapshots.flatMap((_, i) => (recent.includes(i) ? [] : [i]))
      const scores = new Array<number>(snapshots.length)
      for (const [rank, i] of [...never, ...recent.toReversed()].entries()) {
        scores[i] = 1 - rank / (snapshots.length - 1)
      }
      return scores
    },
    routed(_, instance) {
      if (!isCold) return
      const at = recent.indexOf(instance)
      if (at >= 0) recent.splice(at, 1)
      recent.unshift(instance)
    },
  }
}

const activeRequests: CreateHeadScorer = () => ({
  score(_, snapshots) {
    const most = Math.max(...snapshots.map(({ inFlight }) => inFlight))
    return snapshots.map(({ inFlight }) => (inFlight === 0 ? 1 : (most - inFlight) / most))
  },
})

export const HEAD_SCORERS = {
  'precise-prefix-cache': precisePrefixCache,
  'prefix-affinity': prefixAffinity,
  'no-hit-lru': noHitLru,
  'queue-depth': fewestOf(({ queueDepth }) => queueDepth),
  'running-requests': fewestOf(({ batchSize }) => batchSize),
  'vllm-dp': fewestOf(({ queueDepth, batchSize }) => 4 * queueDepth + batchSize),
  'kv-utilization': each(({ kvUtilization }) => 1 - kvUtilization),
  'load-balance': each(({ effectiveLoad }) => 1 / (1 + effectiveLoad)),
  'active-requests': activeRequests,
  'load-aware': each(({ queueDepth }) => 0.5 * (1 - Math.min(queueDepth, FULL_QUEUE) / FULL_QUEUE)),
} as const satisfies Record<string, CreateHeadScorer>

export type HeadScorerName = keyof typeof HEAD_SCORERS

/** Names of the scorers. */
export const HEAD_SCORER_NAMES = Object.keys(HEAD_SCORERS) as HeadScorerName[]
