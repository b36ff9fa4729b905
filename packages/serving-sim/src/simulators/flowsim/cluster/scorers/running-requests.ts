import { fewest, type Scorer } from './scorer.js'

/** Fewer running requests, between the most and the fewest. */
export const runningRequests: Scorer = (_, views) => fewest(views.map(({ running }) => running))
