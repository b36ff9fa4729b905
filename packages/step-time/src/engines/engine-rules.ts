// What a serving simulator needs to know of an engine, from its facts.
import type { EngineRules } from '@flowsim/serving-sim'
import type { EngineFacts } from './engine-facts.js'

/** The rules of an engine's version. */
export function engineRules({ engine, versions, graphs, host }: EngineFacts): EngineRules {
  return {
    name: `${engine} ${versions.from}`,
    decodeGraphs: { upTo: Number.POSITIVE_INFINITY },
    prefillGraphs: { upTo: graphs.prefillTokens },
    padsToGraph: false,
    asyncScheduling: false,
    reservation: 'as-needed',
    arrivalNs: () => host.requestMs * 1e6,
  }
}
