import type { Scorer } from './scorer.js'

/** Free KV blocks: llm-d's kv-cache-utilization-scorer. */
export const kvUtilization: Scorer = (_, views) => views.map(({ kvUse }) => 1 - kvUse)
