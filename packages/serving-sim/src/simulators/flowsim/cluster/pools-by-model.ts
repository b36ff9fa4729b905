// A cluster that serves several models: each has its instances, and requests go to those of the model they ask for.
import type { Instance } from '../instance/instance.js'
import type { FlowsimOptions } from '../options.js'
import { createPools, type Pools } from './create-pools.js'
import type { Pool } from './pool.js'

export interface PoolsByModel {
  /** The pools that a request goes through, by the model that it asks for. */
  for(model: string | null): Pools
  all: readonly Pool[]
  of(instance: Instance): Pool
}

/**
 * The pools of each model. Every model of the requests has instances, and with several models every request names
 * one: {@link checkModels}.
 */
export function poolsByModel(
  instances: readonly Instance[],
  options: Pick<FlowsimOptions, 'routing' | 'seed' | 'autoscaling'>,
): PoolsByModel {
  const models = [...new Set(instances.map(({ options: { serves } }) => serves ?? null))]
  const byModel = new Map(
    models.map((model) => {
      const members = instances.filter(({ options: { serves } }) => (serves ?? null) === model)
      return [model, createPools(members, options)] as const
    }),
  )
  const only = models.length === 1 ? byModel.get(models[0]!)! : null
  return {
    for: (model) => only ?? byModel.get(model)!,
    all: [...byModel.values()].flatMap(({ all }) => all),
    of: (instance) => byModel.get(instance.options.serves ?? null)!.of(instance),
  }
}
