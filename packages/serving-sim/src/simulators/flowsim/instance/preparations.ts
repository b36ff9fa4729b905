// What has to be done for a request before its instance may admit it: a schema is compiled, an adapter or blocks of KV
// are fetched, images are encoded. All of that begins when the request comes, beside the steps, and at once.
import type { Sequence } from '../sequence.js'

/** One thing that requests may need. */
export interface Preparation {
  /** When it is there, if it begins now; not after `now`: there is nothing to wait for. */
  readyNs(sequence: Sequence, now: number): number
}

/** When all of them are done. */
export function readyNs(
  preparations: readonly Preparation[],
  sequence: Sequence,
  now: number,
): number {
  let ready = now
  for (const preparation of preparations) {
    ready = Math.max(ready, preparation.readyNs(sequence, now))
  }
  return Math.ceil(ready)
}
