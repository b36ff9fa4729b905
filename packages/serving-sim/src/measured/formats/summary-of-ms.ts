// Means and medians as the benchmarks of vLLM and SGLang name them: mean_ttft_ms, median_tpot_ms and so on.
import type { MeasuredLatency, MeasuredRun } from '../measured-run.js'

/**
 * Latencies of all requests, in seconds. What is absent is unknown, and so is what is negative: SGLang's simulator
 * writes −1 for what only a client knows.
 *
 * @param e2e - how the time to the last token is named
 */
export function summaryOfMs(
  result: Readonly<Record<string, unknown>>,
  e2e: 'e2el_ms' | 'e2e_latency_ms',
): MeasuredRun['summary'] {
  const seconds = (value: unknown) => (typeof value === 'number' && value >= 0 ? value / 1e3 : null)
  const latency = (name: string): MeasuredLatency => ({
    meanS: seconds(result[`mean_${name}`]),
    medianS: seconds(result[`median_${name}`]),
  })
  return {
    ttft: latency('ttft_ms'),
    tpot: latency('tpot_ms'),
    itl: latency('itl_ms'),
    e2e: latency(e2e),
  }
}
