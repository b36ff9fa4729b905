// Results of inference-sim (blis): `blis run --metrics-path`, whose object has a list `requests` in milliseconds, and
// `blis replay --results-path`, a list in microseconds that does not say when requests arrived.
import { z } from 'zod'
import type { RecordedRequest } from '../../compare/recorded-run.js'
import { documentsOf } from '../../measured/formats/json-documents.js'
import type { MeasuredFormat, MeasuredRun } from '../../measured/measured-run.js'

const optional = z.number().nullish()

const metricsSchema = z.looseObject({
  requests: z
    .array(
      z.looseObject({
        requestID: z.string(),
        ttft_ms: z.number(),
        e2e_ms: z.number(),
        scheduling_delay_ms: optional,
        arrived_at: optional,
        num_prefill_tokens: optional,
        num_decode_tokens: optional,
      }),
    )
    .min(1),
})

const replaySchema = z
  .array(
    z.looseObject({
      request_id: z.union([z.string(), z.number()]),
      ttft_us: z.number(),
      e2e_us: z.number(),
      input_tokens: z.number(),
      output_tokens: z.number(),
    }),
  )
  .min(1)

export const inferenceSimResults: MeasuredFormat = {
  name: 'results of inference-sim (JSON)',
  read(text, source) {
    const documents = documentsOf(text)
    if (documents?.length !== 1) return null
    const metrics = metricsSchema.safeParse(documents[0])
    if (metrics.success) {
      const { requests } = metrics.data
      const known = requests.every(({ arrived_at: at }) => at != null)
      return [
        runOf(
          source,
          known,
          requests.map((request): RecordedRequest => {
            const arrivalNs = (request.arrived_at ?? 0) * 1e9
            const delayMs = request.scheduling_delay_ms
            const tokens = request.num_decode_tokens ?? 0
            return {
              id: request.requestID,
              ok: request.e2e_ms > 0,
              arrivalNs,
              scheduledNs: delayMs == null ? -1 : arrivalNs + delayMs * 1e6,
              firstTokenNs: arrivalNs + request.ttft_ms * 1e6,
              finishedNs: arrivalNs + request.e2e_ms * 1e6,
              inputTokens: request.num_prefill_tokens ?? 0,
              wantedTokens: tokens,
              tokens,
            }
          }),
        ),
      ]
    }
    const replay = replaySchema.safeParse(documents[0])
    if (!replay.success) return null
    return [
      runOf(
        source,
        false,
        replay.data.map(
          (request): RecordedRequest => ({
            id: String(request.request_id),
            ok: request.e2e_us > 0,
            arrivalNs: 0,
            scheduledNs: -1,
            firstTokenNs: request.ttft_us * 1e3,
            finishedNs: request.e2e_us * 1e3,
            inputTokens: request.input_tokens,
            wantedTokens: request.output_tokens,
            tokens: request.output_tokens,
          }),
        ),
      ),
    ]
  },
}

function runOf(source: string, knowsArrivals: boolean, requests: RecordedRequest[]): MeasuredRun {
  return {
    source,
    format: inferenceSimResults.name,
    requests: requests.sort((a, b) => a.arrivalNs - b.arrivalNs),
    arrival: { process: knowsArrivals ? 'recorded' : 'unknown' },
    totals: null,
    summary: {},
    kvTokens: null,
  }
}
