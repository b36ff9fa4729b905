// Whether every request has instances that serve its model, and whether instances may fail.
import { ServingError } from '../../../errors.js'
import type { SimulatorContext } from '../../simulator.js'
import type { InstanceOptions, PoolScaling } from '../options.js'

/** @throws ServingError where instances that fail would have to hand over or scale */
export function checkFailures(
  instances: readonly InstanceOptions[],
  autoscaling: PoolScaling,
  { place }: Pick<SimulatorContext, 'place'>,
): void {
  if (!instances.some(({ outages = null }) => outages !== null)) return
  const isSplit = instances.some(({ role }) => role !== 'both')
  if (!isSplit && autoscaling.prefill === null) return
  throw new ServingError(
    'invalid_config',
    `failures of instances that ${isSplit ? 'prefill or decode for others' : 'scale'} are not simulated; leave failures out`,
    place(['failures']),
  )
}

/** @throws ServingError where a request goes nowhere, or a pool of several models would scale */
export function checkModels(
  instances: readonly InstanceOptions[],
  autoscaling: PoolScaling,
  { requests, place }: Pick<SimulatorContext, 'requests' | 'place'>,
): void {
  const served = new Set(instances.flatMap(({ serves }) => serves ?? []))
  if (served.size === 0) return
  const fail = (message: string) => {
    throw new ServingError('invalid_config', message, place(['instances']))
  }
  if (instances.some(({ serves }) => serves === undefined)) {
    fail('some groups of instances say which model they serve; each must: serves')
  }
  if (autoscaling.prefill !== null || autoscaling.decode !== null) {
    fail('instances that serve several models do not scale; leave autoscaling out')
  }
  if (new Set(instances.map(({ kv }) => kv.blockSize)).size > 1) {
    fail('instances have KV blocks of the same size; state one kv.blockSize for all')
  }
  const known = [...served].join(', ')
  for (const { id, model } of requests) {
    if (model === undefined && served.size > 1) {
      fail(`request ${id} names no model; instances serve ${known}`)
    }
    if (model !== undefined && !served.has(model)) {
      fail(`request ${id} asks for ${model}; instances serve ${known}`)
    }
  }
}
