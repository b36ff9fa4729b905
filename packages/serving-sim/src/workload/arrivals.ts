// When requests arrive.
import { randomExponential, randomGamma, randomWeibull } from 'd3-random'
import { z } from 'zod'
import { requests } from '../config/limits.js'
import { ServingError } from '../errors.js'
import type { RandomSource } from '../random/random.js'

const ratePerS = z.number().positive()
/** Beyond it the sampled gaps are 0 or above all numbers. */
const spread = z.number().min(0.01).max(100)
const stageSchema = z.strictObject({
  durationS: z.number().positive(),
  ratePerS: z.number().nonnegative(),
})

/** Validates an {@link ArrivalSpec}. */
export const arrivalSchema = z.discriminatedUnion('process', [
  // Evenly spaced.
  z.strictObject({ process: z.literal('constant'), ratePerS }),
  z.strictObject({ process: z.literal('poisson'), ratePerS }),
  // Gamma gaps; `cv` is their coefficient of variation: 1 is Poisson, more is burstier.
  z.strictObject({ process: z.literal('gamma'), ratePerS, cv: spread }),
  // Weibull gaps with the same mean.
  z.strictObject({ process: z.literal('weibull'), ratePerS, shape: spread }),
  // `size` requests at once, at a mean rate.
  z.strictObject({ process: z.literal('bursts'), ratePerS, size: requests }),
  // Poisson at a rate that changes: each stage lasts `durationS`.
  z.strictObject({ process: z.literal('stages'), stages: z.array(stageSchema).min(1) }),
  // All at the start.
  z.strictObject({ process: z.literal('at-once') }),
])

/** A process of arrivals. */
export type ArrivalSpec = z.infer<typeof arrivalSchema>

type Stage = z.infer<typeof stageSchema>

/** Yields arrival times in integer nanoseconds, never decreasing; `stages` end. */
export function* arrivalTimes(spec: ArrivalSpec, random: RandomSource): Generator<number> {
  if (spec.process === 'at-once') for (;;) yield 0
  if (spec.process === 'stages') {
    yield* stagedTimes(spec.stages, random)
    return
  }
  if (!(spec.ratePerS > 0)) {
    throw new ServingError('invalid_workload', `ratePerS is ${spec.ratePerS}; it must be positive`)
  }
  const meanNs = 1e9 / spec.ratePerS
  if (spec.process === 'constant') {
    for (let i = 1; ; i++) yield Math.round(i * meanNs)
  }
  if (spec.process === 'bursts') {
    for (let burst = 0; ; burst++) {
      const at = Math.round(burst * spec.size * meanNs)
      for (let i = 0; i < spec.size; i++) yield at
    }
  }
  const gap = gapSampler(spec, random)
  let time = 0
  for (;;) {
    time += gap() * meanNs
    yield Math.round(time)
  }
}

/** Gaps of mean 1. */
function gapSampler(
  spec: Extract<ArrivalSpec, { process: 'poisson' | 'gamma' | 'weibull' }>,
  random: RandomSource,
): () => number {
  switch (spec.process) {
    case 'poisson':
      return randomExponential.source(random)(1)
    case 'gamma': {
      const shape = 1 / spec.cv ** 2
      return randomGamma.source(random)(shape, 1 / shape)
    }
    case 'weibull':
      return randomWeibull.source(random)(spec.shape, 0, 1 / gammaFunction(1 + 1 / spec.shape))
  }
}

function* stagedTimes(stages: readonly Stage[], random: RandomSource): Generator<number> {
  const gap = randomExponential.source(random)(1)
  let startNs = 0
  for (const { durationS, ratePerS } of stages) {
    const endNs = startNs + durationS * 1e9
    let time = startNs
    while (ratePerS > 0) {
      time += (gap() * 1e9) / ratePerS
      if (time >= endNs) break
      yield Math.round(time)
    }
    startNs = endNs
  }
}

/** Lanczos's approximation (SIAM J. Numer. Anal. B 1, 1964), g = 7; 15 digits for x ≥ 1. */
function gammaFunction(x: number): number {
  const coefficients = [
    676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
    12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ]
  let sum = 0.9999999999998099
  for (const [i, coefficient] of coefficients.entries()) sum += coefficient / (x + i)
  const t = x + 6.5
  return Math.sqrt(2 * Math.PI) * t ** (x - 0.5) * Math.exp(-t) * sum
}
