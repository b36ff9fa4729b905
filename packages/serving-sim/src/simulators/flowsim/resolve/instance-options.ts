// The settings of an instance, from its group and from what all of them share.
//
// Defaults are vLLM's (V1): 16 tokens a block, 256 requests, 8192 tokens a step, prefix caching, 90 % of device
// memory, preemption by recomputation. What an engine does otherwise its deployment says.
import { defined } from '../../../config/defined.js'
import { ServingError, type SourcePlace } from '../../../errors.js'
import type { Deployment, StepTimeConfig } from '../../../step-time/deployment.js'
import type { EngineRules, GraphSizes } from '../../../step-time/engine-rules.js'
import type { CommonFields, SimulatorContext } from '../../simulator.js'
import { KV } from '../defaults.js'
import type { EncodeInstanceOptions } from '../images/encode-instance.js'
import type { EncoderOptions } from '../images/options.js'
import type { CpuOverhead, GraphOptions, InstanceOptions, SchedulerOptions } from '../options.js'
import type { FlowsimConfig, GraphsConfig, InstanceConfig } from '../schema.js'
import { encoderOptions, hasImages } from './encoder-options.js'
import { failureOptions } from './failure-options.js'
import { grammarOptions } from './grammar-options.js'
import { checkLength, kvOptions } from './kv-options.js'
import { loraOptions } from './lora-options.js'
import { resolveSpeculation, type Speculation } from './speculation-options.js'

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
  balanceSteps: 0,
  reservation: 'as-needed',
  asyncScheduling: false,
}

/** Resolves groups; each section `stepTime` is deployed once. */
export class InstanceResolver {
  /** What a user should know before the run. */
  readonly notes: string[] = []
  /** What encodes images, by the model that groups serve. */
  readonly visions = new Map<string | null, Deployment['vision']>()
  /** Whether requests have images. */
  readonly hasImages: boolean
  private readonly deployed = new Map<unknown, Deployment>()

  constructor(
    private readonly config: FlowsimConfig & CommonFields,
    private readonly context: SimulatorContext,
  ) {
    this.hasImages = hasImages(context.requests)
  }

  get deployments(): Deployment[] {
    return [...this.deployed.values()]
  }

  /**
   * The settings of a group's instances, without a name.
   * @throws ServingError with the place of the field at fault
   */
  resolve(group: InstanceConfig | null, path: readonly PropertyKey[]): InstanceOptions {
    const { config } = this
    const deployment = this.deploy(group, path)
    const { engine, replicas } = deployment
    const stated = { ...config.scheduler, ...group?.scheduler }
    const scheduler: SchedulerOptions = {
      ...DEFAULT_SCHEDULER,
      ...(stated.policy === 'lightllm' ? { maxWaitingSteps: 10 } : {}),
      ...(deployment.maxModelLen === null ? {} : { maxModelLen: deployment.maxModelLen }),
      reservation: engine.reservation,
      asyncScheduling: engine.asyncScheduling,
      ...defined(stated),
    }
    const failures = group?.failures ?? config.failures
    const structured = group?.structuredOutput ?? config.structuredOutput
    const speculation = this.speculate(group, path, deployment)
    const lora = group?.lora ?? config.lora
    const adapters =
      lora === undefined ? null : loraOptions(lora, deployment, this.sectionOf(group, path, 'lora'))
    this.visions.set(group?.serves ?? null, deployment.vision)
    const kv = kvOptions(
      { ...config.kv, ...group?.kv },
      {
        deployment,
        scheduler,
        drafter: speculation?.drafter ?? null,
        slotBytes: adapters?.slotBytes ?? 0,
      },
      this.context.place([...path, 'kv']),
    )
    scheduler.maxModelLen = checkLength(scheduler.maxModelLen, kv, {
      isStated: stated.maxModelLen !== undefined,
      place: this.context.place([
        ...(group?.scheduler?.maxModelLen === undefined ? [] : path),
        'scheduler',
        'maxModelLen',
      ]),
      notes: this.notes,
    })
    return {
      name: '',
      role: roleOf(group),
      ...(group?.serves === undefined ? {} : { serves: group.serves }),
      stepTime: deployment.stepTime,
      devices: deployment.devices,
      device: deployment.device,
      // Engines count requests and tokens for each replica of the attention.
      scheduler: {
        ...scheduler,
        maxNumSeqs: scheduler.maxNumSeqs * replicas,
        maxNumBatchedTokens: scheduler.maxNumBatchedTokens * replicas,
      },
      kv,
      cpuOverhead: cpuOverhead(
        { ...config.cpuOverhead, ...group?.cpuOverhead },
        scheduler,
        group?.role === 'prefill' ? engine.contextNs : 0,
      ),
      graphs: graphOptions({ ...config.cudaGraphs, ...group?.cudaGraphs }, engine),
      speculation: speculation?.options ?? null,
      adapters: adapters?.options ?? null,
      outages:
        failures === undefined
          ? null
          : failureOptions(failures, deployment, this.sectionOf(group, path, 'failures')),
      grammars: structured === undefined ? null : grammarOptions(structured),
      ...(this.hasImages && !this.encodesApart(group)
        ? { encoder: this.encoderOf(group, path, deployment, scheduler) }
        : {}),
      pipelineStages: group?.pipelineStages ?? config.pipelineStages ?? deployment.pipelineStages,
    }
  }

  /**
   * The settings of a group's instances that only encode images, without a name.
   * @throws ServingError with the place of the field at fault
   */
  resolveEncoder(group: InstanceConfig, path: readonly PropertyKey[]): EncodeInstanceOptions {
    const deployment = this.deploy(group, path)
    const { bytesPerToken } = { ...this.config.encoder, ...group.encoder }
    if (deployment.vision === null && bytesPerToken === undefined) {
      throw new ServingError(
        'invalid_config',
        'stepTime of this type does not know how large embeddings of images are; state encoder.bytesPerToken',
        this.sectionOf(group, path, 'encoder'),
      )
    }
    const { maxNumBatchedTokens } = {
      ...DEFAULT_SCHEDULER,
      ...defined({ ...this.config.scheduler, ...group.scheduler }),
    }
    return {
      name: '',
      ...(group.serves === undefined ? {} : { serves: group.serves }),
      devices: deployment.devices,
      replicas: deployment.replicas,
      device: deployment.device,
      encoder: this.encoderOf(group, path, deployment, { maxNumBatchedTokens }),
    }
  }

  /** Whether instances of the role `encode` encode the images of a group's model. */
  private encodesApart(group: InstanceConfig | null): boolean {
    return (this.config.instances ?? []).some(
      ({ role, serves }) => role === 'encode' && (serves === undefined || serves === group?.serves),
    )
  }

  private encoderOf(
    group: InstanceConfig | null,
    path: readonly PropertyKey[],
    deployment: Deployment,
    scheduler: Pick<SchedulerOptions, 'maxNumBatchedTokens'>,
  ): EncoderOptions {
    return encoderOptions(
      { ...this.config.encoder, ...group?.encoder },
      {
        deployment,
        scheduler,
        place: this.sectionOf(group, path, 'encoder'),
        stepTimePlace: this.sectionOf(group, path, 'stepTime'),
      },
    )
  }

  /** Where a section stands: in a group, or for all of them. */
  private sectionOf(
    group: InstanceConfig | null,
    path: readonly PropertyKey[],
    section: 'lora' | 'failures' | 'encoder' | 'stepTime',
  ): SourcePlace {
    return this.context.place([...(group?.[section] === undefined ? [] : path), section])
  }

  private deploy(group: InstanceConfig | null, path: readonly PropertyKey[]): Deployment {
    const stepTime = group?.stepTime ?? this.config.stepTime
    if (stepTime === undefined) {
      throw new ServingError(
        'invalid_config',
        'stepTime is missing; say how long a step takes',
        this.context.place(path),
      )
    }
    const section = [...(group?.stepTime === undefined ? [] : path), 'stepTime']
    return this.deployOnce(stepTime, group, section)
  }

  /** How a group drafts tokens; null: it does not. */
  private speculate(
    group: InstanceConfig | null,
    path: readonly PropertyKey[],
    deployment: Deployment,
  ): Speculation | null {
    const stated = group?.speculation ?? this.config.speculation
    if (stated === undefined) return null
    const section = [...(group?.speculation === undefined ? [] : path), 'speculation']
    return resolveSpeculation(stated, {
      deployment,
      role: roleOf(group),
      seed: this.config.seed,
      place: (field) => this.context.place([...section, field]),
      deployDraft: (draft) => this.deployOnce(draft, group, [...section, 'draft']),
    })
  }

  private deployOnce(
    stepTime: StepTimeConfig,
    group: InstanceConfig | null,
    section: readonly PropertyKey[],
  ): Deployment {
    let deployment = this.deployed.get(stepTime)
    if (deployment === undefined) {
      const blockSize = { ...this.config.kv, ...group?.kv }.blockSize ?? KV.blockSize.value
      deployment = this.context.deploy(stepTime, section, blockSize)
      this.deployed.set(stepTime, deployment)
    }
    return deployment
  }
}

/** Of those that have a role in prefilling and decoding. */
function roleOf(group: InstanceConfig | null): InstanceOptions['role'] {
  const role = group?.role ?? 'both'
  return role === 'encode' ? 'both' : role
}

/**
 * What the host adds to each step where its step time does not say: nothing, unless stated.
 * @param contextNs of a step that prefills for others, which engines do not schedule ahead; 0: it does not
 */
function cpuOverhead(
  { perStepUs, perSequenceUs = 0, overlapped }: NonNullable<FlowsimConfig['cpuOverhead']>,
  { asyncScheduling }: SchedulerOptions,
  contextNs: number,
): CpuOverhead {
  const isContext = perStepUs === undefined && contextNs > 0
  return {
    perStepNs: perStepUs === undefined ? contextNs : perStepUs * 1000,
    perSequenceNs: perSequenceUs * 1000,
    overlapped: overlapped ?? (asyncScheduling && !isContext),
  }
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
