// Token counts in JSON, an object a request: one a line, or all in an array. Datasets name the counts in
// several ways.
//
//   mooncake  timestamp in milliseconds, input_length, output_length, hash_ids of blocks of 512 tokens
//   sharegpt  counts alone, without times
//
// Source: kvcache-ai/Mooncake, the trace of its FAST '25 paper.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { MOST_TOKENS } from '../../config/limits.js'
import { ServingError, type SourcePlace } from '../../errors.js'
import { parseJson } from '../parse-json.js'
import type { TraceFormat } from '../trace-format.js'

const INPUT_FIELDS = ['input_length', 'prompt_len', 'input_tokens', 'prompt_tokens', 'input_len']
const OUTPUT_FIELDS = [
  'output_length',
  'output_len',
  'output_tokens',
  'completion_tokens',
  'expected_output_len',
]
const HASH_TOKENS = 512

export const mooncake: TraceFormat = {
  name: 'mooncake',
  hasTimes: true,
  recognise: ({ columns, text }) =>
    columns === null && /hash_ids|input_length/.test(text) ? 2 : 0,
  read: (text, source) =>
    [...jsonObjects(text, source)].map((object, i) => {
      const { value, place } = object
      const timestampMs = value.timestamp ?? 0
      if (typeof timestampMs !== 'number') {
        fail(`timestamp is ${JSON.stringify(timestampMs)}; it must be milliseconds`, place)
      }
      return requestOf(object, i, Math.round(timestampMs * 1e6))
    }),
}

export const sharegpt: TraceFormat = {
  name: 'sharegpt',
  hasTimes: false,
  recognise: ({ columns }) => (columns === null ? 1 : 0),
  read: (text, source) =>
    [...jsonObjects(text, source)].map((object, i) => requestOf(object, i, 0)),
}

export interface JsonObject {
  value: Record<string, unknown>
  place: SourcePlace
}

function requestOf(
  { value, place }: JsonObject,
  index: number,
  arrivalNs: number,
): WorkloadRequest {
  const hashes = value.hash_ids
  return {
    id: String(value.id ?? value.request_id ?? index),
    arrivalNs,
    inputTokens: countOf(value, INPUT_FIELDS, 1, place),
    outputTokens: countOf(value, OUTPUT_FIELDS, 0, place),
    ...(Array.isArray(hashes) && hashes.length > 0
      ? { blockHashes: hashes as number[], blockHashTokens: HASH_TOKENS }
      : {}),
  }
}

function countOf(
  value: Record<string, unknown>,
  names: readonly string[],
  least: number,
  place: SourcePlace,
): number {
  const name = names.find((field) => field in value)
  if (name === undefined) return fail(`it has no count of tokens: ${names.join(', ')}`, place)
  const tokens = value[name]
  if (typeof tokens === 'number' && Number.isInteger(tokens) && tokens >= least) {
    if (tokens <= MOST_TOKENS) return tokens
    return fail(`${name} is ${tokens}; a request has at most ${MOST_TOKENS} tokens`, place)
  }
  return fail(
    `${name} is ${JSON.stringify(tokens)}; it must be an integer of at least ${least}`,
    place,
  )
}

function fail(message: string, place: SourcePlace): never {
  throw new ServingError('invalid_trace', message, place)
}

export function* jsonObjects(text: string, source: string): Generator<JsonObject> {
  if (text.trimStart().startsWith('[')) {
    const place = { source, line: 1 }
    for (const value of parseJson(text, place) as unknown[]) yield objectAt(value, place)
    return
  }
  let line = 0
  for (const one of text.split('\n')) {
    line++
    const place = { source, line }
    if (one.trim() !== '') yield objectAt(parseJson(one, place), place)
  }
}

function objectAt(value: unknown, place: SourcePlace): JsonObject {
  if (typeof value !== 'object' || value === null)
    fail('expected an object for each request', place)
  return { value: value as Record<string, unknown>, place }
}
