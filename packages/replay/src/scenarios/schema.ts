// What a scenario is made of. Changes are applied in order, each to the result of those before it.
import { OP_NAMES } from '@flowsim/trace-schema'
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
export type KernelMatch = z.infer<typeof kernelMatchSchema>

const match = kernelMatchSchema.optional()

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
export type Scenario = z.infer<typeof scenarioSchema>

/** Validates a file of scenarios. */
export const scenarioFileSchema = z.strictObject({
  scenarios: z.array(scenarioSchema).min(1),
})
