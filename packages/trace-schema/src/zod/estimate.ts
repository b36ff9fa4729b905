// The predicted time of one operation.
import { z } from 'zod'

const seconds = z.number().nonnegative()

/** What limits an operation. */
export const boundSchema = z.enum(['compute', 'memory', 'launch', 'network'])

/** Validates an `Estimate`. */
export const estimateSchema = z
  .object({
    schema: z.literal('flowsim.estimate/1'),
    latencyS: seconds,
    p10S: seconds.describe('One run in ten is faster.'),
    p90S: seconds.describe('One run in ten is slower.'),
    flops: z.number().nonnegative(),
    bytes: z.number().nonnegative().describe('Read and written, each operand once.'),
    bound: boundSchema,
    parts: z
      .object({ computeS: seconds, memoryS: seconds, launchS: seconds, networkS: seconds })
      .describe('Time not hidden behind another part; they add up to `latencyS`.'),
    model: z.string(),
    hardware: z.string(),
    profile: z.string().nullable().describe('Calibration profile and version, if one was used.'),
    notes: z.array(z.string()).optional().describe('Assumptions and fall-backs.'),
  })
  .meta({ description: 'The predicted time of one operation on described hardware.' })
