// The section `structuredOutput` of a configuration.
import { z } from 'zod'
import { positive } from '../../../config/limits.js'
import { GRAMMAR_ENGINES } from './engines.js'

const amount = z.number().nonnegative().max(1e12)

export const structuredOutputSchema = z.strictObject({
  engine: z.enum(GRAMMAR_ENGINES).optional(),
  /** Of a token of one sequence. */
  maskUs: amount.optional(),
  /** Of a schema that an instance has not met yet. */
  compileMs: amount.optional(),
  /** Threads that fill masks. */
  maskThreads: positive.max(4096).optional(),
  /** Threads that compile. */
  compileThreads: positive.max(4096).optional(),
  /** Whether masks are filled while the device runs the step. */
  overlapped: z.boolean().optional(),
})

export type StructuredOutputConfig = z.infer<typeof structuredOutputSchema>
