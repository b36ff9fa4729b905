// Fits a section: the core on each device, then trees on what the core leaves, then the spread and the
// offsets of single places. Its quality is measured on rows that were held out: whole sites, and points of
// known sites.

import { type FamilyName, familyOf } from './families/index.js'
import { type Family, noTime, type Parameters } from './family.js'
import { fitCore } from './fit-core.js'
import type { ProfileSection } from './profile.js'
import { spotNumber } from './section.js'
import { storeSpots } from './spots.js'
import type { Traits } from './traits.js'
import { Trees } from './trees/ensemble.js'
import { type GrowOptions, growTrees } from './trees/grow.js'
import { seededRandom } from './trees/random.js'

/** Measured rows of a section on one device. */
export interface DeviceRows {
  device: Traits
  queries: readonly unknown[]
  us: ArrayLike<number>
}

/** How {@link fitSection} fits. */
export interface FitOptions {
  /** Rows that a core is fitted on, at most. */
  sample?: number
  /** Parameters that cores start from and are pulled to, by device name. */
  start?: (device: string) => Parameters | undefined
  /** Weight of the pull to the start. */
  pull?: number
  /** Trees, at most. */
  trees?: number
  /** Parameters that keep their start. */
  fixed?: readonly string[]
  seed?: number
}

// A place whose rows are all this far from the core is not the kernel that the core describes: a fall-back,
// or a tuner's bad choice. Trees must not learn it, or they spread it to places like it.
const ODD = 0.4
const ODD_ROWS = 4
/** Rest of ln(time) beyond which a row counts as an outlier, unless one in thirty is that far off. */
const CLIP = 0.6
const MIN_SITES = 6
/** Rows that a place needs to be known. */
const MIN_SPOT_ROWS = 4
const FOLDS = 3
/** Rows per site that pull its offset half-way. */
const OFFSET_ROWS = 4

interface Table {
  rows: number
  width: number
  matrix: Float64Array
  /** ln(measured). */
  target: Float64Array
  /** ln(core). */
  core: Float64Array
  site: Float64Array
  spot: Float64Array
}

/** Fits a section to measured rows. */
export function fitSection(
  name: FamilyName,
  kind: string,
  source: string,
  data: readonly DeviceRows[],
  options: FitOptions = {},
): ProfileSection {
  const family = familyOf(name)
  const devices = data.map((rows) => ({
    name: rows.device.spec.name,
    parameters: fitDevice(family, `${kind}/${source}`, rows, options),
    rows: rows.queries.length,
  }))
  const table = tabulate(family, `${kind}/${source}`, data, devices)
  const grow = growOptions(table.rows, options)
  const raw = Float64Array.from(table.target, (y, r) => y - table.core[r]!)
  const sites = new Set(table.site).size
  const siteOf = (r: number) => mix(table.site[r]!)
  const odd =
    name === 'moe' && sites >= MIN_SITES
      ? oddPlaces(table, raw, outOfFold(table, raw, grow, siteOf))
      : new Map<number, number>()
  const rest = Float64Array.from(raw, (v, r) => v - (odd.get(table.spot[r]!) ?? 0))
  const points = outOfFold(table, rest, grow, (r) => mix(r * 7919 + 1))
  const bySite = sites >= MIN_SITES ? outOfFold(table, rest, grow, siteOf) : null
  // Trees stay only where they help on rows that they have not seen.
  const helps =
    meanAbs(bySite ?? points) < 0.97 * meanAbs(rest) || meanAbs(points) < 0.9 * meanAbs(rest)
  const stored =
    helps && grow !== null ? growTrees(table.matrix, table.width, clipped(rest), grow) : null
  const left = helps ? leftover(table, rest, stored) : rest
  const spots = offsets(table, left, odd)
  const pointRest = withOffsets(table, helps ? points : rest)
  // A new site has no offset, odd or not.
  const siteRest =
    bySite === null
      ? null
      : Float64Array.from(helps ? bySite : rest, (v, r) => v + (odd.get(table.spot[r]!) ?? 0))
  return {
    family: name,
    kind,
    source,
    devices,
    trees: stored,
    spread: spreadOf(table, pointRest, siteRest, grow),
    spots: storeSpots(spots),
    fit: {
      rows: table.rows,
      sites,
      core: errorsOf(Float64Array.from(table.target, (y, r) => y - table.core[r]!)),
      newPoints: errorsOf(pointRest),
      newSites: siteRest === null ? null : errorsOf(siteRest),
    },
  }
}

function fitDevice(
  family: Family<unknown>,
  kind: string,
  { device, queries, us }: DeviceRows,
  options: FitOptions,
): Parameters {
  const random = seededRandom(options.seed ?? 1)
  const sample = options.sample ?? 1500
  const picked: number[] = []
  for (let i = 0; i < queries.length; i++) {
    if (random() * queries.length < sample) picked.push(i)
  }
  const start = options.start?.(device.spec.name)
  return fitCore(
    family,
    device,
    kind,
    {
      queries: picked.map((i) => queries[i]),
      logUs: Float64Array.from(picked, (i) => Math.log(us[i]!)),
    },
    {
      ...(start && { start }),
      ...(options.pull !== undefined && { pull: options.pull }),
      ...(options.fixed && { fixed: options.fixed }),
    },
  )
}

function tabulate(
  family: Family<unknown>,
  kind: string,
  data: readonly DeviceRows[],
  devices: readonly { parameters: Parameters }[],
): Table {
  const rows = data.reduce((sum, { queries }) => sum + queries.length, 0)
  const width = family.width + (data.length > 1 ? 1 : 0)
  const table: Table = {
    rows,
    width,
    matrix: new Float64Array(rows * width),
    target: new Float64Array(rows),
    core: new Float64Array(rows),
    site: new Float64Array(rows),
    spot: new Float64Array(rows),
  }
  const time = noTime()
  const x = new Float64Array(family.width)
  let r = 0
  data.forEach(({ device, queries, us }, d) => {
    const core = family.core(device, kind, devices[d]!.parameters)
    queries.forEach((query, i) => {
      core.time(query, time)
      core.features(query, time, x)
      table.matrix.set(x, r * width)
      if (data.length > 1) table.matrix[r * width + width - 1] = d
      table.target[r] = Math.log(us[i]!)
      table.core[r] = Math.log(time.total)
      table.site[r] = family.site(query)
      table.spot[r] = spotNumber(family.spot(query), d)
      r++
    })
  })
  return table
}

/**
 * Places whose rows are all far from the core in a way that trees grown on the other sites do not foresee,
 * and how far.
 */
function oddPlaces(
  { rows, spot }: Table,
  raw: Float64Array,
  left: Float64Array,
): Map<number, number> {
  const groups = new Map<number, { raw: number[]; left: number[] }>()
  for (let r = 0; r < rows; r++) {
    let group = groups.get(spot[r]!)
    if (group === undefined) {
      group = { raw: [], left: [] }
      groups.set(spot[r]!, group)
    }
    group.raw.push(raw[r]!)
    group.left.push(left[r]!)
  }
  const odd = new Map<number, number>()
  if (groups.size < 20) return odd
  for (const [place, group] of groups) {
    const middle = median(group.raw)
    if (group.raw.length < ODD_ROWS || Math.abs(middle) < ODD) continue
    if (Math.abs(median(group.left)) > ODD) odd.set(place, middle)
  }
  // Where odd is the rule, it is the core that is off, and trees may learn it.
  return odd.size > groups.size / 4 ? new Map() : odd
}

function growOptions(rows: number, { trees = 96, seed = 1 }: FitOptions): GrowOptions | null {
  const count = Math.min(trees, Math.floor(rows / 3))
  if (rows < 48 || count < 1) return null
  return {
    trees: count,
    leaves: 64,
    rate: 0.22,
    minRows: Math.max(4, Math.min(8, Math.floor(rows / 100))),
    featureShare: 0.6,
    rowShare: 0.8,
    shrink: 2,
    seed,
  }
}

function clipped(rest: Float64Array): Float64Array {
  const sizes = rest.map(Math.abs).sort()
  const clip = Math.max(CLIP, sizes[Math.floor(0.97 * sizes.length)] ?? 0)
  return rest.map((v) => Math.max(-clip, Math.min(clip, v)))
}

/** What trees that have not seen a row leave of it. */
function outOfFold(
  table: Table,
  rest: Float64Array,
  grow: GrowOptions | null,
  keyOf: (row: number) => number,
): Float64Array {
  const { rows, width, matrix } = table
  const left = Float64Array.from(rest)
  if (grow === null) return left
  const target = clipped(rest)
  for (let fold = 0; fold < FOLDS; fold++) {
    const inside: number[] = []
    const outside: number[] = []
    for (let r = 0; r < rows; r++) (keyOf(r) % FOLDS === fold ? outside : inside).push(r)
    if (inside.length < 20 || outside.length === 0) continue
    const part = new Float64Array(inside.length * width)
    inside.forEach((r, i) => {
      part.set(matrix.subarray(r * width, (r + 1) * width), i * width)
    })
    const trees = Trees.read(
      growTrees(
        part,
        width,
        Float64Array.from(inside, (r) => target[r]!),
        grow,
      ),
    )
    for (const r of outside)
      left[r] = rest[r]! - trees.predict(matrix.subarray(r * width, (r + 1) * width))
  }
  return left
}

function leftover(
  { rows, width, matrix }: Table,
  rest: Float64Array,
  stored: ProfileSection['trees'],
): Float64Array {
  if (stored === null) return rest
  const trees = Trees.read(stored)
  const left = new Float64Array(rows)
  for (let r = 0; r < rows; r++) {
    left[r] = rest[r]! - trees.predict(matrix.subarray(r * width, (r + 1) * width))
  }
  return left
}

/** The offset of each place: the mean of what is left of its rows, pulled to zero where they are few. */
function offsets(
  table: Table,
  left: Float64Array,
  odd: ReadonlyMap<number, number>,
): Map<number, number> {
  const sums = new Map<number, [sum: number, count: number]>()
  for (let r = 0; r < table.rows; r++) {
    const value = Math.max(-CLIP, Math.min(CLIP, left[r]!))
    const sum = sums.get(table.spot[r]!)
    if (sum === undefined) sums.set(table.spot[r]!, [value, 1])
    else {
      sum[0] += value
      sum[1]++
    }
  }
  const found = new Map<number, number>()
  for (const [place, [sum, count]] of sums) {
    if (count < MIN_SPOT_ROWS) continue
    found.set(place, sum / (count + OFFSET_ROWS) + (odd.get(place) ?? 0))
  }
  return found
}

/** What offsets leave, each taken from the place's other rows. */
function withOffsets(table: Table, left: Float64Array): Float64Array {
  const sums = new Map<number, [sum: number, count: number]>()
  const value = (r: number) => Math.max(-CLIP, Math.min(CLIP, left[r]!))
  for (let r = 0; r < table.rows; r++) {
    const sum = sums.get(table.spot[r]!)
    if (sum === undefined) sums.set(table.spot[r]!, [value(r), 1])
    else {
      sum[0] += value(r)
      sum[1]++
    }
  }
  return left.map((v, r) => {
    const [sum, count] = sums.get(table.spot[r]!)!
    return v - (sum - value(r)) / (count - 1 + OFFSET_ROWS)
  })
}

/** How far off estimates are: a typical error by features, and p10 and p90 in typical errors. */
function spreadOf(
  table: Table,
  points: Float64Array,
  sites: Float64Array | null,
  grow: GrowOptions | null,
): ProfileSection['spread'] {
  const { rows, width, matrix } = table
  const size = new Float64Array(rows)
  for (let r = 0; r < rows; r++) {
    const both =
      sites === null ? Math.abs(points[r]!) : (Math.abs(points[r]!) + Math.abs(sites[r]!)) / 2
    size[r] = Math.log(Math.max(0.002, both))
  }
  const trees =
    grow === null || rows < 300
      ? null
      : growTrees(matrix, width, size, {
          ...grow,
          trees: 20,
          leaves: 16,
          rate: 0.2,
          minRows: Math.max(20, Math.floor(rows / 200)),
          shrink: 10,
        })
  const scale = new Float64Array(rows).fill(1)
  if (trees !== null) {
    const read = Trees.read(trees)
    for (let r = 0; r < rows; r++) {
      scale[r] = Math.exp(read.predict(matrix.subarray(r * width, (r + 1) * width)))
    }
  }
  const bounds = (rest: Float64Array): [number, number] => {
    const sorted = rest.map((v, r) => v / scale[r]!).sort()
    const at = (p: number) => sorted[Math.min(rows - 1, Math.floor(p * rows))] ?? 0
    return [Number(at(0.1).toPrecision(4)), Number(at(0.9).toPrecision(4))]
  }
  const seen = bounds(points)
  return { trees, seen, unseen: sites === null ? seen : bounds(sites) }
}

/** Errors of predictions whose ln is off by `-rest`. */
export function errorsOf(rest: Float64Array): ProfileSection['fit']['core'] {
  const errors = rest.map((v) => Math.expm1(-v)).sort()
  const sizes = errors.map(Math.abs).sort()
  const at = (sorted: Float64Array, p: number) =>
    Number((sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? 0).toPrecision(3))
  const mean = sizes.reduce((a, b) => a + b, 0) / Math.max(1, sizes.length)
  return {
    mape: Number(mean.toPrecision(3)),
    median: at(sizes, 0.5),
    p90: at(sizes, 0.9),
    bias: at(errors, 0.5),
  }
}

function meanAbs(values: Float64Array): number {
  return values.reduce((sum, v) => sum + Math.min(1, Math.abs(v)), 0) / Math.max(1, values.length)
}

function median(values: number[]): number {
  const sorted = values.sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? 0
}

/** A number that spreads evenly over the folds. */
function mix(value: number): number {
  let hash = Math.imul(value | 0, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
