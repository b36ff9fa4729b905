// A run of a real deployment as a benchmark's client or its server recorded it: request by request, or in sums.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import type { RecordedRequest } from '../compare/recorded-run.js'
import { randomSource } from '../random/random.js'
import { arrivalTimes } from '../workload/arrivals.js'

/** How the requests of a run came. */
export type MeasuredArrival =
  /** Each when its record says. */
  | { process: 'recorded' }
  /** So many clients, each of whom waits for an answer before asking again. */
  | { process: 'users'; users: number }
  | { process: 'poisson'; ratePerS: number }
  | { process: 'at-once' }
  /** The file does not say. */
  | { process: 'unknown' }

/** Mean and median of a latency in seconds; null: the file does not say. */
export interface MeasuredLatency {
  meanS: number | null
  medianS: number | null
}

/** A measured run. */
export interface MeasuredRun {
  /** The file, and which run of it where it holds several. */
  source: string
  /** Name of the format. */
  format: string
  /** In order of arrival; empty: the file has sums only. */
  requests: readonly RecordedRequest[]
  arrival: MeasuredArrival
  /** Requests and their mean lengths, where the file has sums only; null: it has not even these. */
  totals: { requests: number; inputTokens: number; outputTokens: number } | null
  /** Latencies of all requests, where the file has sums only. `itl` is the mean over tokens, `tpot` over requests. */
  summary: Partial<Record<'ttft' | 'tpot' | 'itl' | 'e2e', MeasuredLatency>>
  /** What its words mean here, where that is not plain. */
  notes?: readonly string[]
  /** Tokens that the KV cache held, where an engine says; null: unknown. */
  kvTokens: number | null
}

/** A format of measured runs. */
export interface MeasuredFormat {
  name: string
  /**
   * The runs of a text; null if it is in another format.
   * @throws ServingError `invalid_trace` with the source, for a text in this format that is at fault
   */
  read(text: string, source: string): MeasuredRun[] | null
}

/**
 * The requests that a run had, for running them again; null: the file does not say what came.
 * Requests that failed are run as well: they had their place in the batches.
 */
export function workloadOfRun({
  requests,
  arrival,
  totals,
}: MeasuredRun): WorkloadRequest[] | null {
  const lengths =
    requests.length > 0
      ? requests.map(({ inputTokens, tokens, wantedTokens }) => ({
          inputTokens,
          outputTokens: tokens > 0 ? tokens : wantedTokens,
        }))
      : totals === null
        ? null
        : Array.from({ length: totals.requests }, () => totals)
  if (lengths === null || arrival.process === 'unknown') return null
  const arrivals =
    arrival.process === 'poisson' ? arrivalTimes(arrival, randomSource(0, 0)) : undefined
  return lengths.map(({ inputTokens, outputTokens }, i) => ({
    id: requests[i]?.id ?? `request-${i}`,
    arrivalNs:
      arrival.process === 'recorded'
        ? Math.round(requests[i]!.arrivalNs)
        : (arrivals?.next().value ?? 0),
    inputTokens: Math.max(1, Math.round(inputTokens)),
    outputTokens: Math.max(1, Math.round(outputTokens)),
    ...(arrival.process === 'users'
      ? { session: `user-${i % arrival.users}`, round: 0, thinkNs: 0 }
      : {}),
  }))
}
