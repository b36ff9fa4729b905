// The instances of a cluster: groups and their copies, roles that go together, and pools that scale.
import { defined } from '../../../config/defined.js'
import { ServingError } from '../../../errors.js'
import type { SimulatorContext } from '../../simulator.js'
import type { AutoscalingOptions } from '../cluster/autoscaler.js'
import { SCALING, valuesOf } from '../defaults.js'
import type { EncodeInstanceOptions } from '../images/encode-instance.js'
import type { InstanceOptions, PoolScaling } from '../options.js'
import type { FlowsimConfig, InstanceConfig, ScalingConfig } from '../schema.js'
import type { InstanceResolver } from './instance-options.js'

type Phase = keyof PoolScaling

/** A group, with the number of its instances. */
interface Group {
  config: InstanceConfig | null
  path: readonly PropertyKey[]
  name: string
  count: number
}

export function resolveInstances(
  config: FlowsimConfig,
  resolver: InstanceResolver,
  context: SimulatorContext,
): { instances: InstanceOptions[]; encoders: EncodeInstanceOptions[]; autoscaling: PoolScaling } {
  const all = groupsOf(config)
  const groups = all.filter((group) => roleOf(group) !== 'encode')
  checkRoles(groups, context)
  const autoscaling = resolveScaling(config, groups, context)
  const instances = groups.flatMap((group) =>
    copiesOf(group, resolver.resolve(group.config, group.path)),
  )
  const encoders = all
    .filter((group) => roleOf(group) === 'encode')
    .flatMap((group) => copiesOf(group, resolver.resolveEncoder(group.config!, group.path)))
  return { instances, encoders, autoscaling }
}

function copiesOf<Made>({ config, name, count }: Group, made: Made): (Made & { name: string })[] {
  const isNumbered = count > 1 || config?.name === undefined
  return Array.from({ length: count }, (_, copy) => ({
    ...made,
    name: isNumbered ? `${name}-${copy}` : name,
  }))
}

function groupsOf({ instances }: FlowsimConfig): Group[] {
  if (instances === undefined) return [{ config: null, path: [], name: 'instance', count: 1 }]
  return instances.map((config, index) => ({
    config,
    path: ['instances', index],
    name: config.name ?? (instances.length > 1 ? `group-${index}` : 'instance'),
    count: config.count,
  }))
}

const roleOf = ({ config }: Group) => config?.role ?? 'both'

/** Prefill needs decode and the other way round, and neither stands beside instances that do both. */
function checkRoles(groups: readonly Group[], { place }: SimulatorContext): void {
  if (groups.length === 0) {
    throw new ServingError(
      'invalid_config',
      'all instances only encode images; add some of the role both, or prefill and decode',
      place(['instances']),
    )
  }
  const has = (role: InstanceOptions['role']) => groups.some((group) => roleOf(group) === role)
  if (!has('prefill') && !has('decode')) return
  if (has('both')) {
    throw new ServingError(
      'invalid_config',
      'instances of the role both cannot stand beside prefill and decode ones',
      place(['instances']),
    )
  }
  if (has('prefill') && has('decode')) return
  const missing = has('prefill') ? 'decode' : 'prefill'
  throw new ServingError(
    'invalid_config',
    `no instance has the role ${missing}; disaggregation needs both`,
    place(['instances']),
  )
}

/** Scaling of each pool; groups grow to what it may need. */
function resolveScaling(
  { autoscaling }: FlowsimConfig,
  groups: readonly Group[],
  context: SimulatorContext,
): PoolScaling {
  const scaling: PoolScaling = { prefill: null, decode: null }
  if (autoscaling === undefined) return scaling
  const path = ['autoscaling']
  const isSplit = groups.some((group) => roleOf(group) !== 'both')
  if ('max' in autoscaling) {
    if (!isSplit) return { ...scaling, prefill: scalePool(autoscaling, groups, path, context) }
    throw new ServingError(
      'invalid_config',
      'prefill and decode instances scale by themselves; give autoscaling.prefill or autoscaling.decode',
      context.place(path),
    )
  }
  if (!isSplit) {
    throw new ServingError(
      'invalid_config',
      'no instance has the role prefill or decode; give min and max to autoscaling itself',
      context.place(path),
    )
  }
  for (const phase of ['prefill', 'decode'] satisfies Phase[]) {
    const config = autoscaling[phase]
    if (config === undefined) continue
    const members = groups.filter((group) => roleOf(group) === phase)
    scaling[phase] = scalePool(config, members, [...path, phase], context)
  }
  return scaling
}

function scalePool(
  config: ScalingConfig,
  groups: readonly Group[],
  path: readonly PropertyKey[],
  { place }: SimulatorContext,
): AutoscalingOptions {
  const { max } = config
  const scaling = { ...valuesOf(SCALING), ...defined(config) }
  const { min } = scaling
  if (min > max) {
    throw new ServingError('invalid_config', `min ${min} is above max ${max}`, place(path))
  }
  const { upKvUse, downKvUse } = scaling
  if (downKvUse > upKvUse) {
    throw new ServingError(
      'invalid_config',
      `downKvUse ${downKvUse} is above upKvUse ${upKvUse}, so that what starts would end at once`,
      place(path),
    )
  }
  const count = groups.reduce((sum, group) => sum + group.count, 0)
  if (max > count) {
    const [only] = groups
    if (groups.length > 1) {
      throw new ServingError(
        'invalid_config',
        `max is ${max}, but the groups hold ${count} instances; say which group has more (count)`,
        place([...path, 'max']),
      )
    }
    only!.count = max
  }
  return {
    min,
    max,
    intervalNs: scaling.intervalS * 1e9,
    startupNs: scaling.startupS * 1e9,
    upKvUse: scaling.upKvUse,
    upQueue: scaling.upQueue,
    downKvUse: scaling.downKvUse,
    downStabilisationNs: scaling.downStabilisationS * 1e9,
  }
}
