// How large the whole numbers of a configuration may be: beyond what any deployment has, and small enough that
// every loop over them ends and every list of them fits.
import { z } from 'zod'

/** Things that are kept one by one: more than any cluster has. */
export const MOST_INSTANCES = 10_000
export const MOST_STAGES = 1024
/** Blocks are numbered in 32 bits. */
export const MOST_BLOCKS = 2 ** 31 - 2
/** Tokens of a request, a step or a distribution: contexts reach ten million. */
export const MOST_TOKENS = 2 ** 24
/** Requests of a workload, each of which is kept. */
export const MOST_REQUESTS = 10_000_000

/** What is compared and divided by, and never counted up to. */
export const count = z.int().nonnegative().max(MOST_BLOCKS)
export const positive = z.int().positive().max(MOST_BLOCKS)
/** Urgency: any, on either side of 0. */
export const priority = z.int().min(-1e9).max(1e9)

export const tokens = z.int().nonnegative().max(MOST_TOKENS)
export const requests = z.int().positive().max(MOST_REQUESTS)
export const instances = z.int().positive().max(MOST_INSTANCES)
export const stages = z.int().positive().max(MOST_STAGES)

/** Seconds between two decisions: at each of them something is done, however little. */
export const intervalS = z.number().min(0.001)
