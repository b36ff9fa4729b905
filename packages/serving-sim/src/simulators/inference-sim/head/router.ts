// Which instance inference-sim sends a request to. Equal ones are drawn from its stream `router`.
import { GoRand } from '../random/go-rand.js'
import { streamSeed } from '../random/stream-seed.js'
import type { Client } from './client.js'
import type { HeadOptions } from './options.js'
import { HEAD_SCORERS, type HeadScorer, type HeadScorerName } from './scorers.js'
import type { Snapshot } from './snapshot.js'

type Settings = Pick<HeadOptions, 'routingPolicy' | 'scorers' | 'seed' | 'blockSize'>

export class Router {
  private turn = 0
  private ties: GoRand | undefined
  private readonly scorers: readonly { scorer: HeadScorer; weight: number }[]

  constructor(private readonly settings: Settings) {
    const weights = Object.entries(settings.scorers) as [HeadScorerName, number][]
    const total = weights.reduce((sum, [, weight]) => sum + weight, 0)
    this.scorers = weights.map(([name, weight]) => ({
      scorer: HEAD_SCORERS[name](settings),
      weight: weight / total,
    }))
  }

  /** Whether it asks which prefixes instances have cached. */
  get readsCaches(): boolean {
    return (
      this.settings.routingPolicy === 'weighted' &&
      this.scorers.some(({ scorer }) => scorer.readsCaches === true)
    )
  }

  /** Index of the instance of a request. */
  route(client: Client, snapshots: readonly Snapshot[]): number {
    switch (this.settings.routingPolicy) {
      case 'round-robin':
        return this.turn++ % snapshots.length
      case 'least-loaded':
        return this.most(snapshots.map(({ effectiveLoad }) => -effectiveLoad))
      case 'always-busiest':
        return this.most(
          snapshots.map(({ effectiveLoad }) => effectiveLoad),
          'first',
        )
      case 'weighted':
        return this.weigh(client, snapshots)
    }
  }

  private weigh(client: Client, snapshots: readonly Snapshot[]): number {
    const instance = this.most(this.scores(client, snapshots))
    for (const { scorer } of this.scorers) scorer.routed?.(client, instance)
    return instance
  }

  private scores(client: Client, snapshots: readonly Snapshot[]): number[] {
    const sums = snapshots.map(() => 0)
    for (const { scorer, weight } of this.scorers) {
      for (const [i, score] of scorer.score(client, snapshots).entries()) {
        sums[i]! += Math.min(1, Math.max(0, score)) * weight
      }
    }
    return sums
  }

  private most(values: readonly number[], ties: 'drawn' | 'first' = 'drawn'): number {
    const most = Math.max(...values)
    const tied = values.flatMap((value, i) => (value === most ? [i] : []))
    if (tied.length === 1 || ties === 'first') return tied[0]!
    this.ties ??= new GoRand(streamSeed(this.settings.seed, 'router'))
    return tied[this.ties.intn(tied.length)]!
  }
}
