// The scorers of inference-sim's weighted routing, by its names: a value from 0 to 1 for each instance.
//
//   queue-depth, running-requests, vllm-dp   (most − x) / (most − least) of waiting requests, of running ones, of
//                     four times the waiting ones and the running ones; 1 where all are equal
//   precise-prefix-cache   (x − least) / (most − least) of cached blocks; 1 where all are equal
//   kv-utilization    1 − utilisation          load-balance   1 / (1 + effective load)
//   active-requests   (most − x) / most of requests in flight; 1 where none is
//   load-aware        ½ (1 − min(waiting, 128) / 128)
import type { Client } from './client.js'
import type { Snapshot } from './snapshot.js'

type HeadScorer = (client: Client, snapshots: readonly Snapshot[]) => number[]

const FULL_QUEUE = 128

/** 1 for the smallest count, 0 for the largest, 1 for all if they are equal. */
function fewest(counts: readonly number[]): number[] {
  const most = Math.max(...counts)
  const least = Math.min(...counts)
  return counts.map((count) => (most === least ? 1 : (most - count) / (most - least)))
}

export const HEAD_SCORERS = {
  'precise-prefix-cache': (client, snapshots) =>
    fewest(snapshots.map((snapshot) => -snapshot.cachedBlocks(client))),
  'queue-depth': (_, snapshots) => fewest(snapshots.map(({ queueDepth }) => queueDepth)),
  'running-requests': (_, snapshots) => fewest(snapshots.map(({ batchSize }) => batchSize)),
  'vllm-dp': (_, snapshots) =>
    fewest(snapshots.map(({ queueDepth, batchSize }) => 4 * queueDepth + batchSize)),
  'kv-utilization': (_, snapshots) => snapshots.map(({ kvUtilization }) => 1 - kvUtilization),
  'load-balance': (_, snapshots) => snapshots.map(({ effectiveLoad }) => 1 / (1 + effectiveLoad)),
  'active-requests': (_, snapshots) => {
    const most = Math.max(...snapshots.map(({ inFlight }) => inFlight))
    return snapshots.map(({ inFlight }) => (inFlight === 0 ? 1 : (most - inFlight) / most))
  },
  'load-aware': (_, snapshots) =>
    snapshots.map(({ queueDepth }) => 0.5 * (1 - Math.min(queueDepth, FULL_QUEUE) / FULL_QUEUE)),
} as const satisfies Record<string, HeadScorer>

export type HeadScorerName = keyof typeof HEAD_SCORERS

/** Names of the scorers. */
export const HEAD_SCORER_NAMES = Object.keys(HEAD_SCORERS) as HeadScorerName[]
