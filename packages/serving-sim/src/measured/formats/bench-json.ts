// Results of `vllm bench serve --save-result` and of SGLang's `bench_serving --output-file`: one JSON object, or one a
// line. With `--save-detailed` (vLLM) or `--output-details` (SGLang) they have the lengths and latencies of each
// request; newer ones of vLLM also when each was sent.
//
// Read are request_rate, max_concurrency, completed, total_input_tokens, total_output_tokens, mean_* and median_* of
// ttft_ms, tpot_ms, itl_ms, e2el_ms (SGLang: e2e_latency_ms), input_lens, output_lens, ttfts, itls, start_times,
// errors. Sources: vllm/benchmarks/serve.py, sglang/bench_serving.py.
//
// SGLang's simulator has SGLang's benchmark write such a file. Sums and means in it are simulated, those that it does not
// simulate are -1, and details stay those of the client's clock, while the simulator computes: they are not read. Source:
// tools/sglang-simulator/src/sglang_simulator/simulation/bench_serving.py of SGLang, simulator_calculate_metrics.
import { z } from 'zod'
import type { RecordedRequest } from '../../compare/recorded-run.js'
import { ServingError } from '../../errors.js'
import type { MeasuredArrival, MeasuredFormat, MeasuredRun } from '../measured-run.js'
import { documentsOf } from './json-documents.js'
import { summaryOfMs } from './summary-of-ms.js'

const number = z.number().nullish()
const numbers = z.array(z.number()).nullish()

const resultSchema = z.looseObject({
  completed: z.number(),
  total_input_tokens: z.number(),
  total_output_tokens: z.number(),
  // Python writes infinity as a word, which is null here.
  request_rate: z.union([z.number(), z.string()]).nullish(),
  max_concurrency: number,
  input_lens: numbers,
  output_lens: numbers,
  ttfts: numbers,
  itls: z.array(z.array(z.number())).nullish(),
  start_times: numbers,
  errors: z.array(z.string().nullable()).nullish(),
})

type Result = z.infer<typeof resultSchema>

export const benchJson: MeasuredFormat = {
  name: 'results of vLLM’s or SGLang’s benchmark (JSON)',
  read(text, source) {
    const documents = documentsOf(text)
    if (documents === null) return null
    const results = documents.map((document) => resultSchema.safeParse(document))
    if (!results.every(({ success }) => success)) return null
    const named = (i: number) => (results.length > 1 ? `${source}, line ${i + 1}` : source)
    return results
      .map(({ data }, i) => runOf(data!, named(i)))
      .filter(
        ({ requests, totals }) => requests.some(({ ok }) => ok) || (totals?.requests ?? 0) > 0,
      )
  },
}

function runOf(result: Result, source: string): MeasuredRun {
  const isSimulated = isOfSimulator(result)
  const requests = isSimulated ? [] : requestsOf(result, source)
  const { completed } = result
  return {
    source,
    format: benchJson.name,
    requests,
    arrival: arrivalOf(isSimulated ? { ...result, start_times: null } : result),
    totals:
      requests.length > 0
        ? null
        : {
            requests: completed,
            inputTokens: result.total_input_tokens / completed,
            outputTokens: result.total_output_tokens / completed,
          },
    summary: summaryOfMs(result, 'mean_e2el_ms' in result ? 'e2el_ms' : 'e2e_latency_ms'),
    kvTokens: null,
    ...(isSimulated && { notes: [OF_SIMULATOR] }),
  }
}

const OF_SIMULATOR =
  'it is of SGLang’s simulator: its sums and means are simulated, its requests are of the client’s clock and left out; request.jsonl of the simulator has the simulated ones'

/** Whether metrics say −1, as those do that SGLang's simulator has no time for. */
function isOfSimulator(result: Result): boolean {
  return Object.entries(result).some(
    ([name, value]) => value === -1 && /_ms$|_throughput$|_retokenized$|^concurrency$/.test(name),
  )
}

function arrivalOf({
  request_rate: rate,
  max_concurrency: users,
  start_times,
}: Result): MeasuredArrival {
  if (start_times != null && start_times.length > 0) return { process: 'recorded' }
  const ratePerS = Number(rate ?? Number.POSITIVE_INFINITY)
  if (Number.isFinite(ratePerS)) return { process: 'poisson', ratePerS }
  return users == null ? { process: 'at-once' } : { process: 'users', users }
}

/** Requests with their own latencies; none where the file was not saved with details. */
function requestsOf(result: Result, source: string): RecordedRequest[] {
  const { input_lens: inputs, output_lens: outputs, ttfts, itls, start_times, errors } = result
  if (inputs == null || outputs == null || ttfts == null || itls == null) return []
  const count = inputs.length
  const starts = start_times?.length ? start_times : null
  const details = { output_lens: outputs, ttfts, itls, start_times: starts ?? inputs }
  for (const [name, { length }] of Object.entries(details)) {
    if (length !== count) {
      throw new ServingError(
        'invalid_trace',
        `${name} has ${length} requests where input_lens has ${count}`,
        { source },
      )
    }
  }
  const first = starts === null ? 0 : starts.reduce((least, time) => Math.min(least, time))
  return Array.from({ length: count }, (_, i): RecordedRequest => {
    const arrivalNs = starts === null ? 0 : (starts[i]! - first) * 1e9
    const firstTokenNs = arrivalNs + ttfts[i]! * 1e9
    const ok = outputs[i]! > 0 && (errors?.[i] ?? '') === ''
    return {
      id: `request-${i}`,
      ok,
      arrivalNs,
      scheduledNs: -1,
      firstTokenNs: ok ? firstTokenNs : -1,
      finishedNs: ok ? firstTokenNs + itls[i]!.reduce((sum, gap) => sum + gap * 1e9, 0) : -1,
      inputTokens: inputs[i]!,
      wantedTokens: outputs[i]!,
      tokens: outputs[i]!,
    }
  }).sort((a, b) => a.arrivalNs - b.arrivalNs)
}
