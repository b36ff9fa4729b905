// The values that enter a run though its configuration does not state them: those of the deployment's engine
// and device, and this simulator's own defaults.
import type { Assumption, Deployment } from '../../step-time/deployment.js'
import type { FlowsimOptions } from './options.js'
import type { FlowsimConfig } from './schema.js'

const VLLM = "vLLM v1's default"

/** This simulator's defaults, by the field that states them. */
function ownDefaults({ instances, transfer, tokenOverheadNs }: FlowsimOptions): Assumption[] {
  const { scheduler, kv, cpuOverhead, speculation } = instances[0]!
  const own = (setting: string, value: Assumption['value'], source: string): Assumption => ({
    name: setting,
    value,
    source,
    setting,
  })
  const isSplit = instances.some(({ role }) => role !== 'both')
  const copies = kv.offloadBlocks > 0 || scheduler.preemption === 'swap'
  return [
    own('scheduler.policy', scheduler.policy, VLLM),
    own('scheduler.maxNumSeqs', scheduler.maxNumSeqs, VLLM),
    own('scheduler.maxNumBatchedTokens', scheduler.maxNumBatchedTokens, VLLM),
    own('scheduler.maxModelLen', scheduler.maxModelLen, 'the longest of the model'),
    own('kv.blocks', kv.blocks, 'what fits beside weights and activations'),
    own('kv.blockSize', kv.blockSize, VLLM),
    own('kv.prefixCaching', kv.prefixCaching, VLLM),
    own('cpuOverhead.perStepUs', cpuOverhead.perStepNs / 1000, 'not modelled'),
    own('tokenOverheadMs', tokenOverheadNs / 1e6, 'not modelled'),
    ...(speculation === null
      ? []
      : [
          ...(speculation.method === 'mtp' && speculation.tokens === speculation.reach.length
            ? [own('speculation.depth', speculation.tokens, 'the layers of the model for it')]
            : []),
          own('speculation.hostUs', speculation.hostNs / 1000, 'not modelled'),
        ]),
    ...(isSplit
      ? [
          own('transfer.bandwidthGBps', transfer.bandwidthBytesPerS / 1e9, 'a port of 400 Gbit/s'),
          own('transfer.latencyUs', transfer.latencyNs / 1000, 'unverified'),
        ]
      : []),
    ...(copies
      ? [
          own(
            'kv.hostBandwidthGBps',
            kv.hostBandwidthBytesPerS / 1e9,
            'PCIe 5 x16, one direction, at the 85 % that copies reach',
          ),
          own('kv.hostLatencyUs', kv.hostLatencyNs / 1000, 'unverified'),
        ]
      : []),
  ]
}

/** The assumptions of a run: of each deployment once, without those that the configuration states. */
export function assumptionsOf(
  config: FlowsimConfig,
  deployments: readonly Deployment[],
  options: FlowsimOptions,
): Assumption[] {
  const all = [...deployments.flatMap(({ assumptions }) => assumptions), ...ownDefaults(options)]
  const seen = new Set<string>()
  return all.filter(({ name, setting }) => {
    // What an engine says of a setting comes before this simulator's own default.
    const key = setting ?? name
    if (seen.has(key) || (setting !== undefined && isStated(config, setting))) return false
    seen.add(key)
    return true
  })
}

/** Whether a configuration states a field, for all instances or for a group. */
function isStated(config: FlowsimConfig, setting: string): boolean {
  const path = setting.split('.')
  return [config, ...(config.instances ?? [])].some((section) => {
    let at: unknown = section
    for (const key of path) at = (at as Record<string, unknown> | undefined)?.[key]
    return at !== undefined
  })
}
