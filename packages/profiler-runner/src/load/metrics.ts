// Latency, throughput and goodput of a run.
//
// For each request: TTFT = first token − arrival; E2E = end − arrival; TPOT = (last token − first
// token) / (output tokens − 1); ITL: the gap before each chunk, shared out over the tokens that it
// brought. Arrival is when the request was due, so that a load generator held back by its concurrency
// limit does not hide waiting; `clientWait` = sent − arrival tells how much of it is the client's. In a
// closed loop a request is due when it is sent.
import type { LatencySummary, ServingReport } from '@flowsim/trace-schema'
import { mean, quantileSorted } from 'd3-array'
import type { LoadResult, RequestMeasurement } from './generator.js'

/** Limits that a request must keep to count as goodput, in seconds. */
export interface ServiceLevel {
  ttftS?: number
  tpotS?: number
  e2eS?: number
}

/** Result of a run of the load generator. */
export interface LoadReport {
  schema: 'flowsim.load-report/1'
  protocol: string
  report: ServingReport
  /** Time that requests waited in the client after they were due. */
  clientWait: LatencySummary | null
  failed: number
  /** Failed requests by type, with one message of each. */
  errors: { type: string; count: number; example: string }[]
}

/** Mean and percentiles with linear interpolation between ranks; null for no values. */
export function summarize(values: readonly number[]): LatencySummary | null {
  if (values.length === 0) return null
  const sorted = Float64Array.from(values).sort()
  const at = (share: number) => quantileSorted(sorted as ArrayLike<number> as number[], share)!
  return {
    count: sorted.length,
    meanS: mean(sorted)!,
    p50S: at(0.5),
    p90S: at(0.9),
    p95S: at(0.95),
    p99S: at(0.99),
    maxS: sorted[sorted.length - 1]!,
  }
}

/** Latency figures of one request in seconds; null where it has none. */
export function requestLatencies(request: RequestMeasurement): {
  ttftS: number | null
  tpotS: number | null
  e2eS: number
} {
  const { firstTokenNs, chunkNs, chunkTokens } = request
  const tokens = chunkTokens.at(-1) ?? 0
  return {
    ttftS: firstTokenNs === null ? null : (firstTokenNs - request.arrivalNs) / 1e9,
    tpotS:
      firstTokenNs === null || tokens < 2 || chunkNs.length < 2
        ? null
        : (chunkNs.at(-1)! - firstTokenNs) / (tokens - chunkTokens[0]!) / 1e9,
    e2eS: (request.finishedNs - request.arrivalNs) / 1e9,
  }
}

/** The figures of a run. */
export function loadReport(result: LoadResult, slo?: ServiceLevel): LoadReport {
  const ok = result.requests.filter((request) => request.error === null)
  const ttft: number[] = []
  const tpot: number[] = []
  const itl: number[] = []
  const e2e: number[] = []
  let good = 0
  for (const request of ok) {
    const latencies = requestLatencies(request)
    if (latencies.ttftS !== null) ttft.push(latencies.ttftS)
    if (latencies.tpotS !== null) tpot.push(latencies.tpotS)
    e2e.push(latencies.e2eS)
    tokenGapsS(request, itl)
    if (slo !== undefined && meets(latencies, slo)) good++
  }
  const durationS = result.durationNs / 1e9
  const perS = (count: number) => (durationS > 0 ? count / durationS : 0)
  const outputTokens = sum(ok, (request) => request.outputTokens)
  const cached = ok.flatMap((request) => request.cachedTokens ?? [])
  const errors = new Map<string, { type: string; count: number; example: string }>()
  for (const { error } of result.requests) {
    if (error === null) continue
    const entry = errors.get(error.type)
    if (entry) entry.count++
    else errors.set(error.type, { type: error.type, count: 1, example: error.message })
  }
  const timedOut = errors.get('timeout')?.count ?? 0
  const failed = result.requests.length - ok.length
  return {
    schema: 'flowsim.load-report/1',
    protocol: result.protocol,
    report: {
      schema: 'flowsim.serving-report/1',
      engine: `measured:${result.protocol}`,
      instance: 'cluster',
      durationS,
      requests: {
        completed: ok.length,
        running: 0,
        waiting: 0,
        rejected: failed - timedOut,
        unservable: 0,
        timed_out: timedOut,
        length_capped: 0,
      },
      inputTokens: sum(ok, (request) => request.inputTokens ?? 0),
      outputTokens,
      requestsPerS: perS(ok.length),
      outputTokensPerS: perS(outputTokens),
      steps: 0,
      preemptions: 0,
      ttft: summarize(ttft),
      tpot: summarize(tpot),
      itl: summarize(itl),
      e2e: summarize(e2e),
      kvBlocks: null,
      ...(cached.length === 0 ? {} : { cachedTokens: cached.reduce((a, b) => a + b, 0) }),
      ...(slo === undefined
        ? {}
        : { goodput: { requestsPerS: perS(good), attainment: good / result.requests.length } }),
    },
    clientWait: summarize(result.requests.map((r) => Math.max(0, r.sentNs - r.arrivalNs) / 1e9)),
    failed,
    errors: [...errors.values()],
  }
}

function tokenGapsS(request: RequestMeasurement, into: number[]): void {
  const { chunkNs, chunkTokens } = request
  for (let index = 1; index < chunkNs.length; index++) {
    const tokens = chunkTokens[index]! - chunkTokens[index - 1]!
    const gap = (chunkNs[index]! - chunkNs[index - 1]!) / 1e9 / tokens
    for (let token = 0; token < tokens; token++) into.push(gap)
  }
}

function meets(
  latencies: { ttftS: number | null; tpotS: number | null; e2eS: number },
  slo: ServiceLevel,
): boolean {
  return (
    (slo.ttftS === undefined || (latencies.ttftS ?? 0) <= slo.ttftS) &&
    (slo.tpotS === undefined || (latencies.tpotS ?? 0) <= slo.tpotS) &&
    (slo.e2eS === undefined || latencies.e2eS <= slo.e2eS)
  )
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
