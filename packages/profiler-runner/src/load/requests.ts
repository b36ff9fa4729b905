// The requests of a load: prompts and lengths, before anything is sent.
//
// Prompts of given length are token ids wherever the protocol takes ids (SGLang /generate, OpenAI
// completions), so that their length is exact for every tokenizer. For chat they are text of about
// one token a word; the server's own count is recorded.
//
// Files that are read: ShareGPT JSON ([{ conversations: [{ from, value }] }]); traces as CSV with the
// columns arrived_at (s) or arrival_time_ns, num_prefill_tokens, num_decode_tokens; the Azure LLM
// inference trace (TIMESTAMP, ContextTokens, GeneratedTokens); Mooncake JSON lines (timestamp in ms,
// input_length, output_length); a flowsim.serving-workload document.

import { readFile } from 'node:fs/promises'
import { messageOf } from '@flowsim/trace-schema'
import { readDocument } from '@flowsim/trace-schema/zod'
import { parse } from 'csv-parse/sync'
import { ProfilerRunnerError } from '../errors.js'
import { seededRandom } from './random.js'

/** One request of a load. */
export interface LoadRequest {
  id: string
  /** Text, or token ids. */
  prompt: string | number[]
  /** Tokens of the prompt, where they are known before it is sent. */
  inputTokens: number | null
  /** Tokens to generate. */
  outputTokens: number
  /** Arrival in a trace, in nanoseconds. */
  arrivalNs?: number
}

/** A length: one number, or a range to draw from uniformly, both ends included. */
export type LengthSpec = number | readonly [low: number, high: number]

/** What random prompts look like. */
export interface RandomRequestOptions {
  count: number
  inputTokens: LengthSpec
  outputTokens: LengthSpec
  seed: number
  /** Write words instead of token ids, for chat. */
  asText?: boolean
  /** First tokens that all prompts share, for the prefix cache. Default 0. */
  sharedPrefixTokens?: number
  /** Highest token id. Default 30,000: below it every common vocabulary has plain words. */
  maxTokenId?: number
}

// Ids below this are special tokens or single bytes in common vocabularies.
const FIRST_TOKEN_ID = 1000
// Common words that are one token, with the space before them, in byte-pair vocabularies.
const WORDS =
  'the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one you were all her she there would their we him been has when who will no more if out so up said what its about than into them can only other time new some could these two may first then do any like my now over such our man me even most made after also well many before must through years where much way down should because long each just state those people too mister how little good world make very year still see own work men day get here between life both under never day same another know while last might great old come since go against right came take used three'.split(
    ' ',
  )

/** Prompts of given or random lengths with random content. */
export function randomRequests(options: RandomRequestOptions): LoadRequest[] {
  const random = seededRandom(options.seed)
  const token = () => random.int(FIRST_TOKEN_ID, options.maxTokenId ?? 30_000)
  const draw = (length: LengthSpec) =>
    typeof length === 'number' ? length : random.int(length[0], length[1])
  const shared = Array.from({ length: options.sharedPrefixTokens ?? 0 }, token)
  return Array.from({ length: options.count }, (_, index) => {
    const inputTokens = Math.max(1, draw(options.inputTokens))
    const outputTokens = Math.max(1, draw(options.outputTokens))
    const ids = shared.slice(0, inputTokens)
    while (ids.length < inputTokens) ids.push(token())
    return {
      id: String(index),
      prompt: options.asText ? ids.map((id) => WORDS[id % WORDS.length]).join(' ') : ids,
      inputTokens: options.asText ? null : inputTokens,
      outputTokens,
    }
  })
}

/** Prompts for lengths and arrivals that a trace gives; the content is random. */
export function requestsForTrace(
  rows: readonly TraceRow[],
  options: { seed: number; asText?: boolean },
): LoadRequest[] {
  return rows.map((row, index) => {
    const [request] = randomRequests({
      count: 1,
      inputTokens: row.inputTokens,
      outputTokens: row.outputTokens,
      seed: options.seed + index,
      asText: options.asText ?? false,
    })
    return {
      ...request!,
      id: row.id ?? String(index),
      ...(row.arrivalNs === undefined ? {} : { arrivalNs: row.arrivalNs }),
    }
  })
}

/** One row of a trace of requests. */
export interface TraceRow {
  id?: string
  arrivalNs?: number
  inputTokens: number
  outputTokens: number
}

/**
 * Reads a trace of requests; the format is told from the content.
 * @throws {@link ProfilerRunnerError} `bad_input` with file and line
 */
export async function readRequestTrace(file: string): Promise<TraceRow[]> {
  const text = await readText(file)
  if (text.trimStart().startsWith('{')) {
    const document = tryJson(text)
    return isWorkload(document) ? readWorkload(document, file) : readJsonLines(text, file)
  }
  return readCsv(text, file)
}

function isWorkload(document: unknown): boolean {
  return (document as { schema?: unknown } | undefined)?.schema !== undefined
}

function readWorkload(document: unknown, file: string): TraceRow[] {
  const { requests } = readDocument('serving-workload', document, file)
  return requests.map(({ id, arrivalNs, inputTokens, outputTokens }) => ({
    id,
    arrivalNs,
    inputTokens,
    outputTokens: Math.max(1, outputTokens),
  }))
}

function readJsonLines(text: string, file: string): TraceRow[] {
  const rows: TraceRow[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const where = `${file}:${index + 1}`
    const row = parseJson(line, where) as Record<string, unknown>
    rows.push({
      ...optionalNs(numberOf(row.timestamp, 1e6)),
      inputTokens: required(numberOf(row.input_length), 'input_length', where),
      outputTokens: required(numberOf(row.output_length), 'output_length', where),
    })
  }
  return rows
}

function readCsv(text: string, file: string): TraceRow[] {
  let records: Record<string, string>[]
  try {
    records = parse(text, { columns: true, skip_empty_lines: true, bom: true, trim: true })
  } catch (error) {
    throw new ProfilerRunnerError('bad_input', `${file}: ${messageOf(error)}`, { cause: error })
  }
  const firstTime = parseTimestamp(records[0]?.TIMESTAMP)
  return records.map((row, index) => {
    const where = `${file}:${index + 2}`
    const arrivalNs =
      numberOf(row.arrival_time_ns ?? row.arrival_ns) ??
      numberOf(row.arrived_at, 1e9) ??
      nsBetween(firstTime, parseTimestamp(row.TIMESTAMP))
    const id = row.request_id ?? row.id
    return {
      ...(id === undefined ? {} : { id }),
      ...optionalNs(arrivalNs),
      inputTokens: required(
        numberOf(row.num_prefill_tokens ?? row.ContextTokens ?? row.input_tokens),
        'num_prefill_tokens',
        where,
      ),
      outputTokens: required(
        numberOf(row.num_decode_tokens ?? row.GeneratedTokens ?? row.output_tokens),
        'num_decode_tokens',
        where,
      ),
    }
  })
}

/** Prompts of a ShareGPT file: the first message of each conversation. */
export async function readShareGpt(
  file: string,
  options: { count: number; seed: number; outputTokens?: LengthSpec },
): Promise<LoadRequest[]> {
  const data = parseJson(await readText(file), file)
  if (!Array.isArray(data)) {
    throw new ProfilerRunnerError('bad_input', `${file}: not an array of conversations`)
  }
  const random = seededRandom(options.seed)
  const pairs: { prompt: string; answer: string }[] = []
  for (const entry of data as { conversations?: { value?: unknown }[] }[]) {
    const [first, second] = entry.conversations ?? []
    if (typeof first?.value === 'string' && typeof second?.value === 'string' && first.value) {
      pairs.push({ prompt: first.value, answer: second.value })
    }
  }
  if (pairs.length === 0) {
    throw new ProfilerRunnerError('bad_input', `${file}: no conversation with two messages`)
  }
  // Fisher-Yates, so that a small count samples the whole file.
  for (let index = pairs.length - 1; index > 0; index--) {
    const other = random.int(0, index)
    ;[pairs[index], pairs[other]] = [pairs[other]!, pairs[index]!]
  }
  return Array.from({ length: options.count }, (_, index) => {
    const { prompt, answer } = pairs[index % pairs.length]!
    const length = options.outputTokens
    return {
      id: String(index),
      prompt,
      inputTokens: null,
      // English text has about four characters a token.
      outputTokens:
        length === undefined
          ? Math.max(1, Math.round(answer.length / 4))
          : typeof length === 'number'
            ? length
            : random.int(length[0], length[1]),
    }
  })
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new ProfilerRunnerError('bad_input', `cannot read ${file}: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ProfilerRunnerError('bad_input', `${where}: ${messageOf(error)}`, { cause: error })
  }
}

function numberOf(value: unknown, scale = 1): number | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? Math.round(number * scale) : undefined
}

interface Timestamp {
  ms: number
  fractionNs: number
}

// "2023-11-16 18:15:46.6805900": a date with more digits than Date keeps.
function parseTimestamp(text: string | undefined): Timestamp | undefined {
  const [, whole, fraction = '0'] = /^(.*?\d:\d\d:\d\d)(?:\.(\d+))?/.exec(text ?? '') ?? []
  const ms = Date.parse(`${(whole ?? '').replace(' ', 'T')}Z`)
  return Number.isNaN(ms)
    ? undefined
    : { ms, fractionNs: Math.round(Number(`0.${fraction}`) * 1e9) }
}

// Nanoseconds since 1970 do not fit a double exactly; those since the first row do.
function nsBetween(from: Timestamp | undefined, to: Timestamp | undefined): number | undefined {
  if (from === undefined || to === undefined) return undefined
  return (to.ms - from.ms) * 1e6 + (to.fractionNs - from.fractionNs)
}

function optionalNs(arrivalNs: number | undefined): { arrivalNs?: number } {
  return arrivalNs === undefined ? {} : { arrivalNs }
}

function required(value: number | undefined, column: string, where: string): number {
  if (value !== undefined && value >= 1) return value
  throw new ProfilerRunnerError('bad_input', `${where}: ${column} must be a count of at least 1`)
}
