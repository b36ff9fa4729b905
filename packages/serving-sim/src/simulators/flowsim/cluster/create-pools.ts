// The pools of a cluster: one for everything, or one for prompts and one for decoding.
import { randomSource } from '../../../random/random.js'
import type { Instance } from '../instance/instance.js'
import type { FlowsimOptions } from '../options.js'
import { Pool } from './pool.js'
import { PREFIX_INDICES } from './prefix-index/index.js'
import { KnownPrefixes } from './prefix-index/known-prefixes.js'
import { ROUTERS } from './routers/index.js'
import { RoutingViews } from './routing-view.js'

export interface Pools {
  /** Where requests go first. */
  prefill: Pool
  /** Where sequences go whose prompts are done elsewhere. */
  decode: Pool
  all: readonly Pool[]
  of(instance: Instance): Pool
}

export function createPools(
  instances: readonly Instance[],
  { routing, seed, autoscaling }: Pick<FlowsimOptions, 'routing' | 'seed' | 'autoscaling'>,
): Pools {
  const views = new RoutingViews(instances, routing.stalenessNs)
  const make = (phase: 'prefill' | 'decode', stream: number) => {
    const other = phase === 'prefill' ? 'decode' : 'prefill'
    const members = instances.filter(({ options }) => options.role !== other)
    const router = ROUTERS[routing.policy]
    const index = PREFIX_INDICES[routing.index](routing, members)
    views.share(index)
    const prefixes = new KnownPrefixes(index)
    const random = randomSource(seed, stream)
    return new Pool({
      instances: members,
      router: router({ options: routing, random, prefixes }),
      prefixes,
      views,
      autoscaling: autoscaling[phase],
    })
  }
  const prefill = make('prefill', 0)
  const isSplit = instances.some(({ options }) => options.role !== 'both')
  if (!isSplit) return { prefill, decode: prefill, all: [prefill], of: () => prefill }
  const decode = make('decode', 1)
  return {
    prefill,
    decode,
    all: [prefill, decode],
    of: ({ options }) => (options.role === 'decode' ? decode : prefill),
  }
}
