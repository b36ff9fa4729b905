// Runs of a comparison that another program makes: what it is given. Running it is the caller's.
import type { WorkloadRequest } from '@flowsim/trace-schema'

/**
 * Files of requests that other simulators read: a table of seconds and tokens with a head, or a line of JSON with
 * nanoseconds and tokens for each.
 */
export const WORKLOAD_FORMATS = ['csv', 'jsonl'] as const

type WorkloadFormat = (typeof WORKLOAD_FORMATS)[number]

/** A program whose result is a run of a comparison. */
export interface ComparedCommand {
  /** Name of the run. */
  name: string
  /** With `{workload}` and `{output}` in it. */
  command: string
  /** Where it writes its result; may hold `{output}`, and `*` for a name that is not known before. */
  requests: string
  timeoutS: number
  /** Text of the file for `{workload}`. */
  workload: string
}

const HOUR_S = 3600

/** What a program of a run is given. */
export function comparedCommand(
  entry: {
    name: string
    command: string
    requests: string
    timeoutS?: number | undefined
    workloadFormat?: WorkloadFormat | undefined
  },
  requests: readonly WorkloadRequest[],
): ComparedCommand {
  const { name, command, timeoutS = HOUR_S, workloadFormat = 'csv' } = entry
  const workload = WRITERS[workloadFormat](requests)
  return { name, command, requests: entry.requests, timeoutS, workload }
}

const WRITERS: Readonly<Record<WorkloadFormat, (requests: readonly WorkloadRequest[]) => string>> =
  {
    csv: (requests) =>
      lines(
        'arrived_at,num_prefill_tokens,num_decode_tokens',
        requests.map(
          ({ arrivalNs, inputTokens, outputTokens }) =>
            `${arrivalNs / 1e9},${inputTokens},${outputTokens}`,
        ),
      ),
    jsonl: (requests) =>
      lines(
        ...requests.map(({ arrivalNs, inputTokens, outputTokens }) =>
          JSON.stringify({
            input_toks: inputTokens,
            output_toks: outputTokens,
            arrival_time_ns: arrivalNs,
          }),
        ),
      ),
  }

function lines(...parts: (string | string[])[]): string {
  return `${parts.flat().join('\n')}\n`
}
