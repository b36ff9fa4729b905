// What `flowsim external collect` says to people.

import type { Join } from '@flowsim/external'
import { cutMiddle } from '@flowsim/report/terminal'
import { counted, type KernelTrace } from '@flowsim/trace-schema'
import { median } from 'd3-array'
import { say, tableText } from '../../program/lines.js'
import { note, print } from '../../program/print.js'
import { formatNs, formatShare } from '../../program/progress.js'
import type { Collected } from './collect.js'

const ROWS = 20

export function printCollected(
  collected: readonly Collected[],
  trace: KernelTrace | undefined,
): void {
  for (const { configuration, logs, kernels, join } of collected) {
    if (configuration !== '') print(`\n${configuration}`)
    const begun = logs.reduce((sum, log) => sum + log.begun, 0)
    say(`simulated: ${kernels.length} of ${counted(begun, 'launch', 'launches')} begun`)
    if (join !== null && trace !== undefined) printJoin(join)
    else if (kernels.length > 0) printKernels(kernels)
  }
}

function printKernels(kernels: Collected['kernels']): void {
  print(
    tableText(
      [
        { label: 'kernel', flexible: 'middle' },
        { label: 'launch', align: 'right' },
        { label: 'cycles', align: 'right' },
        { label: 'time', align: 'right' },
        { label: 'cache' },
      ],
      kernels
        .slice(0, ROWS)
        .map(({ launchNumber, cycles, durationNs, l2State, name }) => [
          name,
          launchNumber === null ? '–' : String(launchNumber),
          cycles,
          formatNs(durationNs),
          l2State,
        ]),
    ),
  )
  if (kernels.length > ROWS) print(`… and ${kernels.length - ROWS} more (--json, -o)`)
}

function printJoin({ kernels, launches, unjoined, trace }: Join): void {
  const share = trace.sumNs === 0 ? 0 : trace.joinedNs / trace.sumNs
  say(
    `joined: ${trace.joinedCount} of ${counted(trace.count, 'kernel')} of the trace, ${formatShare(share)} of its kernel time, to ${counted(launches.length, 'simulated launch', 'simulated launches')}; the rest keeps its own`,
  )
  const ratios = kernels
    .filter(({ measuredNs }) => measuredNs > 0)
    .map(({ durationNs, measuredNs }) => durationNs / measuredNs)
  if (ratios.length > 0) {
    const error = median(ratios.map((ratio) => Math.abs(ratio - 1)))!
    const sum = kernels.reduce((total, { durationNs }) => total + durationNs, 0)
    say(
      `against the measured times: ${formatShare(error)} off in the median; sum ${formatNs(sum)} of ${formatNs(trace.joinedNs)}`,
    )
  }
  const cold = kernels.filter(({ l2State }) => l2State === 'cold').length
  if (cold > 0) {
    note(
      `${cold} times are with an empty cache, which measured kernels seldom find; simulate each twice (external run --repeat 2)`,
    )
  }
  for (const { name, count, measuredNs, ...launch } of launches) {
    const [least, most] = measuredNs
    if (most <= WIDELY * least) continue
    note(
      `${cutMiddle(name, 40)} (${which([launch])}) stands for ${count} kernels that took ${formatNs(least)} to ${formatNs(most)}: alike in name, grid and block, they differ in their work`,
    )
  }
  for (const { uids, launchNumbers, name, reason, candidates } of unjoined) {
    const simulated = uids.map((uid, i) => ({ uid, launchNumber: launchNumbers[i]! }))
    note(
      `not joined: ${cutMiddle(name, 40)} (${which(simulated)}): ${why(reason, candidates, uids.length)}`,
    )
  }
}

/** Kernels of one launch that differ by this factor are not told apart by what a trace says of their launch. */
const WIDELY = 2

/** How launches are named: by their numbers in the program where all are known, for each log has a uid 1. */
function which(launches: readonly { uid: number; launchNumber: number | null }[]): string {
  const numbers = launches.map(({ launchNumber }) => launchNumber)
  if (numbers.includes(null)) return `uid ${launches.map(({ uid }) => uid).join(', ')}`
  return `launch ${numbers.join(', ')}`
}

function why(reason: Join['unjoined'][number]['reason'], candidates: number, simulated: number) {
  if (reason === 'absent') return 'the trace has no such launch'
  if (reason === 'no_clock') return 'the log tells no clock'
  if (simulated === candidates) return 'the trace does not tell it from another that was simulated'
  return `${simulated} were simulated and the trace has ${candidates}, so which is which is not known`
}
