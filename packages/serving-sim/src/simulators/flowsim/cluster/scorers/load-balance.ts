import type { Scorer } from './scorer.js'

/** Fewer requests in all: 1 / (1 + load). */
export const loadBalance: Scorer = (_, views) => views.map(({ load }) => 1 / (1 + load))
