// The section `workload` of a configuration.
import { z } from 'zod'
import { TRACE_FORMATS } from '../workload/traces.js'

const tokens = z.int().nonnegative()
const rate = z.number().positive()

/** A number, or a distribution. */
export const lengthSchema = z.union([
  z.int().nonnegative(),
  z.discriminatedUnion('distribution', [
    z.strictObject({ distribution: z.literal('fixed'), tokens }),
    z.strictObject({ distribution: z.literal('uniform'), min: tokens, max: tokens }),
    z.strictObject({
      distribution: z.literal('normal'),
      mean: z.number().nonnegative(),
      stdev: z.number().nonnegative(),
      min: tokens.optional(),
      max: tokens.optional(),
    }),
    z.strictObject({
      distribution: z.literal('lognormal'),
      mean: z.number().positive(),
      stdev: z.number().nonnegative(),
      min: tokens.optional(),
      max: tokens.optional(),
    }),
    z.strictObject({
      distribution: z.literal('exponential'),
      mean: z.number().positive(),
      min: tokens.optional(),
      max: tokens.optional(),
    }),
    z.strictObject({
      distribution: z.literal('zipf'),
      min: tokens,
      max: tokens,
      theta: z.number().nonnegative(),
    }),
    z.strictObject({ distribution: z.literal('empirical'), tokens: z.array(tokens).min(1) }),
  ]),
])

/** A process of arrivals. */
export const arrivalSchema = z.discriminatedUnion('process', [
  z.strictObject({ process: z.literal('constant'), ratePerS: rate }),
  z.strictObject({ process: z.literal('poisson'), ratePerS: rate }),
  z.strictObject({ process: z.literal('gamma'), ratePerS: rate, cv: z.number().positive() }),
  z.strictObject({ process: z.literal('weibull'), ratePerS: rate, shape: z.number().positive() }),
  z.strictObject({ process: z.literal('bursts'), ratePerS: rate, size: z.int().positive() }),
  z.strictObject({
    process: z.literal('stages'),
    stages: z
      .array(
        z.strictObject({
          durationS: z.number().positive(),
          ratePerS: z.number().nonnegative(),
        }),
      )
      .min(1),
  }),
  z.strictObject({ process: z.literal('at-once') }),
])

const synthetic = z.strictObject({
  type: z.literal('synthetic'),
  requests: z.int().positive(),
  durationS: z.number().positive().optional(),
  arrival: arrivalSchema.optional(),
  users: z.int().positive().optional(),
  inputTokens: lengthSchema,
  outputTokens: lengthSchema,
  prefix: z
    .strictObject({
      tokens: lengthSchema,
      groups: z.int().positive().optional(),
      skew: z.number().nonnegative().optional(),
    })
    .optional(),
  sessions: z
    .strictObject({
      rounds: lengthSchema,
      thinkS: z.union([
        z.number().nonnegative(),
        z.strictObject({ meanS: z.number().nonnegative() }),
      ]),
      accumulate: z.boolean().optional(),
    })
    .optional(),
  classes: z
    .array(
      z.strictObject({
        name: z.string(),
        share: z.number().positive(),
        priority: z.int().optional(),
        timeoutS: z.number().positive().optional(),
      }),
    )
    .optional(),
})

const trace = z.strictObject({
  type: z.literal('trace'),
  file: z.string(),
  format: z.enum(TRACE_FORMATS).optional(),
  limit: z.int().positive().optional(),
  timeScale: z.number().positive().optional(),
  ratePerS: rate.optional(),
  inputScale: z.number().positive().optional(),
  outputScale: z.number().positive().optional(),
  maxTokens: z.int().positive().optional(),
  /** For traces without times. */
  arrival: arrivalSchema.optional(),
})

const clamped = z.strictObject({
  mean: z.number(),
  stdev: z.number().nonnegative(),
  min: tokens,
  max: tokens,
})

/** The workload of a run. */
export const workloadSchema = z.discriminatedUnion('type', [
  synthetic,
  trace,
  z.strictObject({
    type: z.literal('guidellm'),
    /** A `requestgenconfig.yaml` of inference-sim. */
    file: z.string(),
  }),
  z.strictObject({
    type: z.literal('inference-sim'),
    ratePerS: rate,
    requests: z.int().positive(),
    promptTokens: clamped,
    outputTokens: clamped,
    prefixTokens: tokens.default(0),
  }),
  z.strictObject({
    type: z.literal('vidur'),
    requests: z.int().positive(),
    interval: z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('poisson'), qps: rate }),
      z.strictObject({ type: z.literal('static') }),
    ]),
    length: z.discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('fixed'),
        prefillTokens: z.int().positive(),
        decodeTokens: z.int().positive(),
      }),
      z.strictObject({
        type: z.literal('uniform'),
        minTokens: z.int().positive(),
        maxTokens: z.int().positive(),
        prefillToDecodeRatio: z.number().positive(),
      }),
      z.strictObject({
        type: z.literal('zipf'),
        minTokens: z.int().positive(),
        maxTokens: z.int().positive(),
        theta: z.number().positive().max(0.99),
        prefillToDecodeRatio: z.number().positive(),
      }),
    ]),
  }),
  z.strictObject({
    type: z.literal('reallm'),
    /** Trace whose lengths are drawn: Azure's CSV. */
    file: z.string(),
    /** Rates in the order in which ReaLLM draws them; the last one is run. */
    rates: z.array(rate).min(1),
    maxRequests: z.int().positive().default(50_000),
    endTimeS: z.number().positive().default(500),
  }),
])

export type WorkloadConfig = z.infer<typeof workloadSchema>

/** A `GuideLLM` file. Fields that inference-sim does not read are allowed. */
export const guideLlmSchema = z.object({
  format: z.string().optional(),
  seed: z.int().default(0),
  rate: z.object({
    arrival_type: z.string().optional(),
    rate,
    'max-requests': z.int().positive(),
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
