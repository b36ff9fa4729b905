// Vidur's generated workloads, from its seeds: gaps and lengths of Python's generator.
//
//   poisson  −ln(1 − U) / qps, at most 3 / qps, so the rate is 5 % above the nominal one
//   gamma    shape 1 / cv², scale cv² / qps, of numpy's generator, uncapped
//   static   all at once
//   fixed, uniform (total tokens, split by the ratio), zipf (numpy's generator)
// Source: vidur/request_generator (microsoft/vidur, November 2024).
import { NumpyRandomState } from '../python/numpy-random.js'
import { PythonRandom } from '../python/python-random.js'
import type { VidurRequest } from './sequence.js'

export interface VidurWorkloadSpec {
  requests: number
  interval:
    | { type: 'poisson'; qps: number }
    | { type: 'gamma'; qps: number; cv: number }
    | { type: 'static' }
  length:
    | { type: 'fixed'; prefillTokens: number; decodeTokens: number }
    | { type: 'uniform'; minTokens: number; maxTokens: number; prefillToDecodeRatio: number }
    | {
        type: 'zipf'
        minTokens: number
        maxTokens: number
        theta: number
        prefillToDecodeRatio: number
      }
  seed: number
}

/** The requests that Vidur draws from a seed. */
export function vidurRequests(spec: VidurWorkloadSpec): VidurRequest[] {
  const random = new PythonRandom(spec.seed)
  const gap = gaps(spec.interval, random, spec.seed)
  const length = lengths(spec.length, random, spec.seed)
  let arrivedAtS = 0
  return Array.from({ length: spec.requests }, (_, id) => {
    arrivedAtS += gap()
    const [prefillTokens, decodeTokens] = length()
    return { id, arrivedAtS, prefillTokens, decodeTokens }
  })
}

/** Seconds between two requests. */
function gaps(
  interval: VidurWorkloadSpec['interval'],
  random: PythonRandom,
  seed: number,
): () => number {
  if (interval.type === 'static') return () => 0
  const { qps } = interval
  if (interval.type === 'poisson') {
    return () => Math.min(-Math.log(1 - random.random()) / qps, 3 / qps)
  }
  const shape = 1 / interval.cv ** 2
  const scale = 1 / (qps * shape)
  const numpy = new NumpyRandomState(seed)
  return () => numpy.gamma(shape) * scale
}

function lengths(
  spec: VidurWorkloadSpec['length'],
  random: PythonRandom,
  seed: number,
): () => [number, number] {
  if (spec.type === 'fixed') return () => [spec.prefillTokens, spec.decodeTokens]
  const { minTokens, maxTokens, prefillToDecodeRatio } = spec
  if (spec.type === 'uniform') {
    return () => {
      const total = random.uniform(minTokens, maxTokens)
      const decode = Math.ceil(total / (1 + prefillToDecodeRatio))
      return [Math.trunc(total - decode), decode]
    }
  }
  const zipf = zipfSampler(minTokens, maxTokens, spec.theta, seed)
  return () => {
    const total = zipf()
    const decode = total / (1 + prefillToDecodeRatio)
    return [Math.trunc(total - decode), Math.trunc(decode)]
  }
}

/** Gray et al., "Quickly generating billion-record synthetic databases" (SIGMOD 1994). */
function zipfSampler(min: number, max: number, theta: number, seed: number): () => number {
  const random = new NumpyRandomState(seed)
  const items = max - min + 1
  let zeta = 0
  for (let i = 1; i < items; i++) zeta += i ** -theta
  const alpha = 1 / (1 - theta)
  const eta = (1 - (2 / items) ** (1 - theta)) / (1 - 1 / (zeta + 1e-8))
  return () => {
    const u = random.random()
    const uz = u * zeta
    if (uz < 1) return min
    if (uz < 1 + 0.5 ** theta) return min + 1
    return min + Math.trunc(items * (eta * u - eta + 1) ** alpha)
  }
}
