// One run of 16 requests as each serving simulator and benchmark would have written it. The times are made up: each
// program's are the measured ones by a factor, so that comparing has something to find.
const NS_PER_MS = 1e6

/** Requests as they were measured, in milliseconds. */
const MEASURED = Array.from({ length: 16 }, (_, i) => {
  const [input, output] = [256 + 64 * (i % 5), 24 + 8 * (i % 3)]
  const queue = 2 * (i % 4)
  return {
    i,
    arrival: 125 * i,
    input,
    output,
    queue,
    ttft: queue + input / 12,
    tpot: 9 + (i % 4) / 2,
  }
})

/** The same requests, times longer by a factor. */
const by = (factor) =>
  MEASURED.map((request) => {
    const [queue, ttft, tpot] = [request.queue, request.ttft, request.tpot].map((ms) => ms * factor)
    return { ...request, queue, ttft, tpot, e2e: ttft + tpot * (request.output - 1) }
  })

const rounded = (value) => Number(value.toFixed(6))
const ns = (ms) => Math.round(ms * NS_PER_MS)
const table = (head, rows) => `${[head, ...rows.map((row) => row.join(','))].join('\n')}\n`
const lines = (documents) => `${documents.map((each) => JSON.stringify(each)).join('\n')}\n`
const json = (document) => `${JSON.stringify(document, null, 1)}\n`
const mean = (values) => rounded(values.reduce((sum, value) => sum + value, 0) / values.length)

/** Name and text of each file. */
export function servingResults() {
  return [
    ['vllm-bench.json', vllmBench(by(1))],
    ['guidellm.json', guidellm(by(1.01))],
    ['aiperf.jsonl', aiperf(by(1.02))],
    ['genai-perf.json', genaiPerf(by(1.02))],
    ['llmservingsim.csv', llmServingSim(by(0.96))],
    ['inference-sim.json', inferenceSim(by(1.04))],
    ['vidur.csv', vidur(by(0.9))],
    ['sglang-simulator.jsonl', sglangSimulator(by(1.08))],
    ['aiconfigurator.csv', aiconfigurator(by(0.88))],
  ]
}

/** vllm bench serve --save-result --save-detailed */
function vllmBench(requests) {
  const sum = (field) => requests.reduce((total, request) => total + request[field], 0)
  return json({
    backend: 'vllm',
    completed: requests.length,
    total_input_tokens: sum('input'),
    total_output_tokens: sum('output'),
    request_rate: 8,
    max_concurrency: null,
    start_times: requests.map(({ arrival }) => 1000 + arrival / 1e3),
    input_lens: requests.map(({ input }) => input),
    output_lens: requests.map(({ output }) => output),
    ttfts: requests.map(({ ttft }) => rounded(ttft / 1e3)),
    itls: requests.map(({ tpot, output }) => Array(output - 1).fill(rounded(tpot / 1e3))),
    errors: requests.map(() => ''),
  })
}

function guidellm(requests) {
  const successful = requests.map(({ i, arrival, input, output, ttft, e2e }) => ({
    request_id: `request-${i}`,
    request_start_time: 1000 + arrival / 1e3,
    request_latency: rounded(e2e / 1e3),
    time_to_first_token_ms: rounded(ttft),
    prompt_tokens: input,
    output_tokens: output,
  }))
  return json({ benchmarks: [{ requests: { successful, errored: [], incomplete: [] } }] })
}

/** profile_export.jsonl */
function aiperf(requests) {
  return lines(
    requests.map(({ i, arrival, input, output, ttft, e2e }) => ({
      metadata: {
        x_request_id: `request-${i}`,
        request_start_ns: ns(1000 + arrival),
        request_end_ns: ns(1000 + arrival + e2e),
        benchmark_phase: 'profiling',
      },
      metrics: {
        time_to_first_token: { value: rounded(ttft), unit: 'ms' },
        request_latency: { value: rounded(e2e), unit: 'ms' },
        input_sequence_length: { value: input, unit: 'tokens' },
        output_sequence_length: { value: output, unit: 'tokens' },
      },
      error: null,
    })),
  )
}

/** profile_export_genai_perf.json */
function genaiPerf(requests) {
  const avg = (field, unit) => ({ unit, avg: mean(requests.map((request) => request[field])) })
  return json({
    request_count: { unit: 'count', avg: requests.length },
    time_to_first_token: avg('ttft', 'ms'),
    inter_token_latency: avg('tpot', 'ms'),
    request_latency: avg('e2e', 'ms'),
    input_sequence_length: avg('input', 'tokens'),
    output_sequence_length: avg('output', 'tokens'),
  })
}

/** --output of LLMServingSim 2, in nanoseconds */
function llmServingSim(requests) {
  return table(
    'instance id,request id,model,input,output,arrival,end_time,latency,queuing_delay,TTFT,TPOT,ITL',
    requests.map(({ i, arrival, input, output, queue, ttft, tpot, e2e }) => [
      ...[0, i, 'meta-llama/Llama-3.1-8B', input, output, ns(arrival), ns(arrival + e2e)],
      ...[ns(e2e), ns(queue), ns(ttft), ns(tpot)],
      `"[${Array(output - 1)
        .fill(ns(tpot))
        .join(', ')}]"`,
    ]),
  )
}

/** blis run --metrics-path */
function inferenceSim(requests) {
  return json({
    requests: requests.map(({ i, arrival, input, output, queue, ttft, tpot, e2e }) => ({
      requestID: `request_${i}`,
      arrived_at: arrival / 1e3,
      num_prefill_tokens: input,
      num_decode_tokens: output,
      ttft_ms: rounded(ttft),
      itl_ms: rounded(tpot),
      e2e_ms: rounded(e2e),
      scheduling_delay_ms: rounded(queue),
    })),
  })
}

/** request_metrics.csv, in seconds */
function vidur(requests) {
  return table(
    'Request Id,request_e2e_time,prefill_e2e_time,request_scheduling_delay,request_inter_arrival_delay,request_num_prefill_tokens,request_num_decode_tokens',
    requests.map(({ i, arrival, input, output, queue, ttft, e2e }) => [
      ...[i, rounded(e2e / 1e3), rounded(ttft / 1e3), rounded(queue / 1e3)],
      ...[i === 0 ? '' : (arrival - requests[i - 1].arrival) / 1e3, input, output],
    ]),
  )
}

/** request.jsonl, in seconds */
function sglangSimulator(requests) {
  return lines(
    requests.map(({ i, arrival, input, output, queue, ttft, tpot, e2e }) => ({
      rid: `request-${i}`,
      session_id: null,
      last_event_time: rounded((arrival + e2e) / 1e3),
      input_length: input,
      output_length: output,
      final_device_hit_len: 0,
      queue_start: arrival / 1e3,
      queue_end: rounded((arrival + queue) / 1e3),
      created_time: arrival / 1e3,
      gen_token_latencies: [ttft, ...Array(output - 1).fill(tpot)].map((ms) => rounded(ms / 1e3)),
    })),
  )
}

/** best_config_topn.csv: an estimate a row, in milliseconds */
function aiconfigurator(requests) {
  const [isl, osl, ttft, tpot, e2e] = ['input', 'output', 'ttft', 'tpot', 'e2e'].map((field) =>
    mean(requests.map((request) => request[field])),
  )
  return table('isl,osl,concurrency,bs,ttft,tpot,request_latency,tokens/s/gpu,tp,system,backend', [
    [Math.round(isl), Math.round(osl), 4, 4, ttft, tpot, e2e, 412.5, 1, 'h100_sxm', 'vllm'],
  ])
}
