// How the experts of a deployment are divided, balanced and reached, from the fields that say so and from what holds
// where they do not.
import type { ModelConfig, Parallelism } from '@flowsim/model-graph'
import { devicesOfNode } from '@flowsim/perf-model/parts'
import { type Assumption, ServingError, type StepTimeContext } from '@flowsim/serving-sim'
import type { HardwareSpec } from '@flowsim/trace-schema'
import type { ModelFields } from '../model-fields.js'
import { placed } from '../serving-errors.js'
import { type ExpertLoad, readExpertLoad } from './expert-load.js'
import { expertSkew } from './expert-skew.js'
import { expertsOf } from './wide-experts.js'

/** Most devices that the measured kernels of fused experts and library collectives hold for: those of a host. */
const HOST_DEVICES = 8

/** How experts are reached. */
export interface ExpertPlan {
  /** Their rows are sent by separate kernels, and they run as grouped products. */
  isWide: boolean
  hasTwoBatches: boolean
  redundant: number
  load: ExpertLoad
  /** Rows of the busiest device over the mean, by the tokens of all devices. */
  skew: (tokens: number) => number
  /** Values that the configuration need not state. */
  assumptions: Assumption[]
}

type ExpertFields = Pick<
  ModelFields,
  | 'expertKernels'
  | 'redundantExperts'
  | 'expertBalancing'
  | 'expertLoad'
  | 'twoBatchOverlap'
  | 'devicesPerNode'
  | 'expertParallel'
  | 'dataParallel'
  | 'tensorParallel'
  | 'moeTensorParallel'
>

/** Copies of experts with which they fill their devices evenly. */
export function redundantExperts(
  model: ModelConfig,
  { redundantExperts: stated, expertParallel = 1 }: ExpertFields,
): number {
  if (stated !== undefined) return stated
  const experts = expertsOf(model)?.experts
  if (experts === undefined) return 0
  return (expertParallel - (experts % expertParallel)) % expertParallel
}

/** Plans the experts of a deployment. @throws ServingError at the field at fault */
export function planExperts(
  config: ExpertFields,
  {
    model,
    hardware,
    parallelism,
  }: {
    model: ModelConfig
    hardware: HardwareSpec
    parallelism: Parallelism
  },
  { at, readText }: Pick<StepTimeContext, 'at' | 'readText'>,
): ExpertPlan {
  const ffn = expertsOf(model)
  const devices = parallelism.expert ?? 1
  const redundant = parallelism.redundantExperts ?? 0
  const { expertBalancing: balancing = redundant > 0 ? 'eplb' : 'none' } = config
  const load = placed(at('expertLoad'), () => {
    const read = readExpertLoad(config.expertLoad ?? 'balanced', { readText })
    // A file of counts for another model is told now.
    read.weights(ffn?.experts ?? 1, 1024)
    return read
  })
  const isSpread = (config.dataParallel ?? 1) > 1 && (config.moeTensorParallel ?? 1) === 1
  const canBeWide = ffn !== undefined && isSpread && devices > 1
  const node = devicesOfNode(hardware, config.devicesPerNode)
  const isMany = devices > Math.min(node, HOST_DEVICES)
  const { expertKernels = canBeWide && isMany ? 'deepep' : 'library', twoBatchOverlap = false } =
    config
  const isWide = expertKernels === 'deepep'
  if (isWide && !canBeWide) {
    throw new ServingError(
      'invalid_config',
      'deepep sends rows between replicas: it needs dataParallel and expertParallel above 1, and whole experts',
      at('expertKernels'),
    )
  }
  if (twoBatchOverlap && !isWide) {
    throw new ServingError(
      'invalid_config',
      'two batches overlap where rows are sent to experts by expertKernels: deepep',
      at('twoBatchOverlap'),
    )
  }
  const skew =
    ffn === undefined
      ? () => 1
      : expertSkew(load, {
          experts: ffn.experts,
          topk: ffn.topk,
          devices,
          redundant,
          balancing,
        })
  const isDivided = ffn !== undefined && devices > 1
  const own = (field: string, value: Assumption['value'], source: string): Assumption => ({
    name: `stepTime.${field}`,
    value,
    source,
    setting: `stepTime.${field}`,
  })
  return {
    isWide,
    hasTwoBatches: twoBatchOverlap,
    redundant,
    load,
    skew,
    assumptions: isDivided
      ? [
          own(
            'expertKernels',
            expertKernels,
            'deepep (DeepEP and DeepGEMM) where more devices share the experts than a host has, as in the published deployments',
          ),
          own('expertLoad', load.name, 'an even load; real ones are rarely'),
          own('redundantExperts', redundant, 'as many as fill the devices evenly'),
          own('expertBalancing', balancing, 'eplb where there are redundant experts'),
          own('twoBatchOverlap', twoBatchOverlap, 'off by default in SGLang and vLLM'),
        ]
      : [],
  }
}
