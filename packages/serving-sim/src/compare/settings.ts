// The settings that must agree for two runs to be compared, and where they do not.
//
// A token budget of 16 against 512, or CPU overhead left out, moved prefill and decode by 2 to 11
// times in published comparisons, in opposite directions, so that totals looked right.

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
  /** What else enters the run, stated or by default, by its field in our configurations. */
  others: Readonly<Record<string, SettingValue>>
}

/** A value of a setting. */
export type SettingValue = number | string | boolean | null

/** A setting in which two runs differ. */
export interface SettingMismatch {
  setting: string
  reference: SettingValue
  candidate: SettingValue
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
  return [...pairs(reference, candidate)].flatMap(([setting, a, b]) =>
    a === null || b === null || a === b ? [] : [{ setting, reference: a, candidate: b }],
  )
}

/** Settings that only one of two runs states. */
export function unknownSettings(reference: RunSettings, candidate: RunSettings): string[] {
  return [...pairs(reference, candidate)].flatMap(([setting, a, b]) =>
    (a === null) === (b === null) ? [] : [setting],
  )
}

/** Every setting of either run, with the values that it has in both. */
function* pairs(
  reference: RunSettings,
  candidate: RunSettings,
): Generator<[setting: string, reference: SettingValue, candidate: SettingValue]> {
  for (const setting of COMPARED) yield [setting, reference[setting], candidate[setting]]
  for (const name of new Set([reference, candidate].flatMap(({ others }) => Object.keys(others)))) {
    yield [name, reference.others[name] ?? null, candidate.others[name] ?? null]
  }
}

/** Settings of a run that states these and no others. */
export function statedSettings(engine: string, stated: Partial<RunSettings>): RunSettings {
  return {
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
    others: {},
    ...stated,
    engine,
  }
}
