// The facts of an engine that entered a run, each with its source: those about what the deployment has.
import type { ModelConfig } from '@flowsim/model-graph'
import type { Assumption } from '@flowsim/serving-sim'
import { type EngineFacts, leaves, sourceOf } from './engine-facts.js'

/** Fields of a configuration that state a value instead, by the path of the value. */
const SETTINGS: Readonly<Record<string, string>> = {
  'host.opUs': 'stepTime.hostOpUs',
  'host.sequenceUs': 'stepTime.hostSequenceUs',
  'host.draftUs': 'speculation.hostUs',
  'host.requestMs': 'requestOverheadMs',
  'host.busyMs': 'busyOverheadMs',
  'host.inputTokenUs': 'inputTokenOverheadUs',
  'host.otherRequestUs': 'otherRequestOverheadUs',
  'graphs.decode': 'cudaGraphs.decode',
  'graphs.padding': 'cudaGraphs.padding',
  'graphs.prefillTokens': 'cudaGraphs.prefill',
  'scheduler.async': 'scheduler.asyncScheduling',
  'scheduler.reservation': 'scheduler.reservation',
}

/** What a deployment has, as far as facts of an engine are about it. */
export interface DeploymentParts {
  model: ModelConfig
  devices: number
}

/** Facts that matter only to what some deployments have: kernels that others never launch. */
const ONLY_FOR: Readonly<Record<string, (parts: DeploymentParts) => boolean>> = {
  'kernels.allReduce': isDivided,
  'kernels.latentAttention': (parts) => hasLayer(parts, ({ mixer }) => mixer.type === 'mla'),
  'kernels.sharedBesideTokens': (parts) =>
    hasLayer(parts, ({ ffn }) => ffn.type === 'moe' && ffn.shared != null),
  'kernels.unmeasuredExperts': hasExperts,
  'kernels.normInAllReduce': isDivided,
  'memory.runtimeBytes.alone': (parts) => !isDivided(parts),
  'memory.runtimeBytes.parallel': isDivided,
}

/** The facts that matter to a deployment as a list, for the output of a run. */
export function listFacts(facts: EngineFacts, parts: DeploymentParts): Assumption[] {
  const { engine, versions } = facts
  const matters = (path: string) =>
    Object.entries(ONLY_FOR).every(
      ([of, holds]) => (path !== of && !path.startsWith(`${of}.`)) || holds(parts),
    )
  return leaves(facts)
    .filter(matters)
    .map((path) => ({
      name: `${engine} ${versions.from}: ${path}`,
      value: valueAt(facts, path),
      source: sourceOf(facts, path)!,
      ...(SETTINGS[path] === undefined ? {} : { setting: SETTINGS[path] }),
    }))
}

function valueAt(facts: EngineFacts, path: string): Assumption['value'] {
  const value = path.split('.').reduce<unknown>((at, key) => (at as never)[key], facts)
  return Array.isArray(value) ? value.join(', ') : (value as Assumption['value'])
}

function isDivided({ devices }: DeploymentParts): boolean {
  return devices > 1
}

function hasExperts(parts: DeploymentParts): boolean {
  return hasLayer(parts, ({ ffn }) => ffn.type === 'moe')
}

function hasLayer(
  { model: { layerKinds } }: DeploymentParts,
  holds: (layer: ModelConfig['layerKinds'][number]) => boolean,
): boolean {
  return layerKinds.some(holds)
}
