// What other simulators and benchmarks wrote, as runs.
import { describe, expect, it } from 'vitest'
import { prepareComparison } from '../compare/prepare-comparison.js'
import { readMeasuredRuns } from './read-measured-runs.js'

const read = (text: string) => readMeasuredRuns(text, { source: 'run' })
const ms = 1e6

/** One request: 1 ms after the first it came, 2 ms later it was scheduled, 10 ms its first token, 50 ms its end. */
const SECOND = {
  ok: true,
  arrivalNs: 1 * ms,
  firstTokenNs: 11 * ms,
  finishedNs: 51 * ms,
  inputTokens: 100,
  tokens: 5,
}

const LLM_SERVING_SIM = `instance id,request id,model,input,output,arrival,end_time,latency,queuing_delay,TTFT,TPOT,ITL
0,7,m,100,5,1000000,51000000,50000000,2000000,10000000,10000000,"[1, 2]"
0,3,m,90,2,0,60000000,60000000,0,20000000,40000000,"[1]"
`

const BENCH = [
  ['a', 2, 1000.0, 1000.0, 1000.02, 1000.06],
  ['b', 5, 1000.001, 1000.003, 1000.011, 1000.051],
]
  .map(([id, tokens, queued, scheduled, first, last]) =>
    JSON.stringify({
      request_id: id,
      input_toks: 100,
      output_toks: tokens,
      arrival_time: 1.7e9,
      queued_ts: queued,
      scheduled_ts: scheduled,
      first_token_ts: first,
      last_token_ts: last,
    }),
  )
  .join('\n')

const AIPERF = [
  { at: 1.76e18, ttft: 20, latency: 60 },
  { at: 1.76e18 + 1 * ms, ttft: 10, latency: 50 },
]
  .map(({ at, ttft, latency }, i) =>
    JSON.stringify({
      metadata: { request_start_ns: at, x_request_id: `q${i}`, benchmark_phase: 'profiling' },
      metrics: {
        time_to_first_token: { value: ttft, unit: 'ms' },
        request_latency: { value: latency, unit: 'ms' },
        input_sequence_length: { value: 100, unit: 'tokens' },
        output_sequence_length: { value: 5, unit: 'tokens' },
      },
      error: null,
    }),
  )
  .concat(
    JSON.stringify({
      metadata: { request_start_ns: 1.75e18, benchmark_phase: 'warmup' },
      metrics: { request_latency: { value: 9, unit: 'ms' } },
    }),
  )
  .join('\n')

const SGLANG_SIMULATOR = [
  { rid: 'q', created_time: 0, queue_end: 0.001, tokens: [0.02, 0.04], output_length: 2 },
  {
    rid: 'r',
    created_time: 0.001,
    queue_end: 0.003,
    tokens: [0.01, 0.01, 0.01, 0.01, 0.01],
    output_length: 5,
  },
]
  .map(({ tokens, ...request }) =>
    JSON.stringify({
      ...request,
      session_id: null,
      last_event_time: 1,
      input_length: 100,
      queue_start: request.created_time,
      gen_token_latencies: tokens,
    }),
  )
  .join('\n')

describe('requests that others recorded', () => {
  it.each([
    ['LLMServingSim', LLM_SERVING_SIM, '7', 3 * ms],
    ['LLMServingSim’s benchmark of vLLM', BENCH, 'b', 3 * ms],
    ['AIPerf', AIPERF, 'q1', -1],
    ['SGLang’s simulator', SGLANG_SIMULATOR, 'r', 3 * ms],
  ])('%s: times in nanoseconds from the first arrival on', (_, text, id, scheduledNs) => {
    const [run, second] = read(text)
    expect(second).toBeUndefined()
    expect(run!.arrival).toEqual({ process: 'recorded' })
    expect(run!.requests).toHaveLength(2)
    const request = run!.requests.find((each) => each.id === id)!
    for (const [field, value] of Object.entries({ ...SECOND, scheduledNs })) {
      const found = request[field as keyof typeof request]
      if (typeof value === 'number') expect(found, field).toBeCloseTo(value, -3)
      else expect(found, field).toBe(value)
    }
  })
})

const GENAI_PERF = JSON.stringify({
  request_latency: { unit: 'ms', avg: 600, p50: 580 },
  time_to_first_token: { unit: 'ms', avg: 30, p50: 25 },
  inter_token_latency: { unit: 'ms', avg: 5, p50: 4.9 },
  request_count: { unit: 'requests', avg: 40 },
  input_sequence_length: { unit: 'tokens', avg: 550 },
  output_sequence_length: { unit: 'tokens', avg: 16 },
})

const AICONFIGURATOR = `isl,osl,concurrency,bs,ttft,tpot,request_latency,tokens/s/gpu,tp
1000,500,8,8,120.5,9.5,4861,300,1
1000,500,16,16,140,11,5629,500,1
`

describe('SGLang’s simulator', () => {
  it('its benchmark’s requests are of the client’s clock: its means are read, its requests not', () => {
    const sums = { completed: 2, total_input_tokens: 200, total_output_tokens: 8, mean_ttft_ms: 30 }
    const details = {
      ...{ input_lens: [100, 100], output_lens: [4, 4], ttfts: [9, 9], start_times: [0, 1] },
      itls: [
        [1, 1, 1],
        [1, 1, 1],
      ],
    }
    const benchmark = { ...sums, ...details, request_rate: 2 }
    const [simulated] = read(JSON.stringify({ ...benchmark, concurrency: -1 }))
    expect(simulated).toMatchObject({
      requests: [],
      totals: { requests: 2, inputTokens: 100, outputTokens: 4 },
      arrival: { process: 'poisson', ratePerS: 2 },
      notes: [expect.stringContaining('request.jsonl')],
    })
    const [measured] = read(JSON.stringify({ ...benchmark, concurrency: 1.5 }))
    expect(measured!.requests).toHaveLength(2)
    expect(measured!.notes).toBeUndefined()
  })

  const request = { rid: 'q', created_time: 0, queue_end: -1, input_length: 9, output_length: 4 }
  const line = (tokens: number[], rid = 'q') =>
    JSON.stringify({ ...request, rid, gen_token_latencies: tokens })

  it('a request without a token did not finish; its place in the queue is unknown', () => {
    const [run] = read(`${line([0.5])}\n${line([], 'lost')}`)
    expect(run!.requests).toMatchObject([
      { id: 'q', ok: true, scheduledNs: -1, wantedTokens: 4, tokens: 1 },
      { id: 'lost', ok: false, firstTokenNs: -1, finishedNs: -1, tokens: 0 },
    ])
    expect(() => read(line([]))).toThrow('holds no finished request')
  })

  const SUMS = {
    num_requests: 20,
    completed: 20,
    total_input: 2000,
    total_output: 100,
    mean_ttft_ms: 30,
    median_ttft_ms: 25,
    mean_tpot_ms: 5,
    mean_e2e_latency_ms: 50,
  }

  it('metrics.json: means and medians, no requests', () => {
    expect(read(JSON.stringify(SUMS))).toMatchObject([
      {
        requests: [],
        totals: { requests: 20, inputTokens: 100, outputTokens: 5 },
        summary: {
          ttft: { meanS: 0.03, medianS: 0.025 },
          tpot: { meanS: 0.005, medianS: null },
          e2e: { meanS: 0.05 },
        },
      },
    ])
    expect(() => read(JSON.stringify({ ...SUMS, completed: 0 }))).toThrow('no finished request')
  })

  it('what its benchmark does not know is −1 in the file, and unknown here', () => {
    const benchmark = { completed: 2, total_input_tokens: 8, total_output_tokens: 4 }
    const [run] = read(
      JSON.stringify({ ...benchmark, mean_ttft_ms: 10, median_ttft_ms: -1, mean_itl_ms: -1 }),
    )
    expect(run!.summary.ttft).toEqual({ meanS: 0.01, medianS: null })
    expect(run!.summary.itl).toEqual({ meanS: null, medianS: null })
  })
})

describe('what others say of all requests', () => {
  it('GenAI-Perf: means and medians, no requests', () => {
    expect(read(GENAI_PERF)).toMatchObject([
      {
        requests: [],
        totals: { requests: 40, inputTokens: 550, outputTokens: 16 },
        summary: { ttft: { meanS: 0.03, medianS: 0.025 }, e2e: { meanS: 0.6 } },
      },
    ])
  })

  it('aiconfigurator: an estimate a configuration', () => {
    expect(read(AICONFIGURATOR)).toMatchObject([
      { source: 'run, row 1', arrival: { process: 'users', users: 8 } },
      { summary: { ttft: { meanS: 0.14, medianS: null }, tpot: { meanS: 0.011 } } },
    ])
  })
})

describe('comparing them', () => {
  const files: Record<string, string> = {
    'sim.csv': LLM_SERVING_SIM,
    'bench.jsonl': BENCH,
    'genai.json': GENAI_PERF,
    'aic.csv': AICONFIGURATOR,
    'empty.csv': '',
  }
  const compare = (runs: object[]) =>
    prepareComparison(JSON.stringify({ runs }), {
      source: 'compare.yaml',
      readText: (path) => files[path]!,
    }).compare().comparison.runs

  it('request by request where both have them', () => {
    const [run] = compare([
      { name: 'LLMServingSim', requests: 'sim.csv' },
      { name: 'vLLM', requests: 'bench.jsonl' },
    ])
    expect(run).toMatchObject({ verdict: 'pass' })
    expect(run!.caveats).toContainEqual(expect.stringMatching(/begins when the engine queued/))
    const [swapped] = compare([
      { name: 'vLLM', requests: 'bench.jsonl' },
      { name: 'LLMServingSim', requests: 'sim.csv' },
    ])
    expect(swapped!.caveats).toContainEqual(expect.stringMatching(/TTFT ends with the computation/))
    expect(swapped!.caveats).toContainEqual(expect.stringMatching(/^of vLLM: its TTFT begins/))
  })

  it('by nothing where one holds no requests', () => {
    expect(() => compare([{ name: 'a', requests: 'empty.csv' }])).toThrow('holds no requests')
  })

  it('by means and medians where one has no more, and says so', () => {
    const [run] = compare([
      { name: 'LLMServingSim', requests: 'sim.csv' },
      { name: 'GenAI-Perf', requests: 'genai.json' },
    ])
    // Means of 15 and 30 ms, medians of 15 and 25.
    expect(run!.ttft!.percentiles).toEqual([
      { percentile: 0.5, reference: 0.015, candidate: 0.025, error: expect.closeTo(2 / 3, 9) },
    ])
    expect(run!.ttft!.meanBias).toBeCloseTo(1, 9)
    expect(run!.stages.queue).toBeNull()
    expect(run!.caveats).toContainEqual(expect.stringMatching(/means and medians are compared/))
  })

  it('by one run of a file that holds several', () => {
    expect(() => compare([{ name: 'a', requests: 'aic.csv' }])).toThrow(/holds 2 runs.*run: 1 to 2/)
    const [run] = compare([
      { name: 'LLMServingSim', requests: 'sim.csv' },
      { name: 'aiconfigurator', requests: 'aic.csv', run: 2 },
    ])
    expect(run!.ttft).toMatchObject({
      percentiles: [],
      meanBias: expect.closeTo(0.14 / 0.015 - 1, 6),
    })
  })
})
