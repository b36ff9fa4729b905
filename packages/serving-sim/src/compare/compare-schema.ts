// A comparison: one workload, several runs, and a measured one where there is one.
import { z } from 'zod'
import { positive } from '../config/limits.js'
import { workloadSchema } from '../config/serving-schema.js'
import { WORKLOAD_FORMATS } from './commands.js'

const settings = z.strictObject({
  scheduler: z.string().optional(),
  maxBatchTokens: positive.optional(),
  maxBatchSize: positive.optional(),
  blockSize: positive.optional(),
  kvBlocks: positive.optional(),
  precision: z.string().optional(),
  prefixCaching: z.boolean().optional(),
  tensorParallel: positive.optional(),
  pipelineParallel: positive.optional(),
  instances: positive.optional(),
  /** Other fields of our configurations, such as `scheduler.order`. */
  others: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).optional(),
})

const recorded = {
  /** `request_metrics.csv`, or what another simulator or benchmark wrote. */
  requests: z.string(),
  /** Which run of a file that holds several, from 1. */
  run: z.int().positive().max(10_000).optional(),
  /** `token_metrics.csv`. */
  tokens: z.string().optional(),
  settings: settings.optional(),
}

/** A comparison file. */
export const compareSchema = z.strictObject({
  name: z.string().optional(),
  seed: z.int().nonnegative().default(42),
  /** Left out, the requests of the measured run. */
  workload: workloadSchema.optional(),
  runs: z
    .array(
      z.union([
        z.strictObject({
          name: z.string(),
          ...recorded,
          /**
           * Program to run first, as in a shell; `{workload}` is a file of the requests, `{output}` a folder for its
           * results, which `requests` may name.
           */
          command: z.string().optional(),
          /** What it reads requests from. Default `csv`: arrived_at, num_prefill_tokens, num_decode_tokens. */
          workloadFormat: z.enum(WORKLOAD_FORMATS).optional(),
          /** Seconds after which the program is ended. Default 3,600. */
          timeoutS: z.number().positive().max(1e6).optional(),
        }),
        // A serving configuration without a workload; checked by its own schema.
        z.looseObject({ name: z.string(), requests: z.undefined().optional() }),
      ]),
    )
    .min(1),
  measured: z.strictObject({ name: z.string().default('measured'), ...recorded }).optional(),
  /** Name of the run that others are held against; left out, the measured one or the first. */
  reference: z.string().optional(),
  thresholds: z
    .strictObject({ pass: z.number().positive(), warn: z.number().positive() })
    .optional(),
})
