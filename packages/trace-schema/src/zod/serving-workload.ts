// Requests that go into a serving simulation.
import { z } from 'zod'

const ns = z.int().nonnegative()
/** Tokens of a request at most: contexts reach ten million. */
const MOST_TOKENS = 2 ** 24
const tokens = z.int().nonnegative().max(MOST_TOKENS)

const pixels = z
  .int()
  .positive()
  .max(2 ** 20)

const workloadImageSchema = z
  .object({
    tokens: tokens.positive().optional().describe('Among the tokens of the prompt.'),
    width: pixels
      .optional()
      .describe('Pixels; what the model makes of them comes on top of the prompt.'),
    height: pixels.optional(),
    group: z.string().optional().describe('Images of one group are the same image.'),
    after: tokens
      .optional()
      .describe('Tokens of the prompt before it, without those that follow from sizes.'),
  })
  .refine((image) => (image.tokens === undefined) !== (image.width === undefined), {
    error: 'an image has either tokens, or width and height',
  })
  .refine((image) => (image.width === undefined) === (image.height === undefined), {
    error: 'an image has width and height, or neither',
  })

/** Validates a `WorkloadRequest`. */
export const workloadRequestSchema = z.object({
  id: z.string(),
  arrivalNs: ns,
  inputTokens: tokens.positive().describe('Prompt, shared prefix included.'),
  outputTokens: tokens,
  prefixGroup: z.string().optional().describe('Requests of one group share their first tokens.'),
  prefixTokens: tokens.optional().describe('Tokens shared within the group.'),
  blockHashes: z
    .array(z.int().nonnegative())
    .optional()
    .describe('Identity of each leading block of the prompt; equal ones hold equal prefixes.'),
  blockHashTokens: tokens.positive().optional().describe('Tokens of such a block.'),
  session: z.string().optional().describe('Conversation that the request belongs to.'),
  round: tokens
    .optional()
    .describe('Round of the conversation; 0: the prompt repeats nothing of the session.'),
  thinkNs: ns.optional().describe('Wait after the previous round of the session has finished.'),
  priority: z.int().min(-1e9).max(1e9).optional().describe('Lower is more urgent.'),
  sloClass: z.string().optional(),
  deadlineNs: ns.optional(),
  adapter: z.string().optional().describe('LoRA adapter that it runs with.'),
  model: z.string().optional().describe('Model that it asks for, where a cluster serves several.'),
  grammar: z.string().optional().describe('Schema that its output follows.'),
  imageTokens: z
    .array(tokens.positive())
    .optional()
    .describe(
      'Tokens of the prompt that come from each of its images, which follow the shared prefix.',
    ),
  images: z
    .array(workloadImageSchema)
    .optional()
    .describe('The same with more about each image; holds instead of `imageTokens`.'),
})

/** Validates a `ServingWorkload`. */
export const servingWorkloadSchema = z
  .object({
    schema: z.literal('flowsim.serving-workload/1'),
    name: z.string(),
    seed: z.int().optional().describe('Seed that generated it.'),
    requests: z.array(workloadRequestSchema),
  })
  .meta({ description: 'Requests for a serving simulation, in order of arrival.' })
