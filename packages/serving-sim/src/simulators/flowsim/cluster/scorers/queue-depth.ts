import { fewest, type Scorer } from './scorer.js'

/** Fewer waiting requests, between the longest and the shortest queue: llm-d's queue-scorer. */
export const queueDepth: Scorer = (_, views) => fewest(views.map(({ queued }) => queued))
