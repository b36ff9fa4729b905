// The engines that FlowSim knows, by name and version.
import sglang04 from '../../engines/sglang-0.4.json' with { type: 'json' }
import trtllm10 from '../../engines/trtllm-1.0.json' with { type: 'json' }
import trtllm12 from '../../engines/trtllm-1.2.json' with { type: 'json' }
import vllm09 from '../../engines/vllm-0.9.json' with { type: 'json' }
import vllm014 from '../../engines/vllm-0.14.json' with { type: 'json' }
import vllm016 from '../../engines/vllm-0.16.json' with { type: 'json' }
import {
  type EngineFacts,
  EngineFactsError,
  type EngineName,
  readEngineFacts,
} from './engine-facts.js'
import { compareVersions } from './versions.js'

const FILES: Readonly<Record<string, unknown>> = {
  'vllm-0.9.json': vllm09,
  'vllm-0.14.json': vllm014,
  'vllm-0.16.json': vllm016,
  'sglang-0.4.json': sglang04,
  'trtllm-1.0.json': trtllm10,
  'trtllm-1.2.json': trtllm12,
}

let known: readonly EngineFacts[] | undefined

/** Facts of all engines, each engine's versions in order. */
export function listEngines(): readonly EngineFacts[] {
  known ??= Object.entries(FILES).map(([source, facts]) => readEngineFacts(facts, { source }))
  return known
}

/**
 * The facts of an engine.
 * @param version - such as `0.11.2`; without one, the newest that is known
 * @throws {@link EngineFactsError} `unknown_engine` for a version of which nothing is known
 */
export function findEngine(name: EngineName, version?: string): EngineFacts {
  const all = listEngines().filter(({ engine }) => engine === name)
  if (version === undefined) return all.at(-1)!
  const found = all.find(
    ({ versions }) =>
      compareVersions(version, versions.from) >= 0 && compareVersions(version, versions.to) <= 0,
  )
  if (found !== undefined) return found
  const ranges = all.map(({ versions }) => `${versions.from} to ${versions.to}`).join(', ')
  throw new EngineFactsError(
    'unknown_engine',
    `nothing is known of ${name} ${version}; known are ${ranges}`,
  )
}
