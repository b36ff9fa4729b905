// The values that enter a run beside what its configuration states: those of the deployment's engine and device, and
// this simulator's own defaults. A run shows those that nobody stated; a comparison holds all of them against those
// of the other run.
import type { Assumption, Deployment } from '../../step-time/deployment.js'
import {
  ADMISSION,
  type Default,
  ENCODER,
  FAILURES,
  KV,
  LORA,
  ROUTING,
  SCALING,
  STRUCTURED_OUTPUT,
  TIERS,
  TRANSFER,
} from './defaults.js'
import { GRAMMAR_TIMES } from './grammars/engines.js'
import type { FlowsimOptions } from './options.js'
import type { FlowsimConfig } from './schema.js'

const VLLM = "vLLM v1's default"

/** A value, and whether the configuration states it. */
export interface EnteringValue extends Assumption {
  isStated: boolean
}

const own = (setting: string, value: Assumption['value'], source: string): Assumption => ({
  name: setting,
  value,
  source,
  setting,
})

const fromDefaults = (section: string, defaults: Record<string, Default<unknown>>): Assumption[] =>
  Object.entries(defaults).map(([field, { value, source }]) =>
    own(`${section}.${field}`, value as Assumption['value'], source),
  )

/** This simulator's defaults, by the field that states them; of what a run has. */
function ownDefaults(
  config: FlowsimConfig,
  deployments: readonly Deployment[],
  options: FlowsimOptions,
): Assumption[] {
  const { instances, encoders = [], tokenOverheadNs } = options
  const { scheduler, kv, speculation } = instances[0]!
  const encoder = encoders[0]?.encoder ?? instances[0]!.encoder ?? null
  // What prefilling for others takes is one of the engine's facts.
  const { cpuOverhead } = instances.find(({ role }) => role !== 'prefill') ?? instances[0]!
  const isSplit = instances.some(({ role }) => role !== 'both')
  const copies = kv.tiers.length > 0 || scheduler.preemption === 'swap'
  return [
    own('scheduler.policy', scheduler.policy, VLLM),
    own('scheduler.maxNumSeqs', scheduler.maxNumSeqs, VLLM),
    own('scheduler.maxNumBatchedTokens', scheduler.maxNumBatchedTokens, VLLM),
    own('scheduler.longPrefillTokenThreshold', scheduler.longPrefillTokenThreshold, VLLM),
    own('scheduler.maxModelLen', scheduler.maxModelLen, 'the longest of the model'),
    own('scheduler.order', scheduler.order, VLLM),
    own('scheduler.preemption', scheduler.preemption, VLLM),
    own('scheduler.watermark', scheduler.watermark, VLLM),
    own('scheduler.reservation', scheduler.reservation, "the engine's"),
    own('scheduler.asyncScheduling', scheduler.asyncScheduling, "the engine's"),
    own('kv.blocks', kv.blocks, 'what fits beside weights and activations'),
    ...(config.kv?.blocks === undefined
      ? [own('kv.memoryUtilization', KV.memoryUtilization.value, KV.memoryUtilization.source)]
      : []),
    own('kv.blockSize', kv.blockSize, KV.blockSize.source),
    own('kv.prefixCaching', kv.prefixCaching, KV.prefixCaching.source),
    own('cpuOverhead.perStepUs', cpuOverhead.perStepNs / 1000, 'not modelled'),
    own('cpuOverhead.perSequenceUs', cpuOverhead.perSequenceNs / 1000, 'not modelled'),
    own('tokenOverheadMs', tokenOverheadNs / 1e6, 'not modelled'),
    ...(speculation === null
      ? []
      : [
          ...(speculation.method === 'mtp' && speculation.tokens === speculation.reach.length
            ? [own('speculation.depth', speculation.tokens, 'the layers of the model for it')]
            : []),
          own('speculation.hostUs', speculation.hostNs / 1000, 'not modelled'),
        ]),
    ...(instances.length > 1 ? fromDefaults('routing', ROUTING) : []),
    ...(config.admission === undefined ? [] : fromDefaults('admission', ADMISSION)),
    ...scalingDefaults(config),
    ...(isSplit || encoders.length > 0 ? transferDefaults(deployments, options) : []),
    ...featureDefaults(config),
    ...(encoder === null
      ? []
      : [
          own('encoder.budgetTokens', encoder.budgetTokens, ENCODER.budgetTokens),
          own('encoder.cacheTokens', encoder.cacheTokens, ENCODER.cacheTokens),
        ]),
    ...(copies
      ? [
          own('kv.hostBandwidthGBps', KV.hostBandwidthGBps.value, KV.hostBandwidthGBps.source),
          own('kv.hostLatencyUs', KV.hostLatencyUs.value, KV.hostLatencyUs.source),
        ]
      : []),
    ...tierDefaults(config),
  ]
}

/** Of the sections that a configuration has. */
function featureDefaults(config: FlowsimConfig): Assumption[] {
  const has = (section: 'lora' | 'structuredOutput' | 'failures') =>
    [config, ...(config.instances ?? [])].some((group) => group[section] !== undefined)
  const { engine } = STRUCTURED_OUTPUT
  const stated = config.structuredOutput?.engine ?? engine.value
  const times = GRAMMAR_TIMES[stated]
  const measured = `${stated}'s mean in MaskBench (jsonschemabench)`
  return [
    ...(has('failures') ? fromDefaults('failures', FAILURES) : []),
    ...(has('lora') ? fromDefaults('lora', LORA) : []),
    ...(has('structuredOutput')
      ? [
          ...fromDefaults('structuredOutput', STRUCTURED_OUTPUT),
          own('structuredOutput.maskUs', times.maskUs, measured),
          own('structuredOutput.compileMs', times.compileMs, measured),
        ]
      : []),
  ]
}

function tierDefaults({ kv, instances = [] }: FlowsimConfig): Assumption[] {
  const tiers = [kv, ...instances.map((group) => group.kv)].find((one) => one?.tiers)?.tiers ?? []
  return tiers.flatMap(({ type }, i) => fromDefaults(`kv.tiers.${i}`, TIERS[type]))
}

function transferDefaults(
  deployments: readonly Deployment[],
  { transfer }: FlowsimOptions,
): Assumption[] {
  const { bandwidthGBps, latencyUs } = TRANSFER
  const hasAdapters = deployments.some(({ adapterBytesPerS }) => adapterBytesPerS !== null)
  const source = hasAdapters ? "the device's adapters" : bandwidthGBps.source
  return [
    own('transfer.bandwidthGBps', transfer.bandwidthBytesPerS / 1e9, source),
    own('transfer.latencyUs', latencyUs.value, latencyUs.source),
  ]
}

function scalingDefaults({ autoscaling }: FlowsimConfig): Assumption[] {
  if (autoscaling === undefined) return []
  if ('max' in autoscaling) return fromDefaults('autoscaling', SCALING)
  return Object.keys(autoscaling).flatMap((phase) => fromDefaults(`autoscaling.${phase}`, SCALING))
}

/** All values that enter, of each deployment once; what the configuration states has its value. */
export function enteringValues(
  config: FlowsimConfig,
  deployments: readonly Deployment[],
  options: FlowsimOptions,
): EnteringValue[] {
  const all = [
    ...deployments.flatMap(({ assumptions }) => assumptions),
    ...ownDefaults(config, deployments, options),
  ]
  const seen = new Set<string>()
  return all.flatMap((entry): EnteringValue[] => {
    // What an engine says of a setting comes before this simulator's own default.
    const key = entry.setting ?? entry.name
    if (seen.has(key)) return []
    seen.add(key)
    const stated = entry.setting === undefined ? undefined : statedValue(config, entry.setting)
    if (stated === undefined) return [{ ...entry, isStated: false }]
    return [{ ...entry, value: plain(stated), isStated: true }]
  })
}

/** What a configuration says of a field, for all instances or for a group. */
function statedValue(config: FlowsimConfig, setting: string): unknown {
  const path = setting.split('.')
  for (const section of [config, ...(config.instances ?? [])]) {
    let at: unknown = section
    for (const key of path) at = (at as Record<string, unknown> | undefined)?.[key]
    if (at !== undefined) return at
  }
  return undefined
}

const plain = (value: unknown): Assumption['value'] =>
  typeof value === 'object' ? JSON.stringify(value) : (value as Assumption['value'])
