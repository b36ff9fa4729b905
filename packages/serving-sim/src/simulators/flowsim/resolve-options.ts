// From a configuration to the settings of our own engine.
//
// Defaults are vLLM's (V1, 0.11): 16 tokens a block, 256 requests, 8192 tokens a step, prefix caching,
// 90 % of device memory, preemption by recomputation. What is not vLLM's is said below.

import { defined } from '../../config/defined.js'
import { ServingError, type SourcePlace } from '../../errors.js'
import type { Assumption, Deployment, KvMemory, KvRoom } from '../../step-time/deployment.js'
import type { EngineRules, GraphSizes } from '../../step-time/engine-rules.js'
import type { CommonFields, SimulatorContext } from '../simulator.js'
import { assumptionsOf } from './assumptions.js'
import { evenLayout, fittingBlocks, type KvLayout, kvLayout } from './kv-layout.js'
import type {
  CpuOverhead,
  FlowsimOptions,
  GraphOptions,
  InstanceOptions,
  SchedulerOptions,
} from './options.js'
import type { FlowsimConfig, GraphsConfig, InstanceConfig } from './schema.js'

/** vLLM's scheduler settings. */
const DEFAULT_SCHEDULER: SchedulerOptions = {
  policy: 'vllm-v1',
  maxNumSeqs: 256,
  maxNumBatchedTokens: 8192,
  longPrefillTokenThreshold: 0,
  maxModelLen: 0,
  order: 'fcfs',
  preemption: 'recompute',
  // V1 has none; V0 keeps 1 % free.
  watermark: 0,
  // LightLLM's own is 10, which it has below.
  maxWaitingSteps: 0,
  reservation: 'as-needed',
  asyncScheduling: false,
}

/**
 * What the host adds to each step where a configuration says nothing; see docs/serving.md for where
 * the figures come from.
 */
const DEFAULT_CPU_OVERHEAD: CpuOverhead = {
  perStepNs: 0,
  perSequenceNs: 0,
  overlapped: false,
}

/** The settings that a configuration means, and the deployments that its instances are of. */
export interface ResolvedOptions {
  options: FlowsimOptions
  /** One for each section `stepTime`. */
  deployments: Deployment[]
  /** Values that enter the run though the configuration does not state them. */
  assumptions: Assumption[]
}

export function resolveOptions(
  config: FlowsimConfig & CommonFields,
  context: SimulatorContext,
): ResolvedOptions {
  const groups: (InstanceConfig | null)[] = config.instances ?? [null]
  const deployments = new Map<unknown, Deployment>()
  const instances: InstanceOptions[] = []
  for (const [index, group] of groups.entries()) {
    const path = group === null ? [] : ['instances', index]
    const made = instanceOptions(config, group, path, context, deployments)
    const base = group?.name ?? (groups.length > 1 ? `group-${index}` : 'instance')
    const copies = group?.count ?? 1
    for (let copy = 0; copy < copies; copy++) {
      const name = copies > 1 || group?.name === undefined ? `${base}-${copy}` : base
      instances.push({ ...made, name })
    }
  }
  checkRoles(instances, config, context)
  const engines = [...deployments.values()].map(({ engine }) => engine)
  const { requestOverheadMs } = config
  const seconds = (value: number | undefined) =>
    value === undefined ? Number.POSITIVE_INFINITY : value * 1e9
  const { admission, autoscaling, routing, transfer } = config
  const options: FlowsimOptions = {
    instances,
    routing: {
      policy: routing?.policy ?? 'round-robin',
      // The weights of llm-d's default profile, with the prefix found in the cache itself.
      scorers: routing?.scorers ?? { 'prefix-cache': 2, 'queue-depth': 1, 'kv-utilization': 1 },
    },
    admission: admission ?? {
      policy: 'always',
      burstTokens: 0,
      tokensPerS: 0,
      maxQueue: 1,
      maxKvUse: 1,
      shedPriority: 0,
    },
    transfer: {
      // One 400 Gbit/s port.
      bandwidthBytesPerS: (transfer?.bandwidthGBps ?? 50) * 1e9,
      latencyNs: (transfer?.latencyUs ?? 50) * 1000,
    },
    autoscaling:
      autoscaling === undefined
        ? null
        : {
            min: autoscaling.min,
            max: Math.min(autoscaling.max, instances.length),
            intervalNs: autoscaling.intervalS * 1e9,
            startupNs: autoscaling.startupS * 1e9,
            upKvUse: autoscaling.upKvUse,
            upQueue: autoscaling.upQueue,
            downKvUse: autoscaling.downKvUse,
            downStabilisationNs: autoscaling.downStabilisationS * 1e9,
          },
    arrivalNs:
      requestOverheadMs === undefined
        ? (inputTokens) => Math.max(...engines.map((engine) => engine.arrivalNs(inputTokens)))
        : () => requestOverheadMs * 1e6,
    tokenOverheadNs: Math.round((config.tokenOverheadMs ?? 0) * 1e6),
    timeoutNs: seconds(config.timeoutS),
    horizonNs: seconds(config.horizonS),
    seed: config.seed,
    recordBatches: context.recordBatches,
    priorities: config.priorities ?? {},
  }
  const made = [...deployments.values()]
  return { options, deployments: made, assumptions: assumptionsOf(config, made, options) }
}

function instanceOptions(
  config: FlowsimConfig,
  group: InstanceConfig | null,
  path: readonly PropertyKey[],
  context: SimulatorContext,
  deployments: Map<unknown, Deployment>,
): InstanceOptions {
  const kv = { ...config.kv, ...group?.kv }
  const scheduler = { ...config.scheduler, ...group?.scheduler }
  const cpu = { ...config.cpuOverhead, ...group?.cpuOverhead }
  const stepTime = group?.stepTime ?? config.stepTime
  if (stepTime === undefined) {
    throw new ServingError(
      'invalid_config',
      'stepTime is missing; say how long a step takes',
      context.place(path),
    )
  }
  const blockSize = kv.blockSize ?? 16
  let deployment = deployments.get(stepTime)
  if (deployment === undefined) {
    const section = [...(group?.stepTime === undefined ? [] : path), 'stepTime']
    deployment = context.deploy(stepTime, section, blockSize)
    deployments.set(stepTime, deployment)
  }
  const { engine } = deployment
  const stated: SchedulerOptions = {
    ...DEFAULT_SCHEDULER,
    ...(scheduler.policy === 'lightllm' ? { maxWaitingSteps: 10 } : {}),
    ...(deployment.maxModelLen === null ? {} : { maxModelLen: deployment.maxModelLen }),
    reservation: engine.reservation,
    asyncScheduling: engine.asyncScheduling,
    ...defined(scheduler),
  }
  // Engines count requests and tokens for each replica of the attention.
  const schedulerOptions: SchedulerOptions = {
    ...stated,
    maxNumSeqs: stated.maxNumSeqs * deployment.replicas,
    maxNumBatchedTokens: stated.maxNumBatchedTokens * deployment.replicas,
  }
  const { memory, replicas } = deployment
  const snapshotTokens = kv.snapshotTokens ?? 0
  const layout =
    memory === null || kv.bytesPerToken !== undefined
      ? evenLayout(blockSize, kv.bytesPerToken ?? 0)
      : kvLayout(memory, blockSize, snapshotTokens)
  const blocks =
    kv.blocks ??
    replicas *
      blocksThatFit(deployment, layout, context.place([...path, 'kv']), {
        memoryUtilization: kv.memoryUtilization ?? 0.9,
        batchTokens: stated.maxNumBatchedTokens,
        sequences: stated.maxNumSeqs,
      })
  return {
    name: '',
    role: group?.role ?? 'both',
    stepTime: deployment.stepTime,
    devices: deployment.devices,
    scheduler: schedulerOptions,
    kv: {
      ...layout,
      blocks,
      replicas,
      prefixCaching: (kv.prefixCaching ?? true) && (!hasState(memory) || snapshotTokens > 0),
      snapshotTokens,
      swapBlocks: kv.swapBlocks ?? (schedulerOptions.preemption === 'swap' ? blocks : 0),
      offloadBlocks: kv.offloadBlocks ?? 0,
      // PCIe 5 x16, one direction, at the 85 % that copies reach.
      hostBandwidthBytesPerS: (kv.hostBandwidthGBps ?? 53) * 1e9,
      hostLatencyNs: (kv.hostLatencyUs ?? 10) * 1000,
    },
    cpuOverhead: {
      perStepNs:
        cpu.perStepUs === undefined ? DEFAULT_CPU_OVERHEAD.perStepNs : cpu.perStepUs * 1000,
      perSequenceNs:
        cpu.perSequenceUs === undefined
          ? DEFAULT_CPU_OVERHEAD.perSequenceNs
          : cpu.perSequenceUs * 1000,
      overlapped: cpu.overlapped ?? stated.asyncScheduling,
    },
    graphs: graphOptions({ ...config.cudaGraphs, ...group?.cudaGraphs }, engine),
    pipelineStages: group?.pipelineStages ?? config.pipelineStages ?? deployment.pipelineStages,
  }
}

const hasState = (memory: KvMemory | null) => memory !== null && memory.stateBytes > 0

/** @throws ServingError if nothing fits, or the deployment does not know */
function blocksThatFit(
  { memory }: Deployment,
  layout: KvLayout,
  place: SourcePlace,
  room: KvRoom,
): number {
  if (memory === null) {
    throw new ServingError(
      'invalid_config',
      'kv.blocks is missing; stepTime of this type does not know how much memory there is',
      place,
    )
  }
  const blocks = fittingBlocks(memory, layout, room)
  if (blocks > 0) return blocks
  throw new ServingError(
    'model_does_not_fit',
    `what the weights leave does not hold one block of ${layout.blockSize} tokens; use more devices`,
    place,
  )
}

function graphOptions(
  { decode, prefill, padding }: GraphsConfig,
  engine: EngineRules,
): GraphOptions {
  return {
    decodeGraphs: graphSizes(decode) ?? engine.decodeGraphs,
    prefillGraphs: graphSizes(prefill) ?? engine.prefillGraphs,
    padsToGraph: padding ?? engine.padsToGraph,
  }
}

const graphSizes = (stated: GraphsConfig['decode']): GraphSizes | undefined =>
  stated === 'none' ? [] : Array.isArray(stated) ? stated.toSorted((a, b) => a - b) : stated

/** Prefill needs decode and the other way round; scaling and roles do not go together. */
function checkRoles(
  instances: readonly InstanceOptions[],
  config: FlowsimConfig,
  { place }: SimulatorContext,
): void {
  const has = (role: InstanceOptions['role']) => instances.some((one) => one.role === role)
  const split = has('prefill') || has('decode')
  if (split && !(has('prefill') && has('decode'))) {
    const missing = has('prefill') ? 'decode' : 'prefill'
    throw new ServingError(
      'invalid_config',
      `no instance has the role ${missing}; disaggregation needs both`,
      place(['instances']),
    )
  }
  if (split && has('both')) {
    throw new ServingError(
      'invalid_config',
      'instances of the role both cannot stand beside prefill and decode ones',
      place(['instances']),
    )
  }
  if (split && config.autoscaling !== undefined) {
    throw new ServingError(
      'unsupported',
      'autoscaling of prefill and decode instances is not modelled; remove it or the roles',
      place(['autoscaling']),
    )
  }
  if (config.autoscaling !== undefined && config.autoscaling.min > instances.length) {
    throw new ServingError(
      'invalid_config',
      `autoscaling.min is ${config.autoscaling.min} of ${instances.length} instances`,
      place(['autoscaling', 'min']),
    )
  }
}
