// Metrics as an engine exposes them (`GET /metrics`, Prometheus text format 0.0.4), since it started: mean latencies,
// and the size of its KV cache. When requests came they do not say: that is the configuration's workload.
//
//   vLLM    vllm:time_to_first_token_seconds, request_time_per_output_token_seconds, inter_token_latency_seconds (of
//           old time_per_output_token_seconds), e2e_request_latency_seconds; cache_config_info{num_gpu_blocks, block_size}
//   SGLang  sglang:time_to_first_token_seconds, inter_token_latency_seconds (of old time_per_output_token_seconds),
//           e2e_request_latency_seconds; max_total_num_tokens
//
// Sources: vllm/v1/metrics/loggers.py, sglang/srt/metrics/collector.py. Names with `_` for `:` are read as well.
import type { MeasuredFormat, MeasuredLatency } from '../measured-run.js'

const SAMPLE = /^(?:vllm|sglang)[:_](\w+)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/

/** Sum of the samples of a name over all labels, and the labels of the last. */
interface Metric {
  value: number
  labels: string
}

export const prometheus: MeasuredFormat = {
  name: 'metrics of vLLM or SGLang (Prometheus text)',
  read(text, source) {
    const metrics = new Map<string, Metric>()
    for (const line of text.split('\n')) {
      const [, name, labels = '', value] = SAMPLE.exec(line.trim()) ?? []
      if (name === undefined) continue
      metrics.set(name, { value: (metrics.get(name)?.value ?? 0) + Number(value), labels })
    }
    if (metrics.size === 0) return null
    const mean = (...names: string[]): MeasuredLatency | undefined => {
      for (const name of names) {
        const count = metrics.get(`${name}_count`)?.value ?? 0
        if (count > 0) return { meanS: metrics.get(`${name}_sum`)!.value / count, medianS: null }
      }
      return undefined
    }
    const summary = {
      ttft: mean('time_to_first_token_seconds'),
      tpot: mean('request_time_per_output_token_seconds'),
      itl: mean('inter_token_latency_seconds', 'time_per_output_token_seconds'),
      e2e: mean('e2e_request_latency_seconds'),
    }
    if (summary.ttft === undefined && summary.e2e === undefined) return []
    return [
      {
        source,
        format: this.name,
        requests: [],
        arrival: { process: 'unknown' },
        totals: null,
        summary: Object.fromEntries(
          Object.entries(summary).filter(([, latency]) => latency !== undefined),
        ),
        kvTokens: kvTokensOf(metrics),
      },
    ]
  },
}

function kvTokensOf(metrics: ReadonlyMap<string, Metric>): number | null {
  const tokens = metrics.get('max_total_num_tokens')?.value
  if (tokens !== undefined && tokens > 0) return tokens
  const labels = metrics.get('cache_config_info')?.labels ?? ''
  const label = (name: string) => Number(new RegExp(`${name}="(\\d+)"`).exec(labels)?.[1])
  const product = label('num_gpu_blocks') * label('block_size')
  return product > 0 ? product : null
}
