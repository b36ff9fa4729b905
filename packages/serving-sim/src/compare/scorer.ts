// Errors of one run against another, and what to call them.
//
// The error of a percentile is |candidate − reference| / |reference|; 0 of nothing against nothing,
// infinite of something against nothing. The worst percentile decides: pass up to 5 %, warn up to
// 9 %, else fail. Source: the simulator testbed's paper-fidelity scorer.
import { mean, quantile } from 'd3-array'
import type { WeightedSamples } from '../core/weighted-samples.js'

export type Verdict = 'pass' | 'warn' | 'fail'

/** Largest errors that pass, and that only warn. */
export interface Thresholds {
  pass: number
  warn: number
}

export const DEFAULT_THRESHOLDS: Thresholds = { pass: 0.05, warn: 0.09 }

/** Percentiles of a metric in both runs. */
export interface MetricScore {
  percentiles: { percentile: number; reference: number; candidate: number; error: number }[]
  /** Error of the worst percentile. */
  worst: number
  /** Signed error of the mean: positive if the candidate is slower. */
  meanBias: number | null
  verdict: Verdict
}

/** Values of a metric: plain, or with counts. */
export type MetricValues = readonly number[] | WeightedSamples

/** Relative error of a value. */
export function relativeError(reference: number, candidate: number): number {
  if (reference === candidate) return 0
  return reference === 0
    ? Number.POSITIVE_INFINITY
    : Math.abs(candidate - reference) / Math.abs(reference)
}

/** The verdict on an error. */
export function verdictOf(error: number, thresholds: Thresholds = DEFAULT_THRESHOLDS): Verdict {
  // 5 % of a decimal that binary cannot hold is 5 %.
  const within = (limit: number) => error <= limit * (1 + 1e-9)
  return within(thresholds.pass) ? 'pass' : within(thresholds.warn) ? 'warn' : 'fail'
}

/**
 * Compares what is said of all requests: the medians, if both say them, and the means. Null: neither of these.
 */
export function scoreSummary(
  reference: { meanS: number | null; medianS: number | null },
  candidate: { meanS: number | null; medianS: number | null },
  thresholds: Thresholds = DEFAULT_THRESHOLDS,
): MetricScore | null {
  const percentiles =
    reference.medianS === null || candidate.medianS === null
      ? []
      : [
          {
            percentile: 0.5,
            reference: reference.medianS,
            candidate: candidate.medianS,
            error: relativeError(reference.medianS, candidate.medianS),
          },
        ]
  const [a, b] = [reference.meanS, candidate.meanS]
  const meanBias = a === null || b === null ? null : a === b ? 0 : (b - a) / Math.abs(a)
  if (percentiles.length === 0 && meanBias === null) return null
  const worst = Math.max(...percentiles.map(({ error }) => error), Math.abs(meanBias ?? 0))
  return { percentiles, worst, meanBias, verdict: verdictOf(worst, thresholds) }
}

/** Compares a metric; null if either run has no values. */
export function scoreMetric(
  reference: MetricValues,
  candidate: MetricValues,
  percentiles: readonly number[] = [0.5, 0.9, 0.95, 0.99],
  thresholds: Thresholds = DEFAULT_THRESHOLDS,
): MetricScore | null {
  if (sizeOf(reference) === 0 || sizeOf(candidate) === 0) return null
  const scores = percentiles.map((percentile) => {
    const a = quantileOf(reference, percentile)
    const b = quantileOf(candidate, percentile)
    return { percentile, reference: a, candidate: b, error: relativeError(a, b) }
  })
  const worst = Math.max(...scores.map(({ error }) => error))
  const a = meanOf(reference)
  const b = meanOf(candidate)
  return {
    percentiles: scores,
    worst,
    meanBias: a === b ? 0 : (b - a) / Math.abs(a),
    verdict: verdictOf(worst, thresholds),
  }
}

const isList = (values: MetricValues): values is readonly number[] => Array.isArray(values)

const sizeOf = (values: MetricValues) => (isList(values) ? values.length : values.count)

const quantileOf = (values: MetricValues, q: number) =>
  isList(values) ? quantile(values, q)! : values.quantile(q)

const meanOf = (values: MetricValues) => (isList(values) ? mean(values)! : values.mean)
