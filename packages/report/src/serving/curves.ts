// The curves of a simulation: latencies by share of requests, and how the run went over time.
import type { SimulationResult, TimelineInterval } from '@flowsim/serving-sim'
import { ascending, quantileSorted } from 'd3-array'

/** A curve; x and y in the units that its names say. */
export interface Curve {
  name: string
  points: [x: number, y: number][]
}

/** Shares at which distributions are drawn. */
const SHARES = Array.from({ length: 101 }, (_, i) => i / 100)

/** Cumulative distributions in milliseconds: TTFT, TPOT, and E2E of the requests that have one. */
export function latencyCurves({ requests }: SimulationResult): Curve[] {
  const ttft: number[] = []
  const tpot: number[] = []
  const e2e: number[] = []
  for (let i = 0; i < requests.length; i++) {
    const state = requests.state(i)
    const arrival = requests.arrivalNs[i]!
    const first = requests.firstTokenNs[i]!
    const end = requests.finishedNs[i]!
    const tokens = requests.emitted[i]!
    if (first >= 0 && tokens > 0) ttft.push((first - arrival) / 1e6)
    if (state !== 'completed' && state !== 'length_capped') continue
    e2e.push((end - arrival) / 1e6)
    if (tokens > 1) tpot.push((end - first) / 1e6 / (tokens - 1))
  }
  const curve = (name: string, values: number[]): Curve => {
    const sorted = values.toSorted(ascending)
    return { name, points: SHARES.map((share) => [quantileSorted(sorted, share)!, share * 100]) }
  }
  return [
    ...(ttft.length > 0 ? [curve('TTFT', ttft)] : []),
    ...(tpot.length > 0 ? [curve('TPOT', tpot)] : []),
    ...(e2e.length > 0 ? [curve('E2E', e2e)] : []),
  ]
}

/** Over time in seconds: output tokens a second, KV use in per cent, running and waiting requests. */
export function timelineCurves({
  timeline,
}: SimulationResult): Record<'throughput' | 'kvUse' | 'running' | 'waiting', Curve> | null {
  if (timeline === null || timeline.length === 0) return null
  const curve = (name: string, value: (each: TimelineInterval) => number): Curve => ({
    name,
    points: timeline.map((each) => [(each.startNs + each.endNs) / 2e9, value(each)]),
  })
  return {
    throughput: curve('output tokens/s', ({ startNs, endNs, outputTokens }) =>
      endNs > startNs ? (outputTokens * 1e9) / (endNs - startNs) : 0,
    ),
    kvUse: curve('KV blocks in use', ({ kvUse }) => 100 * kvUse),
    running: curve('running', ({ running }) => running),
    waiting: curve('waiting', ({ waiting }) => waiting),
  }
}

/** At most so many points, each the mean of its neighbours. */
export function thinned({ points }: Curve, most: number): [number, number][] {
  const each = Math.ceil(points.length / most)
  if (each <= 1) return points
  const joined: [number, number][] = []
  for (let i = 0; i < points.length; i += each) {
    const some = points.slice(i, i + each)
    const mean = (at: 0 | 1) => some.reduce((sum, point) => sum + point[at], 0) / some.length
    joined.push([mean(0), mean(1)])
  }
  return joined
}
