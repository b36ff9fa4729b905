// From a configuration to the settings of FlowSim's simulator.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { defined } from '../../../config/defined.js'
import type { Deployment } from '../../../step-time/deployment.js'
import type { Frontend } from '../../../step-time/engine-rules.js'
import type { CommonFields, SimulatorContext } from '../../simulator.js'
import { type EnteringValue, enteringValues } from '../assumptions.js'
import { ADMISSION, ROUTING, SCORERS, TRANSFER, valuesOf } from '../defaults.js'
import type { FlowsimOptions } from '../options.js'
import type { FlowsimConfig, RoutingConfig } from '../schema.js'
import { checkFailures, checkModels } from './check-models.js'
import { requestsWithImages } from './encoder-options.js'
import { InstanceResolver } from './instance-options.js'
import { resolveInstances } from './instances.js'

/** What a configuration means. */
export interface Resolved {
  /** Requests whose images all have tokens. */
  requests: readonly WorkloadRequest[]
  options: FlowsimOptions
  /** One for each section `stepTime`. */
  deployments: readonly Deployment[]
  /** Values that enter the run, with sources. */
  values: readonly EnteringValue[]
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
  const { instances, encoders, autoscaling } = resolveInstances(config, resolver, context)
  checkModels(instances, autoscaling, context)
  checkFailures(instances, autoscaling, context)
  const { deployments } = resolver
  const { admission, routing, transfer, timeoutS, horizonS } = config
  const options: FlowsimOptions = {
    instances,
    ...(encoders.length === 0 ? {} : { encoders }),
    autoscaling,
    routing: routingOptions(routing),
    admission: { ...valuesOf(ADMISSION), ...defined(admission ?? {}) },
    transfer: {
      bandwidthBytesPerS:
        transfer?.bandwidthGBps === undefined
          ? slowestAdapter(deployments)
          : transfer.bandwidthGBps * 1e9,
      latencyNs: (transfer?.latencyUs ?? TRANSFER.latencyUs.value) * 1000,
    },
    frontend: frontendOf(config, deployments),
    tokenOverheadNs: Math.round((config.tokenOverheadMs ?? 0) * 1e6),
    timeoutNs: timeoutS === undefined ? NEVER : timeoutS * 1e9,
    horizonNs: horizonS === undefined ? NEVER : horizonS * 1e9,
    seed: config.seed,
    recordBatches: context.recordBatches,
    priorities: config.priorities ?? {},
  }
  return {
    requests: resolver.hasImages ? withTokens(context, resolver) : context.requests,
    options,
    deployments,
    values: enteringValues(config, deployments, options),
    notes: resolver.notes,
  }
}

/** A request's images are those of the model that it asks for. */
function withTokens({ requests, place }: SimulatorContext, { visions }: InstanceResolver) {
  const only = visions.size === 1 ? [...visions.values()][0]! : null
  return requestsWithImages(
    requests,
    ({ model }) => only ?? visions.get(model ?? null) ?? null,
    place(['workload', 'images']),
  )
}

function routingOptions(routing: RoutingConfig | undefined): FlowsimOptions['routing'] {
  const { stalenessMs, ...rest } = { ...valuesOf(ROUTING), ...defined(routing ?? {}) }
  return { scorers: SCORERS, ...rest, stalenessNs: stalenessMs * 1e6 }
}

/** Bytes per second of the slowest device's adapters, or of a port where none is described. */
function slowestAdapter(deployments: readonly Deployment[]): number {
  const known = deployments.flatMap(({ adapterBytesPerS }) => adapterBytesPerS ?? [])
  return known.length === 0 ? TRANSFER.bandwidthGBps.value * 1e9 : Math.min(...known)
}

/** What is stated, else the slowest of the engines. */
function frontendOf(
  {
    requestOverheadMs,
    busyOverheadMs,
    inputTokenOverheadUs,
    otherRequestOverheadUs,
  }: FlowsimConfig,
  deployments: readonly Deployment[],
): Frontend {
  const most = (part: keyof Frontend) =>
    Math.max(0, ...deployments.map(({ engine }) => engine.frontend[part]))
  return {
    requestNs: nanoseconds(requestOverheadMs, 1e6) ?? most('requestNs'),
    busyNs: nanoseconds(busyOverheadMs, 1e6) ?? most('busyNs'),
    inputTokenNs: nanoseconds(inputTokenOverheadUs, 1e3) ?? most('inputTokenNs'),
    otherRequestNs: nanoseconds(otherRequestOverheadUs, 1e3) ?? most('otherRequestNs'),
  }
}

const nanoseconds = (stated: number | undefined, unitNs: number) =>
  stated === undefined ? undefined : stated * unitNs
