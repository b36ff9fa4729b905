// What a serving simulator needs to know of an engine, from its facts.
import type { EngineRules } from '@flowsim/serving-sim'
import type { EngineFacts } from './engine-facts.js'
import { graphSizes } from './graph-sizes.js'

/** The rules of an engine's version. */
export function engineRules({
  engine,
  versions,
  graphs,
  host,
  scheduler,
}: EngineFacts): EngineRules {
  const sizes = graphSizes(graphs.decode)
  return {
    name: `${engine} ${versions.from}`,
    decodeGraphs: sizes,
    prefillGraphs: sizes.filter((size) => size <= graphs.prefillTokens),
    padsToGraph: graphs.padding,
    asyncScheduling: scheduler.async,
    reservation: scheduler.reservation,
    draftNs: (host.draftUs ?? 0) * 1e3,
    contextNs: (host.contextMs ?? 0) * 1e6,
    frontend: {
      requestNs: host.requestMs * 1e6,
      busyNs: host.busyMs * 1e6,
      inputTokenNs: host.inputTokenUs * 1e3,
      otherRequestNs: host.otherRequestUs * 1e3,
    },
  }
}
