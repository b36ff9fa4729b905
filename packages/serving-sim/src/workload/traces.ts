// Recorded workloads. The format is known from the header or the first line:
//
//   azure         TIMESTAMP,ContextTokens,GeneratedTokens             (Azure LLM inference, 2023)
//   splitwise     request_id,…,arrival_timestamp,batch_size,prompt_size,token_size (also ReaLLM's)
//   vidur         arrived_at,num_prefill_tokens,num_decode_tokens     (also the testbed's trace.csv)
//   lengths       num_prefill_tokens,num_decode_tokens, without times
//   inference-sim id,arrival_us,prefix_group,prefix_tokens,input_tokens_excl_prefix,output_tokens,…
//   testbed       request_id,arrival_time_ns,…,num_prefill_tokens,num_decode_tokens
//   requests      the requests.csv of `flowsim serving run`
//   mooncake      JSON lines with timestamp (ms), input_length, output_length, hash_ids of 512 tokens
//   sharegpt      JSON lines or an array with prompt_len and output_len (or similar), without times
//   flowsim       a document flowsim.serving-workload/1
//
// Times count from 0 as they are; those that count from an epoch start at their first request.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { servingWorkloadSchema } from '@flowsim/trace-schema/zod'
import { CsvTable } from '../csv.js'
import { ServingError } from '../errors.js'

export const TRACE_FORMATS = [
  'azure',
  'splitwise',
  'vidur',
  'lengths',
  'inference-sim',
  'testbed',
  'requests',
  'mooncake',
  'sharegpt',
  'flowsim',
] as const

export type TraceFormat = (typeof TRACE_FORMATS)[number]

/** A recorded workload. */
export interface Trace {
  format: TraceFormat
  requests: WorkloadRequest[]
  /** Whether the trace says when requests arrive; if not, all are at 0. */
  hasTimes: boolean
}

/**
 * Reads a recorded workload.
 * @param file named in errors
 * @throws ServingError `invalid_trace` with file and line
 */
export function readTrace(text: string, file: string, format?: TraceFormat): Trace {
  const start = text.trimStart()[0]
  const known =
    format ?? (start === '{' || start === '[' ? jsonFormat(text) : csvFormat(text, file))
  const hasTimes = known !== 'lengths' && known !== 'sharegpt'
  const requests =
    known === 'flowsim'
      ? readDocument(text, file)
      : known === 'mooncake' || known === 'sharegpt'
        ? readJsonLines(text, file, known)
        : readRows(CsvTable.parse(text, file), known)
  if (hasTimes && known !== 'flowsim') fromEpoch(requests)
  requests.sort((a, b) => a.arrivalNs - b.arrivalNs)
  return { format: known, requests, hasTimes }
}

const HEADERS: readonly [TraceFormat, readonly string[]][] = [
  ['azure', ['TIMESTAMP', 'ContextTokens', 'GeneratedTokens']],
  ['splitwise', ['arrival_timestamp', 'prompt_size', 'token_size']],
  ['vidur', ['arrived_at', 'num_prefill_tokens', 'num_decode_tokens']],
  ['inference-sim', ['arrival_us', 'output_tokens']],
  ['testbed', ['arrival_time_ns', 'num_prefill_tokens', 'num_decode_tokens']],
  ['requests', ['arrival_ns', 'input_tokens', 'output_tokens']],
  ['lengths', ['num_prefill_tokens', 'num_decode_tokens']],
]

function csvFormat(text: string, file: string): TraceFormat {
  const header = text.slice(0, text.indexOf('\n') < 0 ? text.length : text.indexOf('\n'))
  const columns = new Set(
    header
      .replace(/^\ufeff/, '')
      .split(',')
      .map((name) => name.trim()),
  )
  const found = HEADERS.find(([, names]) => names.every((name) => columns.has(name)))
  if (found !== undefined) return found[0]
  throw new ServingError(
    'invalid_trace',
    `no known trace has the header "${header.trim().slice(0, 80)}"; known are ${TRACE_FORMATS.join(', ')}`,
    { file, line: 1 },
  )
}

function jsonFormat(text: string): TraceFormat {
  const head = text.slice(0, 4096)
  if (head.includes('flowsim.serving-workload/')) return 'flowsim'
  return head.includes('hash_ids') || head.includes('input_length') ? 'mooncake' : 'sharegpt'
}

function readRows(table: CsvTable, format: TraceFormat): WorkloadRequest[] {
  const requests: WorkloadRequest[] = []
  for (let row = 0; row < table.length; row++) requests.push(readRow(table, row, format))
  return requests
}

function readRow(table: CsvTable, row: number, format: TraceFormat): WorkloadRequest {
  const request = (
    id: string,
    arrivalNs: number,
    input: string,
    output: string,
  ): WorkloadRequest => ({
    id,
    arrivalNs,
    inputTokens: table.integer(row, input, 1),
    outputTokens: table.integer(row, output, 0),
  })
  const seconds = (column: string) => {
    const value = table.number(row, column)
    if (!Number.isFinite(value) || value < 0) {
      table.fail(row, `${column} is "${table.text(row, column)}"; it must be a time of at least 0`)
    }
    return Math.round(value * 1e9)
  }
  switch (format) {
    case 'azure':
      return request(
        String(row),
        azureTime(table, row) - azureTime(table, 0),
        'ContextTokens',
        'GeneratedTokens',
      )
    case 'splitwise':
      return request(
        table.has('request_id') ? table.text(row, 'request_id') : String(row),
        seconds('arrival_timestamp'),
        'prompt_size',
        'token_size',
      )
    case 'vidur':
      return request(
        table.has('request_id') ? table.text(row, 'request_id') : String(row),
        seconds('arrived_at'),
        'num_prefill_tokens',
        'num_decode_tokens',
      )
    case 'lengths':
      return request(String(row), 0, 'num_prefill_tokens', 'num_decode_tokens')
    case 'testbed':
      return request(
        table.text(row, 'request_id'),
        table.integer(row, 'arrival_time_ns', 0),
        'num_prefill_tokens',
        'num_decode_tokens',
      )
    case 'requests':
      return request(
        table.text(row, 'id'),
        table.integer(row, 'arrival_ns', 0),
        'input_tokens',
        'output_tokens',
      )
    default:
      return inferenceSimRow(table, row)
  }
}

function inferenceSimRow(table: CsvTable, row: number): WorkloadRequest {
  const whole = table.has('input_tokens_incl_prefix')
  const prefixTokens = table.has('prefix_tokens') ? table.integer(row, 'prefix_tokens', 0) : 0
  const inputTokens = whole
    ? table.integer(row, 'input_tokens_incl_prefix', 1)
    : prefixTokens + table.integer(row, 'input_tokens_excl_prefix', 0)
  const deadlineUs = table.has('deadline_us') ? table.integer(row, 'deadline_us', 0) : 0
  return {
    id: table.text(row, 'id'),
    arrivalNs: table.integer(row, 'arrival_us', 0) * 1000,
    inputTokens,
    outputTokens: table.integer(row, 'output_tokens', 0),
    ...(prefixTokens > 0
      ? { prefixGroup: table.text(row, 'prefix_group') || 'prefix', prefixTokens }
      : {}),
    ...(deadlineUs > 0 ? { deadlineNs: deadlineUs * 1000 } : {}),
  }
}

/** `2023-11-16 18:17:03.9799600`, in UTC: nanoseconds since the first day of the trace. */
function azureTime(table: CsvTable, row: number): number {
  const ms = (at: number) => {
    const text = table.text(at, 'TIMESTAMP')
    const match = AZURE_TIME.exec(text.trim())
    if (match === null) {
      table.fail(at, `TIMESTAMP is "${text}"; expected 2023-11-16 18:17:03.9799600`)
    }
    const fields = match.slice(1, 7).map(Number)
    const [year, month, day, hour, minute, second] = fields as [
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    return {
      day: Date.UTC(year, month - 1, day),
      second: hour * 3600 + minute * 60 + second,
      fraction: Number((match[7] ?? '').padEnd(9, '0')),
    }
  }
  const { day, second, fraction } = ms(row)
  // Whole nanoseconds since 1970 would not fit a double.
  return (day - ms(0).day) * 1e6 + second * 1e9 + fraction
}

const AZURE_TIME = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:\+00:00|Z)?$/

/** A generated-length dataset may name its fields in several ways. */
const INPUT_FIELDS = ['input_length', 'prompt_len', 'input_tokens', 'prompt_tokens', 'input_len']
const OUTPUT_FIELDS = [
  'output_length',
  'output_len',
  'output_tokens',
  'completion_tokens',
  'expected_output_len',
]

function readJsonLines(
  text: string,
  file: string,
  format: 'mooncake' | 'sharegpt',
): WorkloadRequest[] {
  const requests: WorkloadRequest[] = []
  for (const { value, line } of jsonValues(text, file)) {
    const fail = (message: string): never => {
      throw new ServingError('invalid_trace', message, { file, line })
    }
    const count = (names: readonly string[], least: number): number => {
      const name = names.find((field) => field in value)
      if (name === undefined) return fail(`none of ${names.join(', ')} is there`)
      const tokens = value[name]
      if (typeof tokens === 'number' && Number.isInteger(tokens) && tokens >= least) return tokens
      return fail(
        `${name} is ${JSON.stringify(tokens)}; it must be an integer of at least ${least}`,
      )
    }
    const timestamp = value.timestamp ?? 0
    if (format === 'mooncake' && typeof timestamp !== 'number') {
      fail(`timestamp is ${JSON.stringify(timestamp)}; it must be milliseconds`)
    }
    const hashes = value.hash_ids
    requests.push({
      id: String(value.id ?? value.request_id ?? requests.length),
      arrivalNs: format === 'mooncake' ? Math.round(Number(timestamp) * 1e6) : 0,
      inputTokens: count(INPUT_FIELDS, 1),
      outputTokens: count(OUTPUT_FIELDS, 0),
      ...(Array.isArray(hashes) && hashes.length > 0
        ? { blockHashes: hashes as number[], blockHashTokens: 512 }
        : {}),
    })
  }
  return requests
}

function* jsonValues(
  text: string,
  file: string,
): Generator<{ value: Record<string, unknown>; line: number }> {
  const parse = (source: string, line: number): unknown => {
    try {
      return JSON.parse(source)
    } catch (error) {
      throw new ServingError('invalid_trace', `not JSON: ${(error as Error).message}`, {
        file,
        line,
      })
    }
  }
  const objectAt = (value: unknown, line: number) => {
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
    throw new ServingError('invalid_trace', 'expected an object for each request', { file, line })
  }
  if (text.trimStart().startsWith('[')) {
    for (const value of parse(text, 1) as unknown[]) yield { value: objectAt(value, 1), line: 1 }
    return
  }
  let line = 0
  for (const source of text.split('\n')) {
    line++
    if (source.trim() !== '') yield { value: objectAt(parse(source, line), line), line }
  }
}

function readDocument(text: string, file: string): WorkloadRequest[] {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw new ServingError('invalid_trace', `not JSON: ${(error as Error).message}`, { file })
  }
  const parsed = servingWorkloadSchema.safeParse(document)
  if (parsed.success) return parsed.data.requests
  const issue = parsed.error.issues[0]!
  throw new ServingError('invalid_trace', `${issue.path.join('.')}: ${issue.message}`, { file })
}

/** Eleven days: no recording starts so late unless it counts from an epoch. */
const EPOCH_NS = 1e15

function fromEpoch(requests: WorkloadRequest[]): void {
  let first = Number.POSITIVE_INFINITY
  for (const { arrivalNs } of requests) first = Math.min(first, arrivalNs)
  if (!Number.isFinite(first) || first < EPOCH_NS) return
  for (const request of requests) {
    request.arrivalNs -= first
    if (request.deadlineNs !== undefined) request.deadlineNs -= first
  }
}

/** Changes to a recorded workload. */
export interface TraceChanges {
  /** Only the first so many requests. */
  limit?: number
  /** Factor on times: 0.5 is twice as fast. */
  timeScale?: number
  /** Arrivals are squeezed or stretched to this mean rate. */
  ratePerS?: number
  inputScale?: number
  outputScale?: number
  /** Prompts are cut so that prompt and output have at most so many tokens. */
  maxTokens?: number
}

/** A changed copy of requests. */
export function changeTrace(
  requests: readonly WorkloadRequest[],
  changes: TraceChanges,
): WorkloadRequest[] {
  const { limit, inputScale = 1, outputScale = 1, maxTokens } = changes
  const kept = requests.slice(0, limit)
  const timeScale = (changes.timeScale ?? 1) * rateScale(kept, changes.ratePerS)
  return kept.map((request) => {
    const arrivalNs = Math.round(request.arrivalNs * timeScale)
    const outputTokens =
      request.outputTokens === 0 ? 0 : Math.max(1, Math.trunc(request.outputTokens * outputScale))
    let inputTokens = Math.max(1, Math.trunc(request.inputTokens * inputScale))
    if (maxTokens !== undefined && inputTokens + outputTokens > maxTokens) {
      inputTokens = Math.max(1, maxTokens - outputTokens)
    }
    const { deadlineNs, ...rest } = request
    return {
      ...rest,
      arrivalNs,
      inputTokens,
      outputTokens,
      // Clients are as patient as before.
      ...(deadlineNs === undefined
        ? {}
        : { deadlineNs: arrivalNs + (deadlineNs - request.arrivalNs) }),
    }
  })
}

function rateScale(requests: readonly WorkloadRequest[], ratePerS: number | undefined): number {
  const last = requests.at(-1)
  if (ratePerS === undefined || last === undefined) return 1
  const spanS = (last.arrivalNs - requests[0]!.arrivalNs) / 1e9
  return spanS > 0 ? (requests.length - 1) / spanS / ratePerS : 1
}
