// When requests arrive by a clock. (A closed loop follows the server instead, and has no arrival times:
// the next request of a user is sent when the one before it has ended.)
import { ProfilerRunnerError } from '../errors.js'
import { seededRandom } from './random.js'

/** How requests arrive. */
export type ArrivalSpec =
  | { kind: 'constant'; ratePerS: number }
  | { kind: 'poisson'; ratePerS: number; seed: number }
  /** Gaps with mean 1/rate and coefficient of variation 1/√burstiness; 1 is Poisson. */
  | { kind: 'gamma'; ratePerS: number; burstiness: number; seed: number }
  /** As the trace of requests says; `speed` 2 replays it in half the time. */
  | { kind: 'trace'; speed?: number }

/**
 * Arrival times in nanoseconds after the start, not decreasing; the first request arrives at 0.
 * @param traceNs - arrival times of the trace, for kind `trace`
 * @throws {@link ProfilerRunnerError} `invalid_option`
 */
export function arrivalTimesNs(
  spec: ArrivalSpec,
  count: number,
  traceNs: readonly (number | undefined)[] = [],
): number[] {
  if (spec.kind === 'trace') return replay(traceNs.slice(0, count), spec.speed ?? 1)
  positive('rate', spec.ratePerS)
  if (spec.kind === 'constant') {
    return Array.from({ length: count }, (_, index) => Math.round((index * 1e9) / spec.ratePerS))
  }
  const random = seededRandom(spec.seed)
  const gapS =
    spec.kind === 'poisson'
      ? () => random.exponential(spec.ratePerS)
      : gammaGap(spec.burstiness, spec.ratePerS, random.gamma)
  const times: number[] = []
  let time = 0
  for (let index = 0; index < count; index++) {
    times.push(time)
    time += Math.round(gapS() * 1e9)
  }
  return times
}

function gammaGap(
  burstiness: number,
  ratePerS: number,
  gamma: (shape: number, scale: number) => number,
): () => number {
  positive('burstiness', burstiness)
  return () => gamma(burstiness, 1 / (ratePerS * burstiness))
}

function replay(traceNs: readonly (number | undefined)[], speed: number): number[] {
  positive('speed', speed)
  const first = traceNs[0] ?? 0
  let last = 0
  return traceNs.map((time, index) => {
    if (time === undefined) {
      throw new ProfilerRunnerError(
        'bad_input',
        `request ${index + 1} of the trace has no arrival time; choose arrivals other than "trace"`,
      )
    }
    last = Math.max(last, Math.round((time - first) / speed))
    return last
  })
}

function positive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) {
    throw new ProfilerRunnerError('invalid_option', `${name} must be above 0, got ${value}`)
  }
}
