// Reports of GuideLLM (JSON, 0.2 to 0.5): a run for each of its benchmarks, with every request that finished.
//
// Names differ by version: when a request was sent is `start_time`, `request_start_time`, or `request_start` under
// `info.timings` or `scheduler_info.request_timings`; its tokens are `prompt_tokens` and `output_tokens`, or
// `total_tokens` (`text_tokens`) of `input_metrics` and `output_metrics`. Source: github.com/vllm-project/guidellm.
import { z } from 'zod'
import type { RecordedRequest } from '../../compare/recorded-run.js'
import type { MeasuredFormat } from '../measured-run.js'
import { documentsOf } from './json-documents.js'

const number = z.number().nullish()
const tokens = z.looseObject({ total_tokens: number, text_tokens: number }).nullish()
const timings = z.looseObject({ request_start: number, request_end: number }).nullish()

const requestSchema = z.looseObject({
  request_id: z.string().nullish(),
  start_time: number,
  request_start_time: number,
  end_time: number,
  request_end_time: number,
  request_latency: number,
  time_to_first_token_ms: number,
  prompt_tokens: number,
  output_tokens: number,
  input_metrics: tokens,
  output_metrics: tokens,
  info: z.looseObject({ timings }).nullish(),
  scheduler_info: z.looseObject({ request_timings: timings }).nullish(),
})

const reportSchema = z.looseObject({
  benchmarks: z.array(
    z.looseObject({ requests: z.looseObject({ successful: z.array(requestSchema) }) }),
  ),
})

export const guidellm: MeasuredFormat = {
  name: 'a report of GuideLLM (JSON)',
  read(text, source) {
    const documents = documentsOf(text)
    if (documents?.length !== 1) return null
    const report = reportSchema.safeParse(documents[0])
    if (!report.success) return null
    return report.data.benchmarks
      .map(({ requests: { successful } }, i) => ({
        source: report.data.benchmarks.length > 1 ? `${source}, benchmark ${i + 1}` : source,
        format: this.name,
        requests: requestsOf(successful),
        arrival: { process: 'recorded' } as const,
        totals: null,
        summary: {},
        kvTokens: null,
      }))
      .filter(({ requests }) => requests.length > 0)
  },
}

type Stored = z.infer<typeof requestSchema>

function requestsOf(stored: readonly Stored[]): RecordedRequest[] {
  const known = stored.flatMap((request) => {
    const startS = startOf(request)
    const inputTokens = request.prompt_tokens ?? tokensOf(request.input_metrics)
    const outputTokens = request.output_tokens ?? tokensOf(request.output_metrics)
    const latencyS = request.request_latency ?? (endOf(request) ?? Number.NaN) - (startS ?? 0)
    const ttftMs = request.time_to_first_token_ms
    const isWhole = startS !== null && inputTokens !== null && outputTokens !== null
    if (!isWhole || ttftMs == null || !(latencyS >= 0)) return []
    return [{ id: request.request_id, startS, inputTokens, outputTokens, latencyS, ttftMs }]
  })
  const first = known.reduce(
    (least, { startS }) => Math.min(least, startS),
    Number.POSITIVE_INFINITY,
  )
  return known
    .map(({ id, startS, inputTokens, outputTokens, latencyS, ttftMs }, i): RecordedRequest => {
      const arrivalNs = (startS - first) * 1e9
      return {
        id: id ?? `request-${i}`,
        ok: true,
        arrivalNs,
        scheduledNs: -1,
        firstTokenNs: arrivalNs + ttftMs * 1e6,
        finishedNs: arrivalNs + latencyS * 1e9,
        inputTokens,
        wantedTokens: outputTokens,
        tokens: outputTokens,
      }
    })
    .sort((a, b) => a.arrivalNs - b.arrivalNs)
}

const timingsOf = ({ info, scheduler_info: scheduler }: Stored) =>
  info?.timings ?? scheduler?.request_timings

const startOf = (request: Stored): number | null =>
  request.request_start_time ?? request.start_time ?? timingsOf(request)?.request_start ?? null

const endOf = (request: Stored): number | null =>
  request.request_end_time ?? request.end_time ?? timingsOf(request)?.request_end ?? null

const tokensOf = (metrics: Stored['input_metrics']): number | null =>
  metrics?.total_tokens ?? metrics?.text_tokens ?? null
