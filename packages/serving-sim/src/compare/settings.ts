// The settings that must agree for two runs to be compared, and where they do not.
//
// A token budget of 16 against 512, or CPU overhead left out, moved prefill and decode by 2 to 11
// times in published comparisons, in opposite directions, so that totals looked right.
import type { ModelStepTime, ServingConfig } from '../config/serving-schema.js'
import type { InstanceOptions } from '../simulators/flowsim/options.js'

/** Settings of a run; null where a run has no such thing or does not say. */
export interface RunSettings {
  engine: string
  scheduler: string | null
  /** Most new tokens of a step: the chunk of chunked prefill. */
  maxBatchTokens: number | null
  /** Most requests of a batch. */
  maxBatchSize: number | null
  blockSize: number | null
  kvBlocks: number | null
  precision: string | null
  prefixCaching: boolean | null
  tensorParallel: number | null
  pipelineParallel: number | null
  instances: number | null
  /** Microseconds that the CPU adds to each step; 0: not modelled; null: in the step times. */
  cpuOverheadUs: number | null
}

/** A setting in which two runs differ. */
export interface SettingMismatch {
  setting: keyof RunSettings
  reference: RunSettings[keyof RunSettings]
  candidate: RunSettings[keyof RunSettings]
}

const COMPARED = [
  'maxBatchTokens',
  'maxBatchSize',
  'blockSize',
  'kvBlocks',
  'precision',
  'prefixCaching',
  'tensorParallel',
  'pipelineParallel',
  'instances',
] as const satisfies (keyof RunSettings)[]

/** Settings that both runs state, and state differently. */
export function settingMismatches(
  reference: RunSettings,
  candidate: RunSettings,
): SettingMismatch[] {
  return COMPARED.flatMap((setting) => {
    const a = reference[setting]
    const b = candidate[setting]
    return a === null || b === null || a === b ? [] : [{ setting, reference: a, candidate: b }]
  })
}

/** Settings that only one of two runs states. */
export function unknownSettings(reference: RunSettings, candidate: RunSettings): string[] {
  return COMPARED.filter(
    (setting) => (reference[setting] === null) !== (candidate[setting] === null),
  )
}

const UNKNOWN: RunSettings = {
  engine: '',
  scheduler: null,
  maxBatchTokens: null,
  maxBatchSize: null,
  blockSize: null,
  kvBlocks: null,
  precision: null,
  prefixCaching: null,
  tensorParallel: null,
  pipelineParallel: null,
  instances: null,
  cpuOverheadUs: null,
}

/** Settings that a measured run states. */
export function statedSettings(engine: string, stated: Partial<RunSettings>): RunSettings {
  return { ...UNKNOWN, ...stated, engine }
}

/** A precision as one text, parts in the order of their names. */
function precisionOf(model: ModelStepTime | null): string | null {
  const precision = model?.precision
  if (precision === undefined) return null
  if (typeof precision === 'string') return precision
  const parts = Object.entries(precision).sort(([a], [b]) => (a < b ? -1 : 1))
  return parts.map(([part, scheme]) => `${part} ${scheme}`).join(', ')
}

/** The settings of a configured run; `instances` are those of our own engine, once resolved. */
export function settingsOf(
  config: ServingConfig,
  instances: readonly InstanceOptions[] | null,
): RunSettings {
  switch (config.engine) {
    case 'flowsim': {
      const [first] = instances!
      const { scheduler, kv, cpuOverhead, pipelineStages } = first!
      const { stepTime } = config
      const model = stepTime?.type === 'model' ? stepTime : null
      const tensorParallel =
        stepTime !== undefined && 'tensorParallel' in stepTime
          ? (stepTime.tensorParallel ?? 1)
          : null
      return {
        engine: config.engine,
        scheduler: scheduler.policy,
        maxBatchTokens: scheduler.maxNumBatchedTokens,
        maxBatchSize: scheduler.maxNumSeqs,
        blockSize: kv.blockSize,
        kvBlocks: kv.blocks,
        precision: precisionOf(model),
        prefixCaching: kv.prefixCaching,
        tensorParallel,
        pipelineParallel: pipelineStages,
        instances: instances!.length,
        // Step times of models have their engine's host in them.
        cpuOverheadUs:
          model !== null && cpuOverhead.perStepNs === 0 ? null : cpuOverhead.perStepNs / 1000,
      }
    }
    case 'inference-sim-2025': {
      const flags = config.inferenceSim2025
      return {
        ...UNKNOWN,
        engine: config.engine,
        scheduler: 'vllm-v1',
        maxBatchTokens: flags?.maxNumScheduledTokens ?? null,
        maxBatchSize: flags?.maxNumRunningReqs ?? null,
        blockSize: flags?.blockSizeInTokens ?? null,
        kvBlocks: flags?.totalKvBlocks ?? null,
        prefixCaching: true,
        instances: flags?.numReplicas ?? null,
      }
    }
    case 'inference-sim': {
      const { inferenceSim: settings } = config
      return {
        ...UNKNOWN,
        engine: config.engine,
        scheduler: settings.scheduler,
        maxBatchTokens: settings.maxNumBatchedTokens,
        maxBatchSize: settings.maxNumSeqs,
        blockSize: settings.blockSize,
        kvBlocks: settings.totalKvBlocks ?? null,
        prefixCaching: true,
        tensorParallel: settings.tensorParallel,
        instances: settings.numInstances,
      }
    }
    case 'vidur': {
      const { vidur: settings } = config
      const { scheduler, predictor } = settings
      const chunked = scheduler.type === 'sarathi'
      return {
        ...UNKNOWN,
        engine: config.engine,
        scheduler: scheduler.type,
        maxBatchTokens: chunked
          ? (scheduler.chunkSize ?? 512)
          : (scheduler.maxTokensInBatch ?? 4096),
        maxBatchSize: scheduler.batchSizeCap ?? 128,
        blockSize: scheduler.blockSize ?? 16,
        kvBlocks: scheduler.numBlocks ?? null,
        precision: 'fp16',
        prefixCaching: false,
        tensorParallel: settings.tensorParallel,
        pipelineParallel: settings.pipelineStages,
        instances: settings.replicas,
        cpuOverheadUs:
          predictor.type === 'profile' && predictor.cpuOverhead !== undefined ? null : 0,
      }
    }
    case 'reallm': {
      const { reallm: settings } = config
      return {
        ...UNKNOWN,
        engine: config.engine,
        scheduler: settings.scheduler,
        maxBatchTokens: settings.scheduler === 'mixed-sarathi' ? settings.prefillChunk : null,
        precision: 'fp16',
        prefixCaching: false,
        instances: 1,
        cpuOverheadUs: 0,
      }
    }
  }
}
