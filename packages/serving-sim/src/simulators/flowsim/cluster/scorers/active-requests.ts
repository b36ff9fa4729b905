import type { Scorer } from './scorer.js'

/** Fewer requests than on the busiest instance: llm-d's active-request-scorer. */
export const activeRequests: Scorer = (_, views) => {
  const most = Math.max(...views.map(({ load }) => load))
  return views.map(({ load }) => (most === 0 ? 1 : (most - load) / most))
}
