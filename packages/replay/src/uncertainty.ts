// From the uncertainty of each kernel to that of totals (end to end, busy, sum), by seeded Monte Carlo over the
// graph.
//
// A prediction errs in the same way each time the same kernel runs: a GEMM that a model takes for 10 %
// too fast is so in every layer. So kernels of one name and launch size share one error, and only
// different kernels err independently; that is what `groups` says. A part of the error is common to all
// kernels (the device clocks lower than its data sheet says, the model's bias): `common` is the share of
// the variance of the logarithm that all kernels have in common. On the traces in docs/replay.md it is
// 0.5 for the calibrated model and 0.75 for the roofline (medians, weighted by time).
//
//   z = √common · z_all + √(1 − common) · z_group            z: standard normal
//   duration = d · exp(z · ln(p90 / d) / 1.2816)   for z > 0
//   duration = d · exp(z · ln(d / p10) / 1.2816)   for z < 0
//
// Replaying each sample keeps what quantiles of sums cannot: a slower kernel in the shadow of a launch
// costs nothing. Samples of z_all are stratified, so that few suffice.
import { quantile } from 'd3-array'
import { meanBusyNs } from './busy.js'
import { ReplayError } from './errors.js'
import type { ReplayGraph } from './graph.js'
import { fillLags, type WhatIf } from './lags.js'
import { relax } from './relax.js'

/** How uncertainty is sampled. */
export interface UncertaintyOptions {
  /** Replays; the time of the call grows with it. Default 64. */
  samples?: number
  /** Seed of the random numbers. Default 1. */
  seed?: number
  /** Share of the variance that all kernels have in common, 0 to 1. Default 0.5. */
  common?: number
  /** Group of each kernel, whose kernels err alike. Default: by name, grid and block. */
  groups?: ArrayLike<number>
}

/** Bounds that one run in ten falls below and above. */
export interface Quantiles {
  p10Ns: number
  p90Ns: number
}

/** z of the 90th percentile of the standard normal distribution. */
const Z90 = 1.2815515655446004

/** Bounds of the totals of a replay. */
export interface TotalBounds {
  endToEnd: Quantiles
  /** Of the mean over devices. */
  busy: Quantiles
  kernelSum: Quantiles
}

/** The p10 and p90 of each total. */
export function sampleTotals(
  graph: ReplayGraph,
  options: WhatIf & UncertaintyOptions & { p10Ns: ArrayLike<number>; p90Ns: ArrayLike<number> },
): TotalBounds {
  const { samples = 64, seed = 1, common = 0.5, removed } = options
  if (!(Number.isInteger(samples) && samples >= 2)) {
    throw new ReplayError('invalid_option', `samples: ${samples}; give a whole number from 2 up`)
  }
  if (!(common >= 0 && common <= 1)) {
    throw new ReplayError('invalid_option', `common: ${common}; give a share from 0 to 1`)
  }
  const { kernelStartNode, kernelEndNode, isTransfer } = graph
  const count = graph.kernels.length
  const base = options.durationsNs ?? graph.durationNs
  const { below, above } = spreads(graph, base, options)
  const groups = options.groups ?? kernelGroups(graph)
  const groupCount = maximum(groups) + 1
  const random = uniform(seed)
  const strata = shuffled(samples, random)
  const durations = new Float64Array(count)
  const lagNs = new Float64Array(graph.edgeCount)
  const nodeNs = new Float64Array(graph.nodeCount)
  const starts = new Float64Array(count)
  const endToEnd = new Float64Array(samples)
  const busy = new Float64Array(samples)
  const kernelSum = new Float64Array(samples)
  const factor = new Float64Array(groupCount)
  const alike = alikeKernels(groups, below, above)
  const growth = new Float64Array(alike.first.length)
  for (let s = 0; s < samples; s++) {
    const all = Math.sqrt(common) * normalQuantile((strata[s]! + random()) / samples)
    for (let g = 0; g < groupCount; g++) {
      factor[g] = all + Math.sqrt(1 - common) * normalQuantile(random())
    }
    for (let a = 0; a < growth.length; a++) {
      const k = alike.first[a]!
      const z = factor[groups[k]!]!
      growth[a] = Math.exp(z * (z < 0 ? below[k]! : above[k]!))
    }
    for (let k = 0; k < count; k++) durations[k] = base[k]! * growth[alike.of[k]!]!
    fillLags(graph, { ...options, durationsNs: durations }, lagNs)
    relax(graph, lagNs, nodeNs)
    // One pass over the kernels: their nodes lie apart in memory.
    let first = Infinity
    let last = -Infinity
    let sumNs = 0
    for (let k = 0; k < count; k++) {
      const start = nodeNs[kernelStartNode[k]!]!
      const end = nodeNs[kernelEndNode[k]!]!
      starts[k] = start
      durations[k] = end - start
      if (removed !== undefined && removed[k] === 1) continue
      if (start < first) first = start
      if (end > last) last = end
      if (isTransfer[k] === 0) sumNs += end - start
    }
    endToEnd[s] = last === -Infinity ? 0 : last - first
    kernelSum[s] = sumNs
    busy[s] = meanBusyNs(graph, starts, durations)
  }
  return { endToEnd: middle(endToEnd), busy: middle(busy), kernelSum: middle(kernelSum) }
}

/** Eight in ten of a sample lie between these. */
function middle(sample: Float64Array): Quantiles {
  return { p10Ns: quantile(sample, 0.1)!, p90Ns: quantile(sample, 0.9)! }
}

/** Standard deviations of the logarithm below and above the middle. */
function spreads(
  graph: ReplayGraph,
  base: ArrayLike<number>,
  { p10Ns, p90Ns }: { p10Ns: ArrayLike<number>; p90Ns: ArrayLike<number> },
): { below: Float64Array; above: Float64Array } {
  const count = graph.kernels.length
  if (p10Ns.length !== count || p90Ns.length !== count) {
    throw new ReplayError(
      'invalid_option',
      `p10Ns, p90Ns: ${p10Ns.length} and ${p90Ns.length} values for ${count} kernels; pass one for each kernel of the graph`,
    )
  }
  const below = new Float64Array(count)
  const above = new Float64Array(count)
  for (let k = 0; k < count; k++) {
    const middle = base[k]!
    const [low, high] = [p10Ns[k]!, p90Ns[k]!]
    // A bound on the wrong side of the middle, or no number, says nothing.
    if (middle > 0 && low > 0 && low < middle) below[k] = Math.log(middle / low) / Z90
    if (middle > 0 && high > middle && high < Infinity) above[k] = Math.log(high / middle) / Z90
  }
  return { below, above }
}

/**
 * Kernels of one group and spread, which grow alike in each sample: the first of each, and the number of each
 * kernel's. Runs of a kernel mostly are alike, so that few exponentials are taken.
 */
function alikeKernels(
  groups: ArrayLike<number>,
  below: Float64Array,
  above: Float64Array,
): { first: number[]; of: Uint32Array } {
  const of = new Uint32Array(below.length)
  const first: number[] = []
  const byGroup = new Map<number, number[]>()
  for (let k = 0; k < of.length; k++) {
    const known = byGroup.get(groups[k]!) ?? []
    if (known.length === 0) byGroup.set(groups[k]!, known)
    // Groups of many spreads are not searched to their end: one more exponential costs less.
    let a = -1
    for (let i = 0; i < known.length && i < MOST_SPREADS && a < 0; i++) {
      const j = first[known[i]!]!
      if (below[j] === below[k] && above[j] === above[k]) a = known[i]!
    }
    if (a < 0) {
      a = first.push(k) - 1
      known.push(a)
    }
    of[k] = a
  }
  return { first, of }
}

/** Spreads of a group that are compared with that of a kernel. */
const MOST_SPREADS = 4

const knownGroups = new WeakMap<ReplayGraph, Uint32Array>()

/** Groups of kernels with one name, grid and block. */
function kernelGroups(graph: ReplayGraph): Uint32Array {
  const known = knownGroups.get(graph)
  if (known !== undefined) return known
  const numbers = new Map<string, number>()
  const groups = Uint32Array.from(graph.kernels, ({ name, grid, block }) => {
    const key = `${grid?.join('x')} ${block?.join('x')} ${name}`
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    return number
  })
  knownGroups.set(graph, groups)
  return groups
}

function maximum(values: ArrayLike<number>): number {
  let most = -1
  for (let i = 0; i < values.length; i++) if (values[i]! > most) most = values[i]!
  return most
}

/**
 * Numbers in (0, 1): a counter with the golden ratio as its step (Steele, Lea, Flood, OOPSLA 2014) through
 * a 32-bit mixer of low bias (Wellons, Ettinger, hash-prospector).
 */
export function uniform(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let z = state ^ (state >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z ^= z >>> 15
    z = Math.imul(z, 0x735a2d97)
    z ^= z >>> 15
    return ((z >>> 0) + 0.5) / 4294967296
  }
}

function shuffled(count: number, random: () => number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const moved = order[i]!
    order[i] = order[j]!
    order[j] = moved
  }
  return order
}

/**
 * Inverse of the standard normal distribution function, relative error below 1.15e-9: P. J. Acklam,
 * "An algorithm for computing the inverse normal cumulative distribution function" (2003).
 */
export function normalQuantile(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
    2.506628277459239,
  ] as const
  const b = [
    -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972,
    -13.28068155288572,
  ] as const
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734,
    4.374664141464968, 2.938163982698783,
  ] as const
  const d = [
    0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416,
  ] as const
  const tail = (q: number) =>
    (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
    ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1)
  if (p < 0.02425) return tail(Math.sqrt(-2 * Math.log(p)))
  if (p > 1 - 0.02425) return -tail(Math.sqrt(-2 * Math.log(1 - p)))
  const q = p - 0.5
  const r = q * q
  return (
    ((((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q) /
    (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1)
  )
}
