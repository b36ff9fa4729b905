// What the page of a job says first: whether ranks wait for one another, and for which.
import type { Breakdown, CollectiveMatches, RankReport, RankTrace } from '@flowsim/analysis'
import type { Evidence } from '../page/result-page.js'
import { percent, time } from '../page/words.js'
import { collectiveRows } from './collective-rows.js'

/** Waiting below this share of the window is not worth a sentence. */
const LITTLE = 0.02
/** A straggler makes others wait more than this share of all that is waited. */
const MOSTLY = 0.5
const MOST_EVIDENCE = 3

/** The answer in a sentence or three. */
export function jobVerdict(
  ranks: readonly RankTrace[],
  budgets: readonly Breakdown[],
  { matched, unmatched, stragglers }: CollectiveMatches,
  { waitNs }: RankReport,
): string[] {
  const windowNs = budgets.reduce((most, budget) => Math.max(most, budget.windowNs), 0)
  const sentences: string[] = []
  if (matched.length === 0) {
    sentences.push(
      'No collective is in the traces of several ranks, so who waits for whom is not known.',
    )
  } else if (waitNs === null) {
    sentences.push('Starts were not measured, so who waits for whom is not known.')
  } else if (waitNs < LITTLE * windowNs) {
    sentences.push(
      `Ranks keep together: they wait ${time(waitNs)} for one another on average, ${percent(waitNs / Math.max(1, windowNs))} of the window.`,
    )
  } else {
    sentences.push(
      `Ranks wait ${time(waitNs)} for one another on average, ${percent(waitNs / Math.max(1, windowNs))} of the window.`,
    )
    const all = stragglers.reduce((sum, { causedWaitNs }) => sum + causedWaitNs, 0)
    const [worst] = stragglers
    if (worst !== undefined && worst.causedWaitNs > MOSTLY * all) {
      sentences.push(
        `Rank ${worst.rank} causes ${percent(worst.causedWaitNs / all)} of it: it came last to ${worst.lastArrivals} of ${worst.count} collectives.`,
      )
    } else sentences.push('No one rank is the cause of most of it.')
  }
  const alone = unmatched.reduce((sum, { count }) => sum + count, 0)
  if (alone > 0) {
    sentences.push(
      `${alone.toLocaleString('en-US')} collectives are in the trace of one rank only, of ${ranks.length}.`,
    )
  }
  return sentences
}

/** The ranks that others wait for, and the collectives that take most time; places are those of their tables. */
export function jobEvidence(
  matches: CollectiveMatches,
  places: { stragglers: number; collectives: number },
): Evidence[] {
  const late = matches.stragglers
    .filter(({ causedWaitNs }) => causedWaitNs > 0)
    .slice(0, MOST_EVIDENCE)
    .map(({ rank, causedWaitNs, lastArrivals, count, meanLatenessNs }, row) => ({
      amount: time(causedWaitNs),
      text: `waited for rank ${rank}: last to ${lastArrivals} of ${count} collectives, ${time(meanLatenessNs)} late on average.`,
      at: { table: places.stragglers, row },
    }))
  const slow = collectiveRows(matches)
    .slice(0, MOST_EVIDENCE)
    .map(({ kind, bytes, count, sumNs, busBytesPerS }, row) => ({
      amount: time(sumNs),
      text: [
        `transfer of ${count} × ${kind.replaceAll('_', ' ')}${bytes === null ? '' : ` of ${digits(bytes / 1e6)} MB`}`,
        busBytesPerS === null
          ? 'bandwidth not known.'
          : `${digits(busBytesPerS / 1e9)} GB/s of bus bandwidth.`,
      ].join(', '),
      at: { table: places.collectives, row },
    }))
  return [...late, ...slow]
}

const digits = (value: number) => value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
