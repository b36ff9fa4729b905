// Which instance a request goes to.
import { GoRand } from '../random/go-rand.js'
import { streamSeed } from '../random/stream-seed.js'
import type { Instance } from './instance.js'
import type { HeadOptions } from './options.js'

export class Router {
  private turn = 0
  private ties: GoRand | undefined

  constructor(
    private readonly instances: readonly Instance[],
    private readonly options: Pick<HeadOptions, 'routingPolicy' | 'seed'>,
  ) {}

  /** Index of the instance of the next request. */
  route(): number {
    const { instances } = this
    if (this.options.routingPolicy === 'round-robin') return this.turn++ % instances.length
    const least = Math.min(...instances.map(({ load }) => load))
    const tied = instances.flatMap(({ load }, i) => (load === least ? [i] : []))
    if (tied.length === 1) return tied[0]!
    this.ties ??= new GoRand(streamSeed(this.options.seed, 'router'))
    return tied[this.ties.intn(tied.length)]!
  }
}
