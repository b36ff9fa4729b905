// A result with the field names of the engines' benchmarks, for scripts that read those: `vllm bench serve
// --save-result` (vllm/benchmarks/serve.py) and SGLang's bench_serving, which has the same but for end-to-end latency.
// What is not known is left out; latencies are in milliseconds.
import type { LatencySummary, ServingMetrics } from '@flowsim/trace-schema'

/** What a report does not say of its load; null: not known, or there is none. */
export interface BenchLoad {
  ratePerS: number | null
  concurrency: number | null
}

/** The result, as `--format vllm` prints it. */
export function benchResult(
  report: Omit<ServingMetrics, 'schema'>,
  { ratePerS, concurrency }: BenchLoad,
): Record<string, number> {
  const { requests, durationS, inputTokens, outputTokens } = report
  const { completed = 0, ...others } = requests
  const goodput = report.goodput?.requestsPerS
  return {
    ...(ratePerS === null ? {} : { request_rate: ratePerS }),
    ...(concurrency === null ? {} : { max_concurrency: concurrency }),
    duration: durationS,
    completed,
    failed: Object.values(others).reduce((sum, count) => sum + count, 0),
    total_input_tokens: inputTokens,
    total_output_tokens: outputTokens,
    request_throughput: report.requestsPerS,
    ...(goodput === undefined ? {} : { request_goodput: goodput }),
    output_throughput: report.outputTokensPerS,
    total_token_throughput: durationS > 0 ? (inputTokens + outputTokens) / durationS : 0,
    ...latencies('ttft', report.ttft),
    ...latencies('tpot', report.tpot),
    ...latencies('itl', report.itl),
    ...latencies('e2el', report.e2e),
    ...latencies('e2e_latency', report.e2e),
  }
}

function latencies(name: string, summary: LatencySummary | null): Record<string, number> {
  if (summary === null) return {}
  const { meanS, p50S, p90S, p95S, p99S, maxS } = summary
  const values = { mean: meanS, median: p50S, p90: p90S, p95: p95S, p99: p99S, max: maxS }
  return Object.fromEntries(
    Object.entries(values).map(([statistic, seconds]) => [
      `${statistic}_${name}_ms`,
      seconds * 1e3,
    ]),
  )
}
