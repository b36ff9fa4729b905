// What a simulation says first: whether requests keep their limits, and whether the deployment keeps up.
import type { ServingConfig, SimulationResult } from '@flowsim/serving-sim'
import { counted, type RequestState } from '@flowsim/trace-schema'
import { mean } from 'd3-array'

type Limits = NonNullable<ServingConfig['slo']>

/** The answer in a sentence or three. */
export function verdict(result: SimulationResult, limits: Limits | undefined): string[] {
  const { report } = result
  const { attainment } = report.goodput ?? {}
  const sentences: string[] = []
  if (attainment !== undefined) {
    sentences.push(`${share(attainment)} of requests keep their limits (${limitsText(limits)}).`)
  }
  for (const [state, [one, many]] of Object.entries(UNFINISHED)) {
    const count = report.requests[state as RequestState] ?? 0
    if (count > 0) sentences.push(`${counted(count, 'request')} ${count === 1 ? one : many}.`)
  }
  if (queueGrows(result)) {
    sentences.push(
      'More requests arrive than are served: the queue grows to the end, so times depend on how long the run is.',
    )
  }
  return sentences
}

/** What became of requests that did not finish, of one and of several. */
const UNFINISHED: Partial<Record<RequestState, [one: string, many: string]>> = {
  timed_out: ['timed out', 'timed out'],
  rejected: ['was refused', 'were refused'],
  unservable: ['can never be served', 'can never be served'],
  running: ['was still running at the end', 'were still running at the end'],
  waiting: ['was still waiting at the end', 'were still waiting at the end'],
}

/** Waiting requests, and growth of their number from the second quarter to the last, taken for overload. */
const LEAST_WAITING = 2
const LEAST_GROWTH = 1.5
/** Intervals without which nothing is said. */
const LEAST_INTERVALS = 8
/** The queue is longest when so much of the time in which requests arrive is over. */
const LATE = 0.85

/**
 * Whether the queue grows as long as requests arrive: it is longer in each quarter of that time than in the one
 * before, and longest at its end.
 */
function queueGrows({ timeline, requests }: SimulationResult): boolean {
  if (timeline === null || requests.length === 0) return false
  const lastNs = requests.arrivalNs.reduce((last, ns) => Math.max(last, ns), 0)
  let longest = 0
  timeline.forEach(({ waiting }, i) => {
    if (waiting > timeline[longest]!.waiting) longest = i
  })
  const rise = timeline.slice(0, longest + 1)
  if (rise.length < LEAST_INTERVALS || rise.at(-1)!.endNs < LATE * lastNs) return false
  const quarter = (q: number) =>
    rise.slice(Math.floor((q * rise.length) / 4), Math.floor(((q + 1) * rise.length) / 4))
  const [first, second, third, last] = [0, 1, 2, 3].map(
    (q) => mean(quarter(q), ({ waiting }) => waiting) ?? 0,
  ) as [number, number, number, number]
  const isRising = first < second && second < third && third < last
  return isRising && last > LEAST_WAITING && last > LEAST_GROWTH * second
}

function limitsText(limits: Limits | undefined): string {
  const texts = Object.entries(limits ?? {}).map(([name, { ttftMs, tpotMs, e2eMs }]) => {
    const parts = [
      ...(ttftMs === undefined ? [] : [`TTFT ${ttftMs} ms`]),
      ...(tpotMs === undefined ? [] : [`TPOT ${tpotMs} ms`]),
      ...(e2eMs === undefined ? [] : [`E2E ${e2eMs} ms`]),
    ]
    return `${name === 'default' ? '' : `${name}: `}${parts.join(', ')}`
  })
  return texts.join('; ')
}

/** Percent; 100.0 only where it is all. */
const share = (value: number) => `${(value < 1 ? Math.min(99.9, 100 * value) : 100).toFixed(1)} %`
