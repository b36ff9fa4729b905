import type { Scorer } from './scorer.js'

/** Waiting requests that count as full. */
const FULL = 128

/** A half for an empty queue, falling to 0 with `FULL` waiting requests: llm-d's load-aware-scorer. */
export const loadAware: Scorer = (_, views) =>
  views.map(({ queued }) => 0.5 * Math.max(0, 1 - queued / FULL))
