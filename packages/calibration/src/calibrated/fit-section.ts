// Fits a section: the core on each device, then trees on what the core leaves, then the spread and the
// offsets of single places. Its quality is measured on rows that were held out: whole sites, and points of
// known sites.

import { type FamilyName, familyOf } from './families/index.js'
import { featuresOf, valuesOf } from './family.js'
import { type FitOptions, fitDevices, leftByOthers } from './fit-devices.js'
import { CLIP, oddPlaces, offsets, withOffsets } from './fit-places.js'
import { type DeviceRows, type Table, tabulate } from './fit-table.js'
import type { ProfileSection } from './profile.js'
import { storeSpots } from './spots.js'
import { Trees } from './trees/ensemble.js'
import { type GrowOptions, growTrees } from './trees/grow.js'

const MIN_SITES = 6
/** Rows below which a core is fitted again and again to see how well it does without some of them. */
const FEW_ROWS = 300
/** How much further off other sites are where too few are known to say: the median of those with more. */
const UNKNOWN = 2
const FOLDS = 3

/** Fits a section to measured rows. */
export function fitSection(
  name: FamilyName,
  kind: string,
  source: string,
  data: readonly DeviceRows[],
  options: FitOptions = {},
): ProfileSection {
  const family = familyOf(name)
  const devices = fitDevices(family, `${kind}/${source}`, data, options)
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
  const pointLeft = helps ? points : rest
  const pointOffset = withOffsets(table, pointLeft)
  // Places that hold unlike rows have no offset to speak of; they are only known.
  const placesHelp = meanAbs(pointOffset) < meanAbs(pointLeft)
  const spots = offsets(table, placesHelp ? left : new Float64Array(table.rows), odd)
  const pointRest = placesHelp ? pointOffset : pointLeft
  // A new site has no offset, odd or not; where few rows made a core, it does not fit new ones as well.
  const few = !helps && table.rows < FEW_ROWS
  const siteLeft = few ? leftByOthers(family, `${kind}/${source}`, data, options) : rest
  const siteRest =
    bySite === null
      ? null
      : Float64Array.from(helps ? bySite : siteLeft, (v, r) => v + (odd.get(table.spot[r]!) ?? 0))
  return {
    family: name,
    kind,
    source,
    devices,
    features: featuresOf(family, data.length > 1),
    ...(family.values && { values: valuesOf(family) }),
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

/** Rows for each tree: few rows do not carry many trees. */
const ROWS_PER_TREE = 25

function growOptions(
  rows: number,
  { trees = 96, robust = false, seed = 1 }: FitOptions,
): GrowOptions | null {
  const count = Math.min(
    trees,
    Math.max(24, Math.floor(rows / ROWS_PER_TREE)),
    Math.floor(rows / 3),
  )
  if (rows < 48 || count < 1) return null
  return {
    trees: count,
    leaves: 64,
    // More trees take smaller steps.
    rate: count > 96 ? 0.15 : 0.22,
    minRows: Math.max(4, Math.min(8, Math.floor(rows / 100))),
    featureShare: 0.6,
    rowShare: 0.8,
    shrink: 2,
    robust,
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
  const unseen: [number, number] =
    sites === null ? [UNKNOWN * seen[0], UNKNOWN * seen[1]] : bounds(sites)
  return { trees, seen, unseen }
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

/** A number that spreads evenly over the folds. */
function mix(value: number): number {
  let hash = Math.imul(value | 0, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
