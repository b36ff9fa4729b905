// Measured runs as what a fit is held against: each request where it is known when it came, else the middle of many.
// They are in two halves: one to fit on, and one to report, of which the fit sees nothing.
import type { MeasuredRun, SimulationResult } from '@flowsim/serving-sim'
import { mean, median } from 'd3-array'
import type { HostObservation, Latencies, SimulatedObservation } from './fit-host.js'

/** Which half something is in. */
export type Half = 'fitted' | 'held out'

/** Latencies of one request in seconds; null: not known. */
export interface RequestLatencies extends Latencies {
  e2eS: number | null
}

/** Requests of a run that are compared. */
export interface Part {
  run: MeasuredRun
  half: Half
  /** Places of the requests in the workload; null: all of it, of which the run has sums only. */
  requests: readonly number[] | null
}

/**
 * The runs in two halves. Several runs take turns, the first is fitted; of one alone the earlier half of its requests
 * is fitted. A single run of which there are only sums has no other half.
 */
export function halvesOf(runs: readonly MeasuredRun[]): Part[] {
  const [only] = runs
  if (runs.length > 1) {
    return runs.map((run, i) => ({
      run,
      half: i % 2 === 0 ? 'fitted' : 'held out',
      requests: run.requests.length > 0 ? finished(run) : null,
    }))
  }
  if (only === undefined) return []
  if (only.requests.length === 0) return [{ run: only, half: 'fitted', requests: null }]
  const all = finished(only)
  const middle = Math.ceil(all.length / 2)
  return [
    { run: only, half: 'fitted', requests: all.slice(0, middle) },
    { run: only, half: 'held out', requests: all.slice(middle) },
  ]
}

const finished = ({ requests }: MeasuredRun) => requests.flatMap(({ ok }, i) => (ok ? [i] : []))

/** Latencies of a part's requests as they were measured; null: there are only sums. */
export function measuredLatencies({ run, requests }: Part): RequestLatencies[] | null {
  if (requests === null) return null
  return requests.map((i) => latencies(run.requests[i]!))
}

/** The same of a simulation of the run. */
export function simulatedLatencies(
  { requests }: Part,
  { requests: table }: SimulationResult,
): RequestLatencies[] {
  const places = requests ?? Array.from({ length: table.length }, (_, i) => i)
  return places.map((i) =>
    latencies({
      arrivalNs: table.arrivalNs[i]!,
      firstTokenNs: table.firstTokenNs[i]!,
      finishedNs: table.finishedNs[i]!,
      tokens: table.emitted[i]!,
    }),
  )
}

/** What a part is in a fit; its observations have the weight of one run together. */
export function observationsOf(part: Part): HostObservation[] {
  const measured = measuredLatencies(part)
  if (measured === null) return [{ ...sums(part.run), weight: 1 }]
  if (part.run.arrival.process !== 'recorded') return [{ ...middleOf(measured), weight: 1 }]
  return measured.map(({ ttftS, tpotS }) => ({ ttftS, tpotS, weight: 1 / measured.length }))
}

/** The observations of a part as a simulation has them. */
export function simulatedObservations(
  part: Part,
  result: SimulationResult,
): SimulatedObservation[] {
  const { requests: table } = result
  const places = part.requests ?? Array.from({ length: table.length }, (_, i) => i)
  const others = othersAtArrival(result)
  const simulated = simulatedLatencies(part, result)
  if (part.requests !== null && part.run.arrival.process === 'recorded') {
    return places.map((place, i) => ({
      ...simulated[i]!,
      inputTokens: table.requests[place]!.inputTokens,
      others: others[place]!,
    }))
  }
  return [
    {
      ...(part.requests === null ? meansLike(part.run, simulated, result) : middleOf(simulated)),
      inputTokens: mean(places, (place) => table.requests[place]!.inputTokens) ?? 0,
      others: mean(places, (place) => others[place]!) ?? 0,
    },
  ]
}

/** Medians where the run has them, else means; TPOT is the mean gap between tokens where there is nothing better. */
function sums({ summary: { ttft, tpot, itl } }: MeasuredRun): Latencies {
  return {
    ttftS: ttft?.medianS ?? ttft?.meanS ?? null,
    tpotS: tpot?.medianS ?? tpot?.meanS ?? itl?.meanS ?? null,
  }
}

function meansLike(
  { summary: { ttft, tpot } }: MeasuredRun,
  simulated: readonly RequestLatencies[],
  { report }: SimulationResult,
): Latencies {
  const firsts = known(simulated, 'ttftS')
  const tokens = known(simulated, 'tpotS')
  const ttftS = ttft?.medianS == null ? mean(firsts) : median(firsts)
  const tpotS = tpot?.medianS == null ? mean(tokens) : median(tokens)
  return {
    ttftS: ttftS ?? null,
    tpotS: tpot === undefined ? (report.itl?.meanS ?? tpotS ?? null) : (tpotS ?? null),
  }
}

const middleOf = (requests: readonly RequestLatencies[]): Latencies => ({
  ttftS: median(known(requests, 'ttftS')) ?? null,
  tpotS: median(known(requests, 'tpotS')) ?? null,
})

/** Values of a latency, where they are known. */
export const known = (
  requests: readonly RequestLatencies[],
  latency: keyof RequestLatencies,
): number[] => requests.flatMap((request) => request[latency] ?? [])

interface Times {
  arrivalNs: number
  firstTokenNs: number
  finishedNs: number
  tokens: number
}

function latencies({ arrivalNs, firstTokenNs, finishedNs, tokens }: Times): RequestLatencies {
  const hasFirst = firstTokenNs >= 0
  const hasLast = finishedNs >= 0
  return {
    ttftS: hasFirst ? (firstTokenNs - arrivalNs) / 1e9 : null,
    tpotS:
      hasFirst && hasLast && tokens > 1 ? (finishedNs - firstTokenNs) / 1e9 / (tokens - 1) : null,
    e2eS: hasLast ? (finishedNs - arrivalNs) / 1e9 : null,
  }
}

/** Requests in the system when each comes. */
function othersAtArrival({
  requests: { length, arrivalNs, finishedNs },
}: SimulationResult): number[] {
  const arrivals = Float64Array.from(arrivalNs).sort()
  const ends = Float64Array.from(finishedNs, (end) =>
    end < 0 ? Number.POSITIVE_INFINITY : end,
  ).sort()
  const others = new Array<number>(length)
  for (let i = 0; i < length; i++) {
    const at = arrivalNs[i]!
    others[i] = Math.max(0, countUpTo(arrivals, at) - countUpTo(ends, at) - 1)
  }
  return others
}

function countUpTo(sorted: Float64Array, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low
}
