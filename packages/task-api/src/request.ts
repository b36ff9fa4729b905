// The body of POST /tasks: the original's fields with its defaults, and ours beyond them.
import { z } from 'zod'
import { REQUIRED, TEXT_EXPECTED, WORDS } from './original-words.js'

const text = z.string({
  error: ({ input }) => (input === undefined ? REQUIRED : TEXT_EXPECTED),
})

/** Levels of arrays and objects in `input_dim`: shapes have two, dimensions of an operation three. */
const DEEPEST = 8

/** More than any device takes in one launch. */
export const MOST_THREADS: number = 2 ** 44

function isShallow(value: unknown, levels = DEEPEST): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1))
}

/** Validates a {@link TaskRequest}; its messages are the original's words. */
export const taskRequestSchema = z
  .object(
    {
      kernel_name: text,
      // The original refuses null; FlowSim's client sends it for kernels that it cannot name.
      op: text.nullable().describe('Empty or null: kernel_name selects.'),
      input_dim: z
        .unknown()
        .refine((value) => isShallow(value), WORDS.deep)
        .default(null)
        .describe(
          'matmul, bmm: [shape of A, shape of B]; most others: one shape; any: an object with the fields of an OpCall.',
        ),
      dtype: z.union([z.string(), z.array(z.string())], { error: TEXT_EXPECTED }).default('fp32'),
      system_key: text.nullable().default(null).describe('A device of the catalogue.'),
      model: text.optional().describe('Beyond LLMCompass: the model that answers.'),
      mode: text.optional().describe('Beyond LLMCompass: variant of the model.'),
      l2: z
        .enum(['warm', 'cold'], { error: WORDS.l2 })
        .optional()
        .describe('Beyond LLMCompass: whether operands lie in the last-level cache.'),
      source: text
        .optional()
        .describe(
          'Beyond LLMCompass: whose kernels are asked for, such as pytorch, engine or sglang/fa3.',
        ),
      threads: z
        .int({ error: WORDS.threads })
        .positive({ error: WORDS.threads })
        .max(MOST_THREADS, { error: WORDS.threads })
        .optional()
        .describe('Beyond LLMCompass: threads of all blocks, where a trace tells the launch.'),
    },
    { error: ({ input }) => (input === null || input === undefined ? REQUIRED : WORDS.dict) },
  )
  .meta({ description: 'Body of POST /tasks.' })

/** A task as it was asked for, defaults filled in. */
export interface TaskRequest extends z.output<typeof taskRequestSchema> {}

/** A task as clients write it. */
export interface TaskRequestInput extends z.input<typeof taskRequestSchema> {}

/** What an answer depends on: requests with the same key have the same. */
export function requestKey(request: TaskRequestInput): string {
  const { kernel_name, op, input_dim, dtype, system_key, model, mode, l2, source } = request
  const selected = op || kernel_name
  const how = [model, mode, l2, source, request.threads]
  return JSON.stringify([selected, input_dim, dtype, system_key, ...how])
}
