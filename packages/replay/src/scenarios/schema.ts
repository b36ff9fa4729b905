// What a scenario is made of. Changes are applied in order, each to the result of those before it.
import { SCHEME_NAMES } from '@flowsim/model-graph'
import { DTYPES, OP_NAMES } from '@flowsim/trace-schema'
import { collectiveKindSchema, opFamilySchema } from '@flowsim/trace-schema/zod'
import { z } from 'zod'

const pattern = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    try {
      new RegExp(text)
    } catch {
      context.addIssue({ code: 'custom', message: `"${text}" is not a regular expression` })
    }
  })
const factor = z.number().nonnegative()
const oneOrMore = <T extends z.ZodType>(schema: T) =>
  z
    .union([schema, z.array(schema).min(1)])
    .transform((value) => (Array.isArray(value) ? value : [value]))

/** Validates a {@link KernelMatch}. */
export const kernelMatchSchema = z.strictObject({
  name: pattern.optional().describe('Regular expression on the kernel name.'),
  operator: pattern
    .optional()
    .describe('Regular expression on the framework operator and those around it.'),
  scope: pattern.optional().describe('Regular expression on annotations and modules around it.'),
  op: oneOrMore(z.enum(OP_NAMES)).optional().describe('Operation, by the kernel database.'),
  family: oneOrMore(opFamilySchema).optional().describe('Family of operations.'),
  kind: oneOrMore(z.enum(['kernel', 'memcpy', 'memset', 'collective'])).optional(),
  collective: oneOrMore(collectiveKindSchema).optional().describe('Kind of collective.'),
  stream: oneOrMore(z.int()).optional(),
  device: oneOrMore(z.int()).optional(),
  rank: oneOrMore(z.int()).optional(),
  longerThanUs: z.number().optional(),
  shorterThanUs: z.number().optional(),
})

/** Which kernels a change is for: those that meet every condition. */
export interface KernelMatch extends z.infer<typeof kernelMatchSchema> {}

const match = kernelMatchSchema.optional()

const on = z
  .string()
  .min(1)
  .optional()
  .describe('Device, and model after a slash, on which it runs then; that of the trace if absent.')
const size = z.number().positive()
const degree = z.int().positive().max(65_536)
const isOne = (change: { factor?: unknown; to?: unknown }) =>
  (change.factor === undefined) !== (change.to === undefined)
const ONE = { message: 'needs exactly one of factor, to' }

/** Changes of what is computed. They stand before the others in a scenario. */
const rescales = [
  z
    .strictObject({
      do: z.literal('batch'),
      factor: size.optional(),
      to: size.optional().describe('Sequences of a step.'),
      on,
    })
    .refine(isOne, ONE)
    .describe('Another number of sequences in each step.'),
  z
    .strictObject({
      do: z.literal('sequence'),
      factor: size.optional(),
      to: size.optional().describe('Keys that a sequence attends to.'),
      on,
    })
    .refine(isOne, ONE)
    .describe('Longer or shorter sequences: prompts of a prefill, contexts of a decode.'),
  z
    .strictObject({
      do: z.literal('dtype'),
      weights: z.enum(SCHEME_NAMES).optional().describe('Of linear layers but the LM head.'),
      kv: z.enum(DTYPES).optional().describe('Of the KV cache.'),
      on,
    })
    .refine(({ weights, kv }) => weights !== undefined || kv !== undefined, {
      message: 'needs weights, kv or both',
    })
    .describe('Another precision.'),
  z
    .strictObject({
      do: z.literal('tensor-parallel'),
      to: degree.describe('Devices that the model is divided over.'),
      from: degree.optional().describe('Those now; by the collectives if absent.'),
      on,
    })
    .describe('Another number of devices for the same model.'),
] as const

/** Validates a {@link Change}. */
export const changeSchema = z.discriminatedUnion('do', [
  z
    .strictObject({
      do: z.literal('durations'),
      from: z.string().describe('Name of a provider, such as a model or a table.'),
      match,
    })
    .describe('Kernel times from elsewhere.'),
  z
    .strictObject({ do: z.literal('scale'), factor, match })
    .describe('Kernel times by a factor: 0.5 is twice as fast.'),
  z
    .strictObject({
      do: z.literal('remove'),
      match: kernelMatchSchema,
      host: z
        .enum(['keep', 'remove'])
        .default('keep')
        .describe("The host's work before the launch, which is more than the launch itself."),
    })
    .describe('Kernels that are not run, with their launches.'),
  z
    .strictObject({
      do: z.literal('fuse'),
      match: kernelMatchSchema,
      takes: z
        .enum(['sum', 'longest'])
        .default('sum')
        .describe('Time of the fused kernel: all together, or the longest (memory is read once).'),
      host: z.enum(['keep', 'remove']).default('keep'),
    })
    .describe('Kernels that follow each other on a stream become one.'),
  z
    .strictObject({
      do: z.literal('collectives'),
      match,
      factor: factor.optional(),
      link: z
        .strictObject({
          busBandwidthGBPerS: z.number().positive().describe('As nccl-tests define it.'),
          latencyUs: z.number().nonnegative().default(0),
        })
        .optional(),
      from: z.string().optional(),
    })
    .refine(
      (change) =>
        [change.factor, change.link, change.from].filter((each) => each !== undefined).length === 1,
      { message: 'needs exactly one of factor, link, from' },
    )
    .describe('Collectives over another link.'),
  z
    .strictObject({ do: z.literal('launch'), factor, match })
    .describe('CPU time of launch calls by a factor.'),
  z
    .strictObject({ do: z.literal('host'), factor, rank: oneOrMore(z.int()).optional() })
    .describe("The host's work between runtime calls by a factor."),
  z
    .strictObject({
      do: z.literal('graph'),
      match,
      launchUs: z.number().nonnegative().optional().describe('CPU time of a graph launch.'),
    })
    .describe('Launches between two waits become one, as CUDA graphs do.'),
  z
    .strictObject({
      do: z.literal('slow-rank'),
      rank: oneOrMore(z.int()),
      factor: factor.describe('On kernels that do not communicate.'),
      host: factor.default(1).describe("On the host's work and calls."),
    })
    .describe('A rank that is slower than the others.'),
  ...rescales,
])

/** One change to a run. */
export type Change = z.infer<typeof changeSchema>

/** Validates a {@link Scenario}. */
export const scenarioSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().optional(),
  changes: z.array(changeSchema),
})

/** A named list of changes. */
export interface Scenario extends z.infer<typeof scenarioSchema> {}

/** Validates a file of scenarios. */
export const scenarioFileSchema = z.strictObject({
  scenarios: z.array(scenarioSchema).min(1),
})
