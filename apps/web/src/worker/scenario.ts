// What the sliders say, as a scenario of the replay.
import type { Change, Scenario } from '@flowsim/replay'
import type { OpFamily } from '@flowsim/trace-schema'

/** What is changed. Factors are on times: 0.5 is twice as fast. */
export interface WhatIf {
  /** Name in the catalogue; empty: as measured. */
  hardware: string
  /** Latency model of the device and of other work. */
  model: string
  families: Partial<Record<OpFamily, number>>
  collectives: number
  launch: number
  host: number
  /** Launches as one CUDA graph between waits. */
  graph: boolean
  /** Sequences of a step, by a factor. */
  batch: number
  /** Scheme of the weights of linear layers; empty: as they are. */
  weights: string
}

/** The run as it is. */
export const AS_MEASURED: WhatIf = {
  hardware: '',
  model: 'calibrated',
  families: {},
  collectives: 1,
  launch: 1,
  host: 1,
  graph: false,
  batch: 1,
  weights: '',
}

/** The changes as a scenario, which `flowsim replay --what-if` reads too. */
export function scenarioOf(whatIf: WhatIf): Scenario {
  const { hardware, model, families, collectives, launch, host, graph, batch, weights } = whatIf
  const changes: Change[] = []
  const source = hardware === '' ? undefined : `${hardware}/${model}`
  const on = source === undefined ? {} : { on: source }
  if (batch !== 1) changes.push({ do: 'batch', factor: batch, ...on })
  if (weights !== '') changes.push({ do: 'dtype', weights: weights as never, ...on })
  if (source !== undefined && changes.length === 0) changes.push({ do: 'durations', from: source })
  for (const [family, factor] of Object.entries(families) as [OpFamily, number][]) {
    if (factor !== 1) changes.push({ do: 'scale', factor, match: { family: [family] } })
  }
  if (collectives !== 1) changes.push({ do: 'collectives', factor: collectives })
  if (launch !== 1) changes.push({ do: 'launch', factor: launch })
  if (host !== 1) changes.push({ do: 'host', factor: host })
  if (graph) changes.push({ do: 'graph' })
  return { name: 'what if', changes }
}
