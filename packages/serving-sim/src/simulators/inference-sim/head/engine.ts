// inference-sim (BLIS) as of August 2026 (commit f90a1e3a): one clock, one or more instances, each
// with a queue, a running batch under vLLM's rules and a paged KV cache. Integer microseconds.
// Requests that can never be served are dropped on arrival.
import type { WeightedSamples } from '../../../core/weighted-samples.js'
import type { Client, ClientState, HeadRequest } from './client.js'
import { Cluster } from './cluster.js'
import { type HeadMetrics, headMetrics } from './metrics.js'
import { type GivenHeadOptions, headOptions } from './options.js'

/** What became of a request; null for what did not happen. */
export interface HeadRequestResult {
  id: string
  arrivalUs: number
  inputTokens: number
  outputTokens: number
  state: ClientState
  ttftUs: number | null
  e2eUs: number | null
  meanItlUs: number | null
  schedulingDelayUs: number | null
  completionUs: number | null
  preemptions: number
  instance: number
}

export interface HeadResult {
  requests: HeadRequestResult[]
  instances: HeadMetrics[]
  cluster: HeadMetrics
  /** Of each instance: steps, largest number of blocks in use, integral of blocks over µs. */
  steps: number[]
  peakKvBlocks: number[]
  kvIntegral: number[]
  /** Gaps between tokens of finished requests, in µs, of each instance. */
  itlUs: WeightedSamples[]
}

/**
 * Simulates requests as inference-sim does at its head: every time of every request, and every
 * metric, equals the program's.
 * @param requests in order of arrival
 */
export function simulateHead(
  requests: readonly HeadRequest[],
  options: GivenHeadOptions,
): HeadResult {
  const cluster = new Cluster(requests, headOptions(options))
  const endUs = cluster.run()
  const { clients, instances } = cluster
  const of = (index: number) => clients.filter((client) => client.instance === index)
  return {
    requests: clients.map(resultOf),
    instances: instances.map((instance, i) =>
      headMetrics(`instance_${i}`, [instance], of(i), Math.min(instance.endUs, endUs)),
    ),
    cluster: headMetrics('cluster', instances, clients, endUs),
    steps: instances.map((instance) => instance.steps),
    peakKvBlocks: instances.map((instance) => instance.peakKv),
    kvIntegral: instances.map((instance) => instance.kvIntegral),
    itlUs: instances.map((instance) => instance.itlUs()),
  }
}

function resultOf(client: Client): HeadRequestResult {
  const { finished, ttft, scheduled } = client
  return {
    id: client.id,
    arrivalUs: client.arrival,
    inputTokens: client.inputTokens,
    outputTokens: client.outputTokens,
    state: client.state,
    ttftUs: ttft >= 0 ? ttft : null,
    e2eUs: finished ? client.e2e : null,
    meanItlUs: finished ? client.itlSum / Math.max(client.outputTokens - 1, 1) : null,
    schedulingDelayUs: scheduled >= 0 ? scheduled - client.arrival : null,
    completionUs: finished ? client.arrival + client.e2e : null,
    preemptions: client.preemptions,
    instance: client.instance,
  }
}
