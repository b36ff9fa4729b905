// Results of NVIDIA's AIPerf and of GenAI-Perf before it: profile_export.jsonl with a record a request, and the JSON of
// aggregates (profile_export_aiperf.json, profile_export_genai_perf.json). Values carry their unit. Sources: "Working
// with Profile Export Files" and "profile_export_aiperf.json Schema" of docs.nvidia.com/aiperf.
import { z } from 'zod'
import type { RecordedRequest } from '../../compare/recorded-run.js'
import type { MeasuredFormat, MeasuredLatency } from '../measured-run.js'
import { documentsOf } from './json-documents.js'

const value = z.looseObject({ value: z.number(), unit: z.string() }).nullish()

const recordSchema = z.looseObject({
  metadata: z.looseObject({
    request_start_ns: z.number(),
    request_end_ns: z.number().nullish(),
    x_request_id: z.string().nullish(),
    benchmark_phase: z.string().nullish(),
  }),
  metrics: z.looseObject({
    time_to_first_token: value,
    request_latency: value,
    input_sequence_length: value,
    output_sequence_length: value,
  }),
  error: z.unknown().optional(),
})

const statistics = z
  .looseObject({ unit: z.string(), avg: z.number().nullish(), p50: z.number().nullish() })
  .nullish()

const aggregateSchema = z.looseObject({
  request_latency: statistics.unwrap().unwrap(),
  time_to_first_token: statistics,
  inter_token_latency: statistics,
  request_count: statistics,
  input_sequence_length: statistics,
  output_sequence_length: statistics,
})

/** Nanoseconds in a unit of time. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  sec: 1e9,
}

export const aiperf: MeasuredFormat = {
  name: 'results of AIPerf or GenAI-Perf (JSON)',
  read(text, source) {
    const documents = documentsOf(text)
    if (documents === null || documents.length === 0) return null
    const records = documents.map((document) => recordSchema.safeParse(document))
    if (records.every(({ success }) => success)) {
      // Requests that warm the server up are not of the run.
      const profiled = records.flatMap(({ data }) => {
        const phase = data!.metadata.benchmark_phase
        return phase == null || phase === 'profiling' ? [data!] : []
      })
      const first = profiled.reduce(
        (least, { metadata }) => Math.min(least, metadata.request_start_ns),
        Number.POSITIVE_INFINITY,
      )
      return [
        {
          source,
          format: this.name,
          requests: profiled
            .map((record, i) => requestOf(record, i, first))
            .sort((x, y) => x.arrivalNs - y.arrivalNs),
          arrival: { process: 'recorded' },
          totals: null,
          summary: {},
          kvTokens: null,
        },
      ]
    }
    const aggregate = documents.length === 1 ? aggregateSchema.safeParse(documents[0]) : undefined
    if (aggregate?.success !== true) return null
    const { data } = aggregate
    const count = data.request_count?.avg
    const [input, output] = [data.input_sequence_length?.avg, data.output_sequence_length?.avg]
    return [
      {
        source,
        format: this.name,
        requests: [],
        arrival: { process: 'unknown' },
        totals:
          count == null || input == null || output == null
            ? null
            : { requests: count, inputTokens: input, outputTokens: output },
        summary: {
          ttft: latency(data.time_to_first_token),
          tpot: latency(data.inter_token_latency),
          e2e: latency(data.request_latency),
        },
        kvTokens: null,
        notes: ['its inter-token latency is the mean of a request, which is a TPOT here'],
      },
    ]
  },
}

type Stored = z.infer<typeof recordSchema>

/** Times count from the first arrival on: sums of nanoseconds since 1970 are beyond what a double keeps. */
function requestOf(
  { metadata, metrics, error }: Stored,
  i: number,
  first: number,
): RecordedRequest {
  const [ttftNs, latencyNs] = [nsOf(metrics.time_to_first_token), nsOf(metrics.request_latency)]
  const arrivalNs = metadata.request_start_ns - first
  const tokens = metrics.output_sequence_length?.value ?? 0
  const ok = (error === undefined || error === null) && latencyNs !== null
  return {
    id: metadata.x_request_id ?? `request-${i}`,
    ok,
    arrivalNs,
    scheduledNs: -1,
    firstTokenNs: ok && ttftNs !== null ? arrivalNs + ttftNs : -1,
    finishedNs: ok ? arrivalNs + latencyNs : -1,
    inputTokens: metrics.input_sequence_length?.value ?? 0,
    wantedTokens: tokens,
    tokens,
  }
}

function nsOf(measured: z.infer<typeof value>): number | null {
  const scale = measured == null ? undefined : UNITS[measured.unit]
  return scale === undefined ? null : measured!.value * scale
}

function latency(measured: z.infer<typeof statistics>): MeasuredLatency {
  const scale = measured == null ? undefined : UNITS[measured.unit]
  const seconds = (number: number | null | undefined) =>
    scale === undefined || number == null ? null : (number * scale) / 1e9
  return { meanS: seconds(measured?.avg), medianS: seconds(measured?.p50) }
}
