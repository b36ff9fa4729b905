// Sums over kernels by what their kinds share, with predictions and their errors.
import { mean, quantileSorted } from 'd3-array'
import type { Model } from './model.js'

/** Time of the kernels whose kinds share a key. */
export interface Group {
  key: string
  /** Family of the kernel that came first. */
  family: number
  /** A kernel of the group. */
  sample: number
  count: number
  measuredNs: number
  /** Of kernels with a prediction. */
  predictedNs: number
  /** Measured time of kernels with a prediction. */
  answeredNs: number
  answered: number
}

/** Key of a kind, by its place in the page's kinds. */
export type KeyOfKind = (kind: number) => string

/** Groups of the masked kernels, longest first. */
export function group(model: Model, mask: Uint8Array, keyOf: KeyOfKind): Group[] {
  const { places, keys } = placesOf(model, keyOf)
  const groups = keys.map(
    (key): Group => ({
      key,
      family: -1,
      sample: -1,
      count: 0,
      measuredNs: 0,
      predictedNs: 0,
      answeredNs: 0,
      answered: 0,
    }),
  )
  const { kind, family, duration, predicted } = model
  for (let i = 0; i < model.count; i++) {
    if (mask[i] === 0) continue
    const entry = groups[places[kind[i]!]!]!
    if (entry.count++ === 0) {
      entry.sample = i
      entry.family = family[i]!
    }
    entry.measuredNs += duration[i]!
    if (Number.isNaN(predicted[i]!)) continue
    entry.answered++
    entry.predictedNs += predicted[i]!
    entry.answeredNs += duration[i]!
  }
  return groups.filter(({ count }) => count > 0).sort((a, b) => b.measuredNs - a.measuredNs)
}

/** Place of each kind's key among the different keys. */
function placesOf({ page }: Model, keyOf: KeyOfKind): { places: Int32Array; keys: string[] } {
  const known = new Map<string, number>()
  const places = Int32Array.from(page.kinds, (_, kind) => {
    const key = keyOf(kind)
    const place = known.get(key) ?? known.size
    known.set(key, place)
    return place
  })
  return { places, keys: [...known.keys()] }
}

/** Errors of predictions. */
export interface Errors {
  /** Mean, median and ninth decile of |predicted − measured| / measured. */
  mape: number
  median: number
  p90: number
  /** Median of (predicted − measured) / measured. */
  bias: number
}

/** Errors of the masked kernels with a prediction, by key of their kind. */
export function errorsBy(
  model: Model,
  mask: Uint8Array,
  keyOf: KeyOfKind,
): ReadonlyMap<string, Errors> {
  const { places, keys } = placesOf(model, keyOf)
  const { kind, duration, predicted } = model
  const counts = new Uint32Array(keys.length)
  const isOne = (i: number) => mask[i] !== 0 && duration[i]! > 0 && !Number.isNaN(predicted[i]!)
  for (let i = 0; i < model.count; i++) if (isOne(i)) counts[places[kind[i]!]!]!++
  const ratios = keys.map((_, place) => new Float64Array(counts[place]!))
  counts.fill(0)
  for (let i = 0; i < model.count; i++) {
    if (!isOne(i)) continue
    const place = places[kind[i]!]!
    ratios[place]![counts[place]!++] = predicted[i]! / duration[i]!
  }
  return new Map(
    keys.flatMap((key, place): [string, Errors][] => {
      const errors = errorsOf(ratios[place]!)
      return errors ? [[key, errors]] : []
    }),
  )
}

/** Errors from ratios of predicted to measured; null for none. */
export function errorsOf(ratios: ArrayLike<number>): Errors | null {
  if (ratios.length === 0) return null
  const signed = new Float64Array(ratios.length)
  for (let i = 0; i < signed.length; i++) signed[i] = ratios[i]! - 1
  signed.sort()
  const absolute = numbers(absoluteOf(signed))
  return {
    mape: mean(absolute)!,
    median: quantileSorted(absolute, 0.5)!,
    p90: quantileSorted(absolute, 0.9)!,
    bias: quantileSorted(numbers(signed), 0.5)!,
  }
}

/** Typed columns as d3's types want them. */
function numbers(values: ArrayLike<number>): number[] {
  return values as number[]
}

/** Absolute values in order, of values in order: the negative ones backwards and the others forwards, merged. */
function absoluteOf(sorted: Float64Array): Float64Array {
  const absolute = new Float64Array(sorted.length)
  let up = 0
  while (up < sorted.length && sorted[up]! < 0) up++
  let down = up - 1
  for (let at = 0; at < absolute.length; at++) {
    const fromBelow = up >= sorted.length || (down >= 0 && -sorted[down]! < sorted[up]!)
    absolute[at] = fromBelow ? -sorted[down--]! : sorted[up++]!
  }
  return absolute
}
