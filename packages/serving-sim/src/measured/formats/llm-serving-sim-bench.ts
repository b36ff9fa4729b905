// requests.jsonl of LLMServingSim's benchmark of vLLM: when the engine queued, scheduled, first answered and finished
// each request, by the clock of the engine's process. The client's `arrival_time` is of another clock and is left.
import { z } from 'zod'
import type { MeasuredFormat } from '../measured-run.js'
import { documentsOf } from './json-documents.js'

const recordSchema = z.looseObject({
  request_id: z.union([z.string(), z.number()]),
  input_toks: z.number(),
  output_toks: z.number(),
  queued_ts: z.number(),
  scheduled_ts: z.number(),
  first_token_ts: z.number(),
  last_token_ts: z.number(),
})

export const llmServingSimBench: MeasuredFormat = {
  name: 'requests of LLMServingSim’s benchmark of vLLM (JSON lines)',
  read(text, source) {
    const documents = documentsOf(text)
    if (documents === null || documents.length === 0) return null
    const records = documents.map((document) => recordSchema.safeParse(document))
    if (!records.every(({ success }) => success)) return null
    const known = records.map(({ data }) => data!)
    const first = known.reduce((least, { queued_ts: at }) => Math.min(least, at), Infinity)
    const since = (seconds: number) => (seconds - first) * 1e9
    return [
      {
        source,
        format: this.name,
        requests: known
          .map((record) => ({
            id: String(record.request_id),
            ok: record.last_token_ts >= record.first_token_ts,
            arrivalNs: since(record.queued_ts),
            scheduledNs: since(record.scheduled_ts),
            firstTokenNs: since(record.first_token_ts),
            finishedNs: since(record.last_token_ts),
            inputTokens: record.input_toks,
            wantedTokens: record.output_toks,
            tokens: record.output_toks,
          }))
          .sort((a, b) => a.arrivalNs - b.arrivalNs),
        arrival: { process: 'recorded' },
        totals: null,
        summary: {},
        kvTokens: null,
        notes: ['its TTFT begins when the engine queued the request, not when the client sent it'],
      },
    ]
  },
}
