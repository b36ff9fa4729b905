// Metrics in inference-sim's names, of one instance or of all.
import { WeightedSamples } from '../../../core/weighted-samples.js'
import { mean, quantile } from '../statistics.js'
import type { Client, ClientState } from './client.js'
import type { Instance } from './instance.js'

export interface HeadMetrics {
  instance_id: string
  completed_requests: number
  still_queued: number
  still_running: number
  injected_requests: number
  total_input_tokens: number
  total_output_tokens: number
  vllm_estimated_duration_s: number
  responses_per_sec: number
  tokens_per_sec: number
  e2e_mean_ms: number
  e2e_p90_ms: number
  e2e_p95_ms: number
  e2e_p99_ms: number
  ttft_mean_ms: number
  ttft_p90_ms: number
  ttft_p95_ms: number
  ttft_p99_ms: number
  itl_mean_ms: number
  itl_p90_ms: number
  itl_p95_ms: number
  itl_p99_ms: number
  scheduling_delay_p99_ms: number
  preemption_count: number
  cache_hit_rate: number
  dropped_unservable: number
  length_capped_requests: number
  timed_out_requests: number
  kv_allocation_failures: number
}

/**
 * @param instances those that the metrics are of, and `clients` theirs
 * @param endUs end of the run
 */
export function headMetrics(
  name: string,
  instances: readonly Instance[],
  clients: readonly Client[],
  endUs: number,
): HeadMetrics {
  const sum = (of: (instance: Instance) => number) =>
    instances.reduce((total, instance) => total + of(instance), 0)
  const count = (...states: ClientState[]) =>
    clients.filter((client) => states.includes(client.state)).length
  const finished = clients.filter((client) => client.finished)
  const e2e = finished.map((client) => client.e2e / 1000)
  const ttft = clients.flatMap((client) => (client.ttft >= 0 ? client.ttft / 1000 : []))
  const delays = clients.flatMap((client) =>
    client.scheduled >= 0 ? (client.scheduled - client.arrival) / 1000 : [],
  )
  const itlMs = new WeightedSamples()
  for (const instance of instances) {
    instance.itlUs().forEach((us, count) => {
      itlMs.add(us / 1000, count)
    })
  }
  const outputTokens = finished.reduce((total, client) => total + client.outputTokens, 0)
  const durationS = endUs / 1e6
  const hitRates = instances.map(({ cache }) => cache.hits / Math.max(1, cache.hits + cache.misses))
  return {
    instance_id: name,
    completed_requests: count('completed', 'length_capped'),
    still_queued: sum((instance) => instance.waiting.length),
    still_running: sum((instance) => instance.running.length),
    injected_requests: clients.filter(
      ({ arrival, state }) => Number.isFinite(arrival) && state !== 'rejected',
    ).length,
    total_input_tokens: sum((instance) => instance.inputTokens),
    total_output_tokens: outputTokens,
    vllm_estimated_duration_s: durationS,
    responses_per_sec: durationS > 0 ? finished.length / durationS : 0,
    tokens_per_sec: durationS > 0 ? outputTokens / durationS : 0,
    e2e_mean_ms: mean(e2e),
    e2e_p90_ms: quantile(e2e, 0.9),
    e2e_p95_ms: quantile(e2e, 0.95),
    e2e_p99_ms: quantile(e2e, 0.99),
    ttft_mean_ms: mean(ttft),
    ttft_p90_ms: quantile(ttft, 0.9),
    ttft_p95_ms: quantile(ttft, 0.95),
    ttft_p99_ms: quantile(ttft, 0.99),
    itl_mean_ms: itlMs.mean,
    itl_p90_ms: itlMs.quantile(0.9),
    itl_p95_ms: itlMs.quantile(0.95),
    itl_p99_ms: itlMs.quantile(0.99),
    scheduling_delay_p99_ms: quantile(delays, 0.99),
    preemption_count: sum((instance) => instance.preemptions),
    // The program averages the rates of instances, whatever their lookups.
    cache_hit_rate: mean(hitRates),
    dropped_unservable: count('dropped_unservable'),
    length_capped_requests: count('length_capped'),
    timed_out_requests: count('timed_out'),
    kv_allocation_failures: sum((instance) => instance.allocationFailures),
  }
}
