// From the section `workload` to requests.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { ServingError, type SourcePlace } from '../errors.js'
import { Random } from '../random/random.js'
import type { InferenceSimHeadRequest } from '../simulators/inference-sim/engine-head.js'
import { arrivalTimes } from '../workload/arrivals.js'
import { type GuideLlmRequest, type GuideLlmSpec, guideLlmRequests } from '../workload/guidellm.js'
import { inferenceSimCliRequests } from '../workload/inference-sim-cli.js'
import { ReallmTraces } from '../workload/reallm.js'
import { syntheticRequests } from '../workload/synthetic.js'
import { changeTrace, readTrace, type TraceChanges } from '../workload/traces.js'
import { vidurRequests } from '../workload/vidur.js'
import { validate } from './validate.js'
import { guideLlmSchema, type WorkloadConfig } from './workload-schema.js'
import { parseYaml } from './yaml-source.js'

/** Reads a file that a configuration names, relative to the configuration. */
export type ReadText = (path: string) => string

/** Requests, and the rate that the workload says it has, if it does. */
export interface BuiltWorkload {
  requests: WorkloadRequest[]
  ratePerS: number | null
  seed: number
}

/** What a workload is built with. */
export interface WorkloadContext {
  seed: number
  horizonNs: number
  readText: ReadText
  /** Of the section, for errors. */
  place: SourcePlace
}

/**
 * The requests of a workload, in order of arrival.
 * @throws ServingError `empty_workload` if there are none
 */
export function buildWorkload(config: WorkloadConfig, context: WorkloadContext): BuiltWorkload {
  const built = build(config, context)
  if (built.requests.length === 0) {
    throw new ServingError('empty_workload', 'the workload has no requests', context.place)
  }
  return built
}

function build(config: WorkloadConfig, context: WorkloadContext): BuiltWorkload {
  const { seed } = context
  switch (config.type) {
    case 'synthetic': {
      if ((config.arrival === undefined) === (config.users === undefined)) {
        throw new ServingError(
          'invalid_config',
          'workload: give either arrival (open loop) or users (closed loop)',
          context.place,
        )
      }
      const { type: _, ...spec } = config
      return { requests: syntheticRequests({ ...defined(spec), seed }), ratePerS: null, seed }
    }
    case 'trace':
      return { requests: traced(config, context), ratePerS: config.ratePerS ?? null, seed }
    case 'guidellm': {
      const spec = readGuideLlm(context.readText(config.file), config.file)
      const requests = guideLlmRequests(spec, context.horizonNs / 1000).map(fromMicroseconds)
      return { requests, ratePerS: spec.ratePerS, seed: spec.seed }
    }
    case 'inference-sim': {
      const { type: _, ...spec } = config
      const requests = inferenceSimCliRequests({ ...spec, seed }).map(fromMicroseconds)
      return { requests, ratePerS: config.ratePerS, seed }
    }
    case 'vidur': {
      const requests = vidurRequests({ ...config, seed }).map(
        ({ id, arrivedAtS, prefillTokens, decodeTokens }) => ({
          id: String(id),
          arrivalNs: Math.round(arrivedAtS * 1e9),
          inputTokens: prefillTokens,
          outputTokens: decodeTokens,
        }),
      )
      return { requests, ratePerS: null, seed }
    }
    case 'reallm': {
      const { requests } = readTrace(context.readText(config.file), config.file)
      const lengths = {
        inputTokens: requests.map(({ inputTokens }) => inputTokens),
        outputTokens: requests.map(({ outputTokens }) => outputTokens),
      }
      const traces = new ReallmTraces(seed)
      const { rates, maxRequests, endTimeS } = config
      for (const rate of rates.slice(0, -1)) traces.next(lengths, rate, { maxRequests, endTimeS })
      const drawn = traces.next(lengths, rates.at(-1)!, { maxRequests, endTimeS })
      return {
        requests: drawn.map(({ id, arrivalS, inputTokens, outputTokens }) => ({
          id: String(id),
          arrivalNs: Math.round(arrivalS * 1e9),
          inputTokens,
          outputTokens,
        })),
        ratePerS: rates.at(-1)!,
        seed,
      }
    }
  }
}

function traced(
  config: Extract<WorkloadConfig, { type: 'trace' }>,
  { readText, seed, place }: WorkloadContext,
): WorkloadRequest[] {
  const { file, format, arrival } = config
  const trace = readTrace(readText(file), file, format)
  if (!trace.hasTimes && arrival === undefined) {
    throw new ServingError(
      'invalid_config',
      `workload: ${file} has no arrival times; add arrival`,
      place,
    )
  }
  const requests = changeTrace(trace.requests, defined(config) as TraceChanges)
  if (arrival === undefined) return requests
  const times = arrivalTimes(arrival, new Random(seed).fork(0))
  for (const [i, request] of requests.entries()) {
    const next = times.next()
    if (next.done === true) return requests.slice(0, i)
    request.arrivalNs = next.value
  }
  return requests
}

/**
 * Reads a `requestgenconfig.yaml`.
 * @throws ServingError with file and line
 */
export function readGuideLlm(text: string, file: string): GuideLlmSpec {
  const { seed, rate, data } = validate(guideLlmSchema, parseYaml(text, file))
  return {
    seed,
    ratePerS: rate.rate,
    maxRequests: rate['max-requests'],
    promptTokens: {
      mean: data.prompt_tokens,
      stdev: data.prompt_tokens_stdev,
      min: data.prompt_tokens_min,
      max: data.prompt_tokens_max,
    },
    outputTokens: {
      mean: data.output_tokens,
      stdev: data.output_tokens_stdev,
      min: data.output_tokens_min,
      max: data.output_tokens_max,
    },
    prefixTokens: data.prefix_tokens,
  }
}

function fromMicroseconds(request: GuideLlmRequest | InferenceSimHeadRequest): WorkloadRequest {
  const { id, arrivalUs, inputTokens, outputTokens, prefixGroup, prefixTokens } = request
  return {
    id,
    arrivalNs: arrivalUs * 1000,
    inputTokens,
    outputTokens,
    ...(prefixGroup !== undefined && prefixTokens ? { prefixGroup, prefixTokens } : {}),
  }
}

/** Fields without those that are undefined, for types that tell absent from undefined. */
export function defined<T extends object>(source: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(source)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, isPlain(value) ? defined(value) : value]),
  ) as Defined<T>
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A type whose optional fields are absent rather than undefined, at every depth. */
export type Defined<T> = T extends readonly unknown[]
  ? { [Index in keyof T]: Defined<T[Index]> }
  : T extends object
    ? { [Key in keyof T]: Defined<Exclude<T[Key], undefined>> }
    : T
