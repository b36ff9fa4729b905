// Results of SGLang's simulator (tools/sglang-simulator of SGLang) and of HiSim, from which it comes (Tair KVCache):
// request.jsonl with a record a request in seconds of the simulated clock, and metrics.json with sums of all.
//
// Read are rid, created_time, queue_end, input_length, output_length, gen_token_latencies (the first since the request
// came, each other since the token before); of sums completed, total_input, total_output, mean_* and median_* of
// ttft_ms, tpot_ms, itl_ms, e2e_latency_ms. Sources: simulation/types.py, simulation/utils.py and
// simulation/sglang/scheduler.py of github.com/sgl-project/sglang and github.com/alibaba/tair-kvcache.
import { z } from 'zod'
import type { RecordedRequest } from '../../compare/recorded-run.js'
import type { MeasuredFormat, MeasuredRun } from '../measured-run.js'
import { documentsOf } from './json-documents.js'
import { summaryOfMs } from './summary-of-ms.js'

const requestSchema = z.looseObject({
  rid: z.string(),
  created_time: z.number(),
  queue_end: z.number(),
  input_length: z.number(),
  output_length: z.number(),
  gen_token_latencies: z.array(z.number()),
})

const sumsSchema = z.looseObject({
  num_requests: z.number(),
  completed: z.number(),
  total_input: z.number(),
  total_output: z.number(),
  mean_ttft_ms: z.number(),
})

export const sglangSimulator: MeasuredFormat = {
  name: 'requests or metrics of SGLang’s simulator (JSON)',
  read(text, source) {
    const documents = documentsOf(text)
    if (documents === null || documents.length === 0) return null
    const requests = documents.map((document) => requestSchema.safeParse(document))
    if (requests.every(({ success }) => success)) {
      const known = requests.map(({ data }) => requestOf(data!))
      if (!known.some(({ ok }) => ok)) return []
      return [
        runOf(source, {
          requests: known.sort((a, b) => a.arrivalNs - b.arrivalNs),
          arrival: { process: 'recorded' },
          notes: ['its clock also counts the time that the scheduler took where it was simulated'],
        }),
      ]
    }
    const sums = documents.length === 1 ? sumsSchema.safeParse(documents[0]) : undefined
    if (sums?.success !== true) return null
    const { completed, total_input: input, total_output: output } = sums.data
    if (completed === 0) return []
    return [
      runOf(source, {
        totals: {
          requests: completed,
          inputTokens: input / completed,
          outputTokens: output / completed,
        },
        summary: summaryOfMs(sums.data, 'e2e_latency_ms'),
      }),
    ]
  },
}

function runOf(source: string, known: Partial<MeasuredRun>): MeasuredRun {
  return {
    source,
    format: sglangSimulator.name,
    requests: [],
    arrival: { process: 'unknown' },
    totals: null,
    summary: {},
    kvTokens: null,
    ...known,
  }
}

/** A request that was not scheduled has −1 for when, and no token. */
function requestOf(stored: z.infer<typeof requestSchema>): RecordedRequest {
  const latencies = stored.gen_token_latencies
  const ok = latencies.length > 0
  const since = (seconds: number) => (stored.created_time + seconds) * 1e9
  return {
    id: stored.rid,
    ok,
    arrivalNs: since(0),
    scheduledNs: stored.queue_end < stored.created_time ? -1 : stored.queue_end * 1e9,
    firstTokenNs: ok ? since(latencies[0]!) : -1,
    finishedNs: ok ? since(latencies.reduce((sum, latency) => sum + latency, 0)) : -1,
    inputTokens: stored.input_length,
    wantedTokens: stored.output_length,
    tokens: latencies.length,
  }
}
