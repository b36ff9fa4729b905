import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { workloadOfRun } from './measured-run.js'
import { readMeasuredRuns } from './read-measured-runs.js'

const read = (text: string | object) =>
  readMeasuredRuns(typeof text === 'string' ? text : JSON.stringify(text), { source: 'run' })

const SUMS = {
  completed: 4,
  total_input_tokens: 400,
  total_output_tokens: 40,
  request_rate: 2,
  max_concurrency: null,
  mean_ttft_ms: 20,
  median_ttft_ms: 15,
  mean_tpot_ms: 5,
  median_tpot_ms: 4,
}
const DETAILS = {
  input_lens: [100, 200, 50],
  output_lens: [3, 2, 0],
  ttfts: [0.02, 0.03, 0],
  itls: [[0.005, 0.007], [0.004], []],
  errors: ['', '', 'refused'],
}

test.each(['output_lens', 'ttfts', 'itls', 'start_times'])(
  'a benchmark whose %s are of other requests than its lengths is refused',
  (name) => {
    const result = { ...SUMS, ...DETAILS, [name]: [1] }
    if (name === 'itls') result.itls = [[1]]
    expect(() => read(JSON.stringify(result))).toThrow(
      `${name} has 1 requests where input_lens has 3`,
    )
  },
)

describe('a table of requests', () => {
  test('by the clock of the engine has no states: what has an end has finished', () => {
    const [run] = read(
      'id,arrival_ns,queued_ns,scheduled_ns,first_token_ns,finished_ns,input_tokens,output_tokens\n' +
        'b,5000,6000,7000,8000,9000,10,3\na,0,1,2,3000,4000,20,2\nc,9000,9001,,,,5,4\n',
    )
    expect(run!.arrival).toEqual({ process: 'recorded' })
    expect(run!.requests.map(({ id, ok }) => [id, ok])).toEqual([
      ['a', true],
      ['b', true],
      ['c', false],
    ])
    expect(workloadOfRun(run!)).toEqual([
      { id: 'a', arrivalNs: 0, inputTokens: 20, outputTokens: 2 },
      { id: 'b', arrivalNs: 5000, inputTokens: 10, outputTokens: 3 },
      { id: 'c', arrivalNs: 9000, inputTokens: 5, outputTokens: 4 },
    ])
  })
})

describe('results of vLLM’s and SGLang’s benchmarks', () => {
  test('with start times say when each request came', () => {
    const [run] = read({ ...SUMS, ...DETAILS, start_times: [70.5, 70, 71] })
    expect(run!.arrival).toEqual({ process: 'recorded' })
    const [first, second, third] = run!.requests
    expect(first).toMatchObject({ arrivalNs: 0, inputTokens: 200, tokens: 2, ok: true })
    expect(first!.finishedNs - first!.firstTokenNs).toBeCloseTo(4e6)
    expect(second!.firstTokenNs).toBeCloseTo(0.52e9)
    expect(second!.finishedNs).toBeCloseTo(0.532e9)
    expect(third).toMatchObject({ ok: false, finishedNs: -1 })
  })

  test('with details are the same requests, sent as the arguments say', () => {
    const arrivalOf = (more: object) => read({ ...SUMS, ...DETAILS, ...more })[0]!.arrival
    expect(arrivalOf({})).toEqual({ process: 'poisson', ratePerS: 2 })
    expect(arrivalOf({ request_rate: 'inf' })).toEqual({ process: 'at-once' })
    const users = { process: 'users', users: 2 }
    expect(arrivalOf({ request_rate: 'inf', max_concurrency: 2 })).toEqual(users)
    const [run] = read({ ...SUMS, ...DETAILS, request_rate: 'inf', max_concurrency: 2 })
    expect(workloadOfRun(run!)!.map(({ session }) => session)).toEqual([
      'user-0',
      'user-1',
      'user-0',
    ])
  })

  test('without details are requests of the mean length, and latencies of all', () => {
    const [run] = read(SUMS)
    expect(run!.requests).toEqual([])
    expect(run!.totals).toEqual({ requests: 4, inputTokens: 100, outputTokens: 10 })
    expect(run!.summary.ttft).toEqual({ meanS: 0.02, medianS: 0.015 })
    expect(run!.summary.itl).toEqual({ meanS: null, medianS: null })
    const workload = workloadOfRun(run!)!
    expect(workload).toHaveLength(4)
    const arrivals = workload.map(({ arrivalNs }) => arrivalNs)
    expect(arrivals).toEqual([...arrivals].sort((a, b) => a - b))
    expect(arrivals[3]).toBeGreaterThan(0)
  })

  test('as lines with Python’s infinity are a run each', () => {
    const line = JSON.stringify({ ...SUMS, mean_e2e_latency_ms: 70 })
    const runs = read(`${line}\n${line.replace('"request_rate":2', '"request_rate": Infinity')}\n`)
    expect(runs.map(({ source }) => source)).toEqual(['run, line 1', 'run, line 2'])
    expect(runs.map(({ arrival }) => arrival.process)).toEqual(['poisson', 'at-once'])
    expect(runs[0]!.summary.e2e!.meanS).toBe(0.07)
  })
})

describe('a report of GuideLLM', () => {
  const known = { request_latency: 0.5, time_to_first_token_ms: 40 }
  const versions = {
    '0.2': { ...known, start_time: 10, prompt_tokens: 30, output_tokens: 7 },
    '0.3': { ...known, request_start_time: 10, prompt_tokens: 30, output_tokens: 7 },
    '0.4': {
      ...known,
      info: { timings: { request_start: 10 } },
      input_metrics: { text_tokens: 30 },
      output_metrics: { total_tokens: 7 },
    },
  }

  test.each(Object.entries(versions))(
    'of version %s has a run for each benchmark',
    (_, request) => {
      const later = { ...request, request_id: 'later', time_to_first_token_ms: 60 }
      const shifted = JSON.parse(JSON.stringify(later).replace(/:10\b/, ':12'))
      const requests = { successful: [shifted, request], errored: [], incomplete: [] }
      const runs = read({ benchmarks: [{ requests }, { requests: { successful: [request] } }] })
      expect(runs.map(({ source }) => source)).toEqual(['run, benchmark 1', 'run, benchmark 2'])
      expect(runs[0]!.requests).toEqual([
        expect.objectContaining({
          arrivalNs: 0,
          firstTokenNs: 40e6,
          finishedNs: 0.5e9,
          inputTokens: 30,
          tokens: 7,
        }),
        expect.objectContaining({ id: 'later', arrivalNs: 2e9, firstTokenNs: 2.06e9 }),
      ])
    },
  )
})

describe('metrics of an engine', () => {
  const vllm = `# HELP vllm:time_to_first_token_seconds Histogram of time to first token in seconds.
# TYPE vllm:time_to_first_token_seconds histogram
vllm:time_to_first_token_seconds_bucket{engine="0",le="0.1",model_name="m"} 8.0
vllm:time_to_first_token_seconds_count{engine="0",model_name="m"} 6.0
vllm:time_to_first_token_seconds_sum{engine="0",model_name="m"} 0.6
vllm:time_to_first_token_seconds_count{engine="1",model_name="m"} 2.0
vllm:time_to_first_token_seconds_sum{engine="1",model_name="m"} 0.4
vllm:inter_token_latency_seconds_count{engine="0",model_name="m"} 100.0
vllm:inter_token_latency_seconds_sum{engine="0",model_name="m"} 2.0
vllm:cache_config_info{block_size="16",cache_dtype="auto",engine="0",num_gpu_blocks="27000"} 1.0
`

  test('are means over all engines, and the size of the cache', () => {
    const [run] = read(vllm)
    expect(run!.summary).toEqual({
      ttft: { meanS: 0.125, medianS: null },
      itl: { meanS: 0.02, medianS: null },
    })
    expect(run!.kvTokens).toBe(432_000)
    expect(workloadOfRun(run!)).toBeNull()
  })

  test('of SGLang state the tokens of the cache', () => {
    const [run] = read(
      'sglang:max_total_num_tokens{model_name="m"} 500000.0\n' +
        'sglang:time_to_first_token_seconds_sum{model_name="m"} 3.0\n' +
        'sglang:time_to_first_token_seconds_count{model_name="m"} 6.0\n',
    )
    expect(run).toMatchObject({ kvTokens: 500_000, summary: { ttft: { meanS: 0.5 } } })
  })
})

test.each([
  ['nothing that is known', 'hello', /run: is not a run in a format that is known; known are /],
  ['JSON of something else', '{"a":1}', /run: is not a run in a format that is known/],
  [
    'a report without requests',
    { benchmarks: [] },
    /run: holds no finished request \(read as a report of GuideLLM/,
  ],
  [
    'a table in which nothing finished',
    'id,arrival_ns,queued_ns,scheduled_ns,first_token_ns,finished_ns,input_tokens,output_tokens\na,0,1,,,,5,5\n',
    /run: holds no finished request/,
  ],
])('%s is told with the file', (_, text, message) => {
  expect(() => read(text)).toThrow(message)
})

describeWithCorpus('real runs', () => {
  test.each([
    ['vllm-runs/rtxpro6000-llama-3.1-8b/requests.csv', 300],
    ['vllm-runs/rtxpro6000-qwen3-32b-tp2/requests.csv', 300],
    ['gpu-simulate-test/spaced2s/real_run/request_metrics.csv', 8],
  ])('%s has each of its requests, with its times in order', (file, count) => {
    const path = corpus(`serving/${file}`)
    const [run, ...more] = readMeasuredRuns(readFileSync(path, 'utf8'), { source: path })
    expect(more).toEqual([])
    expect(run!.requests).toHaveLength(count)
    for (const { ok, arrivalNs, firstTokenNs, finishedNs, inputTokens, tokens } of run!.requests) {
      expect(ok).toBe(true)
      expect(firstTokenNs).toBeGreaterThan(arrivalNs)
      expect(finishedNs).toBeGreaterThanOrEqual(firstTokenNs)
      expect(Math.min(inputTokens, tokens)).toBeGreaterThan(0)
    }
  })
})
