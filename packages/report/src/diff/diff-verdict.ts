// What a comparison says first: by how much B differs from A, and what made the difference.
import type { DiffRow, StepReport, TraceDiff } from '@flowsim/analysis'
import { median } from 'd3-array'
import type { Evidence } from '../page/result-page.js'
import { change, percent, signedTime, time } from '../page/words.js'
import { rowShapes } from './diff-rows.js'

/** Differences below this share are said to be none. */
const SAME = 0.005
/** Below this share of time with a partner, rows are not what the difference comes of. */
const LEAST_MATCHED = 0.8
const MOST_EVIDENCE = 5

/** The median step of a trace; null where steps cannot be told apart. */
export function medianStepNs({ steps }: StepReport): number | null {
  return median(steps, ({ durationNs }) => durationNs) ?? null
}

/** The answer in a sentence or two. */
export function diffVerdict({ a, b }: TraceDiff, steps: readonly StepReport[]): string[] {
  const [stepsA, stepsB] = steps.map((report) => report.steps.length) as [number, number]
  const isOtherLength = stepsA > 0 && stepsB > 0 && stepsA !== stepsB
  const sentences: string[] = []
  if (isOtherLength) {
    const [before, after] = steps.map(medianStepNs) as [number, number]
    sentences.push(
      `A step of B takes ${moreOrLess(before, after)}: ${time(before)} → ${time(after)} (median).`,
      `A has ${stepsA} steps and B ${stepsB}, so windows and sums are of different work.`,
    )
  } else {
    sentences.push(
      `B takes ${moreOrLess(a.windowNs, b.windowNs)}: ${time(a.windowNs)} → ${time(b.windowNs)}.`,
    )
  }
  const [busy, idle] = [b.busyNs - a.busyNs, b.idleNs - a.idleNs]
  const whole = Math.abs(b.windowNs - a.windowNs)
  if (whole > SAME * a.windowNs) {
    sentences.push(`Busy time is ${signedTime(busy)}, idle time ${signedTime(idle)}.`)
  }
  return sentences
}

function moreOrLess(before: number, after: number): string {
  if (Math.abs(after - before) <= SAME * before) return `as long as A, within ${percent(SAME)}`
  const by = time(Math.abs(after - before))
  return `${by} ${after > before ? 'longer' : 'less'} than A (${change(before, after)})`
}

/** The largest changes of rows and of idle time, in words; `table` is the place of the rows' table. */
export function diffEvidence(
  { a, b }: TraceDiff,
  rows: readonly DiffRow[],
  table: number,
): Evidence[] {
  const least = SAME * Math.max(a.windowNs, b.windowNs)
  const found: (Evidence & { ns: number })[] = rows.slice(0, MOST_EVIDENCE).map((row, i) => ({
    ns: row.deltaNs,
    amount: signedTime(row.deltaNs),
    text: rowText(row),
    at: { table, row: i },
  }))
  const idle = b.idleNs - a.idleNs
  found.push({
    ns: idle,
    amount: signedTime(idle),
    text: `Idle: ${time(a.idleNs)} → ${time(b.idleNs)}, of that waiting for the host ${time(a.idle.launchBoundNs)} → ${time(b.idle.launchBoundNs)}.`,
    at: { table: 0 },
  })
  return found
    .filter(({ ns }) => Math.abs(ns) > least)
    .sort((x, y) => Math.abs(y.ns) - Math.abs(x.ns))
    .slice(0, MOST_EVIDENCE)
    .map(({ ns: _, ...evidence }) => evidence)
}

function rowText(row: DiffRow): string {
  const { op, match, a, b, ratio } = row
  const shape = rowShapes(row)
  const what = `${op.replaceAll('_', ' ')}${shape === null ? '' : ` ${shape}`}`
  if (match === 'only_a') return `${what}: only in A, ${counted(a.count)}.`
  if (match === 'only_b') return `${what}: only in B, ${counted(b.count)}.`
  const counts = a.count === b.count ? counted(a.count) : `${a.count} → ${counted(b.count)}`
  return `${what}: ${counts}, each × ${ratio === null ? '–' : ratio.toFixed(2)}.`
}

const counted = (count: number) =>
  `${count.toLocaleString('en-US')} ${count === 1 ? 'activity' : 'activities'}`

/** What a reader must know before believing rows. */
export function diffWarnings({
  matchedShare: { only_a: onlyA, only_b: onlyB },
}: TraceDiff): string[] {
  const [a, b] = [1 - onlyA.a, 1 - onlyB.b]
  if (Math.min(a, b) >= LEAST_MATCHED) return []
  return [
    `${percent(a)} of A's time and ${percent(b)} of B's have a partner in the other: for the rest there is nothing to compare with.`,
  ]
}
