// The workloads that inference-sim draws from a seed: a `requestgenconfig.yaml` of its version of 2025, and the
// flags of its head.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { z } from 'zod'
import { requests, tokens } from '../../config/limits.js'
import { parseYaml } from '../../config/parse-yaml.js'
import { validate } from '../../config/validate.js'
import { defineWorkload } from '../../workload/workload-kind.js'
import { inferenceSimCliRequests } from './cli-workload.js'
import { type GuideLlmRequest, type GuideLlmSpec, guideLlmRequests } from './guidellm.js'
import type { HeadRequest } from './head/client.js'

const rate = z.number().positive()

const clamped = z.strictObject({
  mean: z.number(),
  stdev: z.number().nonnegative(),
  min: tokens,
  max: tokens,
})

export const cliWorkload = defineWorkload({
  type: 'inference-sim',
  fields: {
    ratePerS: rate,
    requests,
    promptTokens: clamped,
    outputTokens: clamped,
    prefixTokens: tokens.default(0),
  },
  build: (config, { seed }) => ({
    requests: inferenceSimCliRequests({ ...config, seed }).map(fromMicroseconds),
    ratePerS: config.ratePerS,
  }),
})

export const guideLlmWorkload = defineWorkload({
  type: 'guidellm',
  fields: {
    /** A `requestgenconfig.yaml`. */
    file: z.string(),
  },
  build({ file }, { readText, horizonNs }) {
    const spec = readGuideLlm(readText(file), file)
    const requests = guideLlmRequests(spec, horizonNs / 1000).map(fromMicroseconds)
    return { requests, ratePerS: spec.ratePerS }
  },
})

/** A `GuideLLM` file. Fields that inference-sim does not read are allowed. */
const guideLlmSchema = z.object({
  format: z.string().optional(),
  seed: z.int().default(0),
  rate: z.object({
    arrival_type: z.string().optional(),
    rate,
    'max-requests': requests,
  }),
  data: z.object({
    prompt_tokens: z.number(),
    prompt_tokens_stdev: z.number().default(0),
    prompt_tokens_min: tokens,
    prompt_tokens_max: tokens,
    output_tokens: z.number(),
    output_tokens_stdev: z.number().default(0),
    output_tokens_min: tokens,
    output_tokens_max: tokens,
    prefix_tokens: tokens.default(0),
  }),
})

/**
 * Reads a `requestgenconfig.yaml`.
 * @param source name of the input, for errors
 * @throws ServingError with source and line
 */
export function readGuideLlm(text: string, source: string): GuideLlmSpec {
  const { seed, rate, data } = validate(guideLlmSchema, parseYaml(text, source))
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

function fromMicroseconds(request: GuideLlmRequest | HeadRequest): WorkloadRequest {
  const { id, arrivalUs, inputTokens, outputTokens, prefixGroup, prefixTokens } = request
  return {
    id,
    arrivalNs: arrivalUs * 1000,
    inputTokens,
    outputTokens,
    ...(prefixGroup !== undefined && prefixTokens ? { prefixGroup, prefixTokens } : {}),
  }
}
