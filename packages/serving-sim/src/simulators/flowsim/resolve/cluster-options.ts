// From a configuration to the settings of our own simulator.
import type { Assumption, Deployment } from '../../../step-time/deployment.js'
import type { CommonFields, SimulatorContext } from '../../simulator.js'
import { assumptionsOf } from '../assumptions.js'
import type { FlowsimOptions } from '../options.js'
import type { FlowsimConfig, RoutingConfig } from '../schema.js'
import { InstanceResolver } from './instance-options.js'
import { resolveInstances } from './instances.js'

/** What a configuration means. */
export interface Resolved {
  options: FlowsimOptions
  /** One for each section `stepTime`. */
  deployments: readonly Deployment[]
  /** Values that enter the run though the configuration does not state them, with sources. */
  assumptions: readonly Assumption[]
  /** What a user should know before the run. */
  notes: readonly string[]
}

const NEVER = Number.POSITIVE_INFINITY

/** @throws ServingError with the place of the field at fault */
export function resolveOptions(
  config: FlowsimConfig & CommonFields,
  context: SimulatorContext,
): Resolved {
  const resolver = new InstanceResolver(config, context)
  const { instances, autoscaling } = resolveInstances(config, resolver, context)
  const { deployments } = resolver
  const { admission, routing, transfer, timeoutS, horizonS } = config
  const options: FlowsimOptions = {
    instances,
    autoscaling,
    routing: routingOptions(routing),
    admission: admission ?? {
      policy: 'always',
      burstTokens: 0,
      tokensPerS: 0,
      maxQueue: 1,
      maxKvUse: 1,
      shedPriority: 0,
    },
    transfer: {
      bandwidthBytesPerS: (transfer?.bandwidthGBps ?? TRANSFER.bandwidthGBps) * 1e9,
      latencyNs: (transfer?.latencyUs ?? TRANSFER.latencyUs) * 1000,
    },
    arrivalNs: arrivalOf(config, deployments),
    tokenOverheadNs: Math.round((config.tokenOverheadMs ?? 0) * 1e6),
    timeoutNs: timeoutS === undefined ? NEVER : timeoutS * 1e9,
    horizonNs: horizonS === undefined ? NEVER : horizonS * 1e9,
    seed: config.seed,
    recordBatches: context.recordBatches,
    priorities: config.priorities ?? {},
  }
  return {
    options,
    deployments,
    assumptions: assumptionsOf(config, deployments, options),
    notes: resolver.notes,
  }
}

/** One 400 Gbit/s port a device, and the latency of a small message over it. */
const TRANSFER = { bandwidthGBps: 50, latencyUs: 50 }

/** The weights of llm-d's default profile, with the prefix found in the cache itself. */
const SCORERS = { 'prefix-cache': 2, 'queue-depth': 1, 'kv-utilization': 1 }

function routingOptions(routing: RoutingConfig | undefined): FlowsimOptions['routing'] {
  return {
    policy: routing?.policy ?? 'round-robin',
    stalenessNs: (routing?.stalenessMs ?? 0) * 1e6,
    index: routing?.index ?? 'precise',
    indexBlocks: routing?.indexBlocks ?? 0,
    scorers: routing?.scorers ?? SCORERS,
    cacheThreshold: routing?.cacheThreshold ?? 0,
    balanceAbsThreshold: routing?.balanceAbsThreshold ?? 0,
    balanceRelThreshold: routing?.balanceRelThreshold ?? 1,
    overlapWeight: routing?.overlapWeight ?? 1,
  }
}

function arrivalOf(
  { requestOverheadMs }: FlowsimConfig,
  deployments: readonly Deployment[],
): FlowsimOptions['arrivalNs'] {
  if (requestOverheadMs !== undefined) return () => requestOverheadMs * 1e6
  const engines = deployments.map(({ engine }) => engine)
  return (inputTokens) => Math.max(...engines.map((engine) => engine.arrivalNs(inputTokens)))
}
