import { type Scorer, specificTokens } from './scorer.js'

/** Share of the prompt that is cached there: llm-d's prefix-cache-scorer. */
export const prefixShare: Scorer = (sequence, views, prefixes) => {
  const { cached, prompt } = specificTokens(sequence, views, prefixes)
  return cached.map((tokens) => tokens / Math.max(1, prompt))
}
