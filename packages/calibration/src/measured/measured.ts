// The `measured` model: a user's own rows. A query that was measured answers with its median; one between
// measured ones with the calibrated model times what its neighbours were off by; any other with the
// calibrated model alone. Interpolating the ratio to a model instead of the time itself keeps tiles, waves
// and floors where they belong.

import { type EstimateOptions, type LatencyModel, PerfModelError } from '@flowsim/perf-model'
import type { Estimate, HardwareSpec, OpCall } from '@flowsim/trace-schema'
import { deviation, median } from 'd3-array'
import type { CalibrationRow } from '../calibrated/calibrate.js'
import { calibrated } from '../calibrated/calibrated.js'
import { resolve } from '../calibrated/queries/resolve.js'
import type { Resolved } from '../calibrated/queries/resolved.js'
import { NearestPoints } from './nearest.js'

/** What {@link measured} takes beside the rows. */
export interface MeasuredOptions {
  /** Answers what the rows do not cover, and shapes what lies between them. Default `calibrated`. */
  fallback?: LatencyModel
  /** Octaves between a query and the rows that may answer it. Default 1. */
  reach?: number
}

/** Rows that may speak for each other: one device, operation, element types, and flags. */
interface Group {
  points: NearestPoints
  low: Float64Array
  high: Float64Array
  /** ln(measured / fallback) of each point. */
  ratios: Float64Array
  /** Median of each point's measurements, in seconds. */
  seconds: Float64Array
  /** Spread of ln(time) of repeated measurements of each point. */
  noise: Float64Array
  /** State of the cache that each point was measured in. */
  l2: ('warm' | 'cold')[]
}

const NEIGHBOURS = 8
/** Octaves squared that are added to a distance, so that near rows share their say. */
const SOFT = 0.01
/** Spread of ln(time) of a shape that was measured once: the repeatability of the calibration data. */
const ONCE = 0.02
/** z of the tenth percentile of a normal distribution. */
const Z10 = 1.2816

/**
 * A model of measured rows. Rows that cannot be read as an operation are left out.
 * @throws PerfModelError `invalid_profile` when no row is left
 */
export function measured(
  rows: Iterable<CalibrationRow>,
  options: MeasuredOptions = {},
): LatencyModel {
  return new Measured(rows, options)
}

class Measured implements LatencyModel {
  readonly name = 'measured'
  private readonly fallback: LatencyModel
  private readonly reach: number
  private readonly groups: Map<string, Group>

  constructor(
    rows: Iterable<CalibrationRow>,
    { fallback = calibrated, reach = 1 }: MeasuredOptions,
  ) {
    this.fallback = fallback
    this.reach = reach
    this.groups = groupsOf(rows, fallback)
    if (this.groups.size === 0) {
      throw new PerfModelError(
        'invalid_profile',
        'measured: there is no row that can be used',
        'rows',
      )
    }
  }

  supports(call: OpCall, hardware: HardwareSpec, options?: EstimateOptions): boolean {
    return this.fallback.supports(call, hardware, options)
  }

  estimate(call: OpCall, hardware: HardwareSpec, options: EstimateOptions = {}): Estimate {
    const base = this.fallback.estimate(call, hardware, options)
    const place = placeOf(call, hardware, options)
    const group = place === undefined ? undefined : this.groups.get(place.key)
    if (place === undefined || group === undefined) {
      return this.outside(base, `no measured row of ${call.op} in these types on ${hardware.name}`)
    }
    const { at } = place
    const near = group.points.near(at, NEIGHBOURS, this.reach)
    const nearest = near[0]
    if (nearest === undefined || !covers(group, at)) {
      return this.outside(base, 'outside the measured rows')
    }
    if (nearest.squared < 1e-12) {
      const { index } = nearest
      return this.inside(base, group.seconds[index]!, group.noise[index]!, 'measured')
    }
    let weight = 0
    let sum = 0
    for (const { index, squared } of near) {
      const w = 1 / (squared + SOFT)
      weight += w
      sum += w * group.ratios[index]!
    }
    const mean = sum / weight
    let off = 0
    for (const { index, squared } of near) {
      off += (group.ratios[index]! - mean) ** 2 / (squared + SOFT) / weight
    }
    // Neighbours that disagree, and distance, both make an answer less certain.
    const spread = Math.hypot(ONCE, Math.sqrt(off), 0.1 * Math.sqrt(nearest.squared))
    // Ratios hold under the conditions of their rows.
    const l2 = group.l2[nearest.index]!
    const alike =
      l2 === (options.l2 ?? 'cold')
        ? base
        : this.fallback.estimate(call, hardware, { ...options, l2 })
    return this.inside(
      alike,
      alike.latencyS * Math.exp(mean),
      spread,
      `between ${near.length} measured rows`,
    )
  }

  private inside(base: Estimate, latencyS: number, spread: number, note: string): Estimate {
    const scale = latencyS / base.latencyS
    const { computeS, memoryS, launchS, networkS } = base.parts
    return {
      ...base,
      latencyS,
      p10S: latencyS * Math.exp(-Z10 * spread),
      p90S: latencyS * Math.exp(Z10 * spread),
      parts: {
        computeS: computeS * scale,
        memoryS: memoryS * scale,
        launchS: launchS * scale,
        networkS: networkS * scale,
      },
      model: this.name,
      profile: null,
      notes: [note],
    }
  }

  private outside(base: Estimate, why: string): Estimate {
    return { ...base, model: this.name, notes: [`${why}: ${base.model}`, ...(base.notes ?? [])] }
  }
}

/** Where a query lies: its group, and its dimensions on a logarithmic scale. */
function placeOf(
  call: OpCall,
  hardware: HardwareSpec,
  options: EstimateOptions,
): { key: string; at: Float64Array } | undefined {
  const resolved = resolve(call, options)
  if (resolved === undefined) {
    if (call.op !== 'memcpy') return undefined
    // Copies over the host's bus, which no family of calibrated speaks about.
    const at = Float64Array.of(Math.log2(Math.max(call.bytes, 1)))
    return { key: [hardware.name, call.op, call.direction].join('|'), at }
  }
  const derived = resolved.family === 'collective' ? DERIVED_OF_COLLECTIVES : DERIVED
  const flags: string[] = []
  const numbers: number[] = []
  for (const [name, value] of Object.entries(resolved.query)) {
    if (name === 'warm') continue
    // Work that follows from the other dimensions is not another dimension.
    if (typeof value !== 'number') flags.push(String(value))
    else if (!derived.has(name)) numbers.push(Math.log2(Math.max(value, 1e-9)))
  }
  return {
    key: [hardware.name, resolved.family, kindOf(resolved), ...flags].join('|'),
    at: Float64Array.from(numbers),
  }
}

const DERIVED = new Set([
  ...['pairs', 'bytes', 'flops', 'devicesPerNode'],
  // How the kernels of a source stream: a user's rows need not say whose they are.
  ...['passes', 'passBytes', 'vector', 'kernels'],
])
// The bytes of its message are all that a collective has beside its devices.
const DERIVED_OF_COLLECTIVES = new Set(['devicesPerNode'])

function kindOf({ kinds }: Resolved): string {
  return kinds[0] ?? ''
}

function groupsOf(rows: Iterable<CalibrationRow>, fallback: LatencyModel): Map<string, Group> {
  const lists = new Map<
    string,
    Map<string, { row: CalibrationRow; at: Float64Array; us: number[] }>
  >()
  for (const row of rows) {
    if (!(row.latencyUs > 0 && row.latencyUs < Infinity)) continue
    if (!fallback.supports(row.call, row.hardware, row.options)) continue
    const place = placeOf(row.call, row.hardware, row.options ?? {})
    if (place === undefined) continue
    let list = lists.get(place.key)
    if (list === undefined) {
      list = new Map()
      lists.set(place.key, list)
    }
    const spot = place.at.join(',')
    const known = list.get(spot)
    if (known === undefined) list.set(spot, { row, at: place.at, us: [row.latencyUs] })
    else known.us.push(row.latencyUs)
  }
  return new Map([...lists].map(([key, list]) => [key, groupOf([...list.values()], fallback)]))
}

function groupOf(
  list: { row: CalibrationRow; at: Float64Array; us: number[] }[],
  fallback: LatencyModel,
): Group {
  const width = list[0]?.at.length ?? 0
  const coordinates = new Float64Array(list.length * width)
  const group: Group = {
    points: new NearestPoints(new Float64Array(0), width),
    low: new Float64Array(width).fill(Infinity),
    high: new Float64Array(width).fill(-Infinity),
    ratios: new Float64Array(list.length),
    seconds: new Float64Array(list.length),
    noise: new Float64Array(list.length),
    l2: list.map(({ row }) => row.options?.l2 ?? 'cold'),
  }
  list.forEach(({ row, at, us }, i) => {
    coordinates.set(at, i * width)
    at.forEach((value, d) => {
      group.low[d] = Math.min(group.low[d]!, value)
      group.high[d] = Math.max(group.high[d]!, value)
    })
    const usual = median(us)!
    group.seconds[i] = usual / 1e6
    const base = fallback.estimate(row.call, row.hardware, row.options).latencyS
    group.ratios[i] = Math.log(group.seconds[i]! / base)
    group.noise[i] = Math.hypot(ONCE, deviation(us, (each) => Math.log(each / usual)) ?? 0)
  })
  group.points = new NearestPoints(coordinates, width)
  return group
}

/** Whether each dimension lies within the rows' own range. */
function covers({ low, high }: Group, at: Float64Array): boolean {
  return at.every((value, d) => value >= low[d]! - 1e-9 && value <= high[d]! + 1e-9)
}
