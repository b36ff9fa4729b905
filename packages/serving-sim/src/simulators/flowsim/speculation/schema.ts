// The section `speculation` of a configuration.
import { z } from 'zod'
import { positive } from '../../../config/limits.js'
import type { SchemaKit } from '../../simulator.js'
import { SPECULATION_METHODS } from './methods/index.js'

const share = z.number().min(0).max(1)
const count = z.int().positive().max(64)

export const speculationSchema = ({ stepTime }: SchemaKit) =>
  z.strictObject({
    method: z.enum(SPECULATION_METHODS),
    /** Tokens drafted one after the other. */
    depth: count.optional(),
    /** A tree instead: candidates that each token of one position gets in the next. */
    branches: z.array(count).min(1).max(64).optional(),
    /** Tokens of the tree that are verified, where that is not all of them. */
    verified: z.int().positive().max(4096).optional(),
    /** Chance of each token; or shares by position; or counts of steps by accepted tokens; or a mean. */
    acceptance: z.union([
      share,
      z.array(share).min(1).max(64),
      z.strictObject({ histogram: z.array(z.number().nonnegative()).min(1).max(65) }),
      z.strictObject({ meanTokens: z.number().min(1).max(65) }),
    ]),
    /** Share of steps for which a sequence gets a draft: n-grams may find none. */
    draftedShare: share.optional(),
    /** Most running sequences with which anything is drafted. */
    maxBatch: positive.optional(),
    /** What drafts, as a step time: its model on the same devices. */
    draft: stepTime.optional(),
    /** Microseconds of the host for the drafts of a step. */
    hostUs: z.number().nonnegative().max(1e12).optional(),
  })

export type SpeculationConfig = z.infer<ReturnType<typeof speculationSchema>>
