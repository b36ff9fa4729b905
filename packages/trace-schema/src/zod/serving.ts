// What comes out of a serving simulation, for each request and for all.
import { z } from 'zod'
import { REQUEST_STATES } from '../serving.js'

const ns = z.int().nonnegative()

/** Validates a `RequestRecord`. */
export const requestRecordSchema = z
  .object({
    schema: z.literal('flowsim.request-record/1').optional(),
    id: z.string(),
    arrivalNs: ns,
    scheduledNs: ns.nullable(),
    firstTokenNs: ns.nullable(),
    finishedNs: ns.nullable(),
    inputTokens: z.int(),
    outputTokens: z.int().describe('Generated so far.'),
    cachedTokens: z.int().optional().describe('Prompt tokens found in the prefix cache.'),
    state: z.enum(REQUEST_STATES),
    preemptions: z.int().nonnegative(),
    instance: z.string(),
    sloClass: z.string().optional(),
  })
  .meta({ description: 'What became of one request.' })

/** Validates a `LatencySummary`. */
export const latencySummarySchema = z.object({
  count: z.int(),
  meanS: z.number(),
  p50S: z.number(),
  p90S: z.number(),
  p95S: z.number(),
  p99S: z.number(),
  maxS: z.number(),
})

/** Validates a `ServingClassReport`. */
export const servingClassReportSchema = z.object({
  name: z.string(),
  requests: z.int(),
  finished: z.int(),
  attainment: z
    .number()
    .nullable()
    .describe('Share that met the limits of the class; null: it has none.'),
  ttft: latencySummarySchema.nullable(),
  tpot: latencySummarySchema.nullable(),
  requestTokensPerS: z
    .number()
    .nullable()
    .describe('Output tokens / E2E of a finished request, the mean; null: none has finished.'),
})

/** Validates a `SpeculationReport`. */
export const speculationReportSchema = z.object({
  draftedTokens: z.int().describe('Tokens that were drafted, and verified by the model.'),
  acceptedTokens: z.int().describe('Drafted tokens that the model accepted.'),
  tokensPerStep: z
    .number()
    .nullable()
    .describe(
      'Mean tokens that a step gives a sequence with drafts, the sampled one included; null: nothing was drafted.',
    ),
  acceptedByPosition: z
    .array(z.number())
    .describe(
      'Share of verifications in which at least the first 1, 2, … drafted tokens were accepted.',
    ),
})

const metricsSchema = z.object({
  schema: z.literal('flowsim.serving-report/1'),
  engine: z.string(),
  instance: z.string().describe('"cluster" for all instances together.'),
  durationS: z.number().nonnegative().describe('Simulated time.'),
  requests: z
    .partialRecord(requestRecordSchema.shape.state, z.int())
    .describe('Requests by final state.'),
  inputTokens: z.int(),
  outputTokens: z.int(),
  requestsPerS: z.number(),
  outputTokensPerS: z.number(),
  steps: z.int(),
  preemptions: z.int(),
  ttft: latencySummarySchema.nullable().describe('Time to first token.'),
  tpot: latencySummarySchema
    .nullable()
    .describe('(E2E − TTFT) / (output tokens − 1), for each request.'),
  itl: latencySummarySchema
    .nullable()
    .describe(
      'Gap between successive tokens, over all tokens; those that come together share the gap before them.',
    ),
  e2e: latencySummarySchema.nullable(),
  kvBlocks: z.object({ total: z.int(), peak: z.int(), meanUsed: z.number() }).nullable(),
  cachedTokens: z.int().optional(),
  speculation: speculationReportSchema.optional().describe('Where tokens are drafted.'),
  features: z
    .record(z.string(), z.number())
    .optional()
    .describe('Counts of what parts of the deployment did that most have not, by name.'),
  goodput: z.object({ requestsPerS: z.number(), attainment: z.number() }).optional(),
  classes: z
    .array(servingClassReportSchema)
    .optional()
    .describe('By service class, where requests have one.'),
  fairness: z
    .number()
    .nullable()
    .optional()
    .describe(
      "Jain's index over the classes' `requestTokensPerS`: 1 where all get the same; null: one class.",
    ),
})

/** Validates an `EnteringDefault`. */
export const enteringDefaultSchema = z.object({
  name: z.string(),
  value: z.union([z.number(), z.string(), z.boolean(), z.null()]),
  source: z.string(),
  setting: z.string().optional().describe('Field of a configuration that states it instead.'),
})

/** Validates a `ServingPower`. */
export const servingPowerSchema = z.object({
  deviceW: z.number().describe('Of one device.'),
  devicesW: z.number(),
  lowDevicesW: z
    .number()
    .describe('Devices idle, and at their limits: between these lies what is not verified.'),
  highDevicesW: z.number(),
  hostsW: z.number(),
  pue: z.number().describe('Energy of the site over that of its machines.'),
  totalW: z.number(),
  isVerified: z
    .boolean()
    .describe('Whether the power of these devices was held against measurements.'),
  sources: z.array(z.string()),
})

/** Validates a `ServingCost`. */
export const servingCostSchema = z.object({
  provider: z.string().describe('Kind of provider whose prices hold.'),
  devices: z
    .array(
      z.object({
        hardware: z.string().nullable(),
        count: z.int(),
        meanDevices: z.number().describe('Those that were up, the mean over the run.'),
        usdPerDeviceHour: z.number().nullable(),
        source: z.string().nullable(),
        date: z.string().nullable().describe('Day of the price.'),
      }),
    )
    .describe('Devices by kind.'),
  usdPerHour: z.number().nullable(),
  usdPerMillionTokens: z.number().nullable().describe('Of prompts and outputs together.'),
  usdPerMillionOutputTokens: z.number().nullable(),
  power: servingPowerSchema.nullable(),
  joulesPerToken: z
    .number()
    .nullable()
    .describe('Of devices, hosts and cooling, over prompts and outputs together.'),
  joulesPerOutputToken: z.number().nullable(),
  deviceJoulesPerToken: z.number().nullable().describe('Of the devices alone.'),
  grid: z
    .object({ name: z.string().nullable(), gCO2PerKWh: z.number(), source: z.string() })
    .describe('Where the energy is from.'),
  gCO2PerMillionTokens: z.number().nullable(),
})

/** Validates a `ServingReport`. */
export const servingReportSchema = metricsSchema
  .extend({
    instances: z
      .array(metricsSchema)
      .optional()
      .describe('The same of each instance, where there are several.'),
    native: z
      .record(z.string(), z.unknown())
      .nullable()
      .optional()
      .describe('What only this simulator says, under its own names.'),
    warnings: z.array(z.string()).optional(),
    assumptions: z
      .array(enteringDefaultSchema)
      .optional()
      .describe('Values that entered the run though its configuration does not state them.'),
    devices: z.int().nullable().optional().describe('Of the whole deployment; null: not known.'),
    cost: servingCostSchema.optional(),
    outputs: z.array(z.string()).optional().describe('Files that were written.'),
  })
  .meta({ description: 'Aggregate metrics of a serving simulation.' })
