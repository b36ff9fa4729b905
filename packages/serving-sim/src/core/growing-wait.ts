// Whether a run tells of its length rather than of its deployment: more requests arrive than are served, so that each
// waits longer than the one before.
import { mean } from 'd3-array'
import type { RequestState, RequestTable } from './request-table.js'

/** Fewest requests that show a trend. */
const FEWEST = 50
/** Waiting that each second of arrivals adds, beyond which a queue is said to grow: a tenth more comes than goes. */
const STEEP = 0.1
/** Seconds of waiting below which nobody minds. */
const LEAST_S = 1

/** States of requests that nobody has served or given up. */
const LEFT: ReadonlySet<RequestState> = new Set(['waiting', 'running'])

/** What a growing queue looks like. */
export interface GrowingWait {
  /** Mean time to the first token of the second fifth of the arrivals, and of the last. */
  earlyS: number
  lateS: number
  arrivalsPerS: number
}

/**
 * How waiting grows in a run of this length; null where it does not, or where all arrive at once. Requests without a
 * first token have waited until they were given up, or until the end.
 */
export function growingWait(table: RequestTable, endNs: number): GrowingWait | null {
  const count = table.length
  if (count < FEWEST) return null
  const order = inOrder(table.arrivalNs)
  const arrivals = (from: number, to: number) =>
    mean(order.subarray(from, to), (i) => table.arrivalNs[i]!)! / 1e9
  const waits = (from: number, to: number) =>
    mean(order.subarray(from, to), (i) => {
      const [first, given] = [table.firstTokenNs[i]!, table.finishedNs[i]!]
      const isLeft = LEFT.has(table.state(i))
      const until = first >= 0 ? first : isLeft ? endNs : Math.max(given, table.arrivalNs[i]!)
      return until - table.arrivalNs[i]!
    })! / 1e9
  const fifth = Math.floor(count / 5)
  const early = [fifth, 2 * fifth] as const
  const late = [count - fifth, count] as const
  const spanS = (table.arrivalNs[order[count - 1]!]! - table.arrivalNs[order[0]!]!) / 1e9
  const apartS = arrivals(...late) - arrivals(...early)
  const [earlyS, lateS] = [waits(...early), waits(...late)]
  if (!(apartS > 0) || lateS < LEAST_S || lateS - earlyS < STEEP * apartS) return null
  return { earlyS, lateS, arrivalsPerS: count / spanS }
}

/** Requests by their arrival; most workloads have them so. */
function inOrder(arrivalNs: Float64Array): Uint32Array {
  const order = Uint32Array.from(arrivalNs, (_, i) => i)
  const isSorted = arrivalNs.every((ns, i) => i === 0 || ns >= arrivalNs[i - 1]!)
  return isSorted ? order : order.sort((a, b) => arrivalNs[a]! - arrivalNs[b]!)
}
