import { type Scorer, specificTokens } from './scorer.js'

/** Share of the prompt that is cached there, relative to the best instance. */
export const prefixCache: Scorer = (sequence, views, prefixes) => {
  const { cached } = specificTokens(sequence, views, prefixes)
  const most = Math.max(...cached)
  return cached.map((tokens) => (most === 0 ? 1 : tokens / most))
}
