// Kernel times of ReaLLM's `llmcompass` method: a library of measured or simulated shapes for each
// kind of kernel, and interpolation between them.
//
// Format, one file for a kind: header `B, M, K, N, latency` for matmul, `M, N, latency` for others;
// seconds; of equal shapes the last counts. A shape in the library has its latency. For any other,
//   1. the first row that differs from it in the fewest dimensions says which dimensions are fixed;
//   2. of the rows that agree in those, the five nearest by sum of differences are kept (at least
//      two; else the nearest row of all answers);
//   3. one dimension varies: a straight line between the neighbours, or on from the last two;
//      two: the plane of the Delaunay triangle that it lies in, or the nearest row outside of all;
//      more: the nearest row;
//   4. 10 µs are added for a matmul, 3 µs for others, as for a launch.
// Where the kept rows of a plane lie on one line, the original ends with an exception (QhullError);
// here the nearest row answers, and `flat` counts how often.
import { CsvTable } from '../../csv.js'
import { ServingError } from '../../errors.js'
import type { ReallmKernelCounts, ReallmKernelKind } from './kernel-roofline.js'

const MATMUL_OVERHEAD_S = 1e-5
const OTHER_OVERHEAD_S = 0.3e-5
const NEIGHBOURS = 5

interface Row {
  shape: number[]
  latencyS: number
}

/** The library of one kind of kernel. */
export class KernelLibrary {
  /** Look-ups whose neighbours lay on one line. */
  flat = 0
  private readonly exact = new Map<string, number>()
  private readonly rows: Row[]

  private constructor(
    rows: readonly Row[],
    private readonly overheadS: number,
  ) {
    // Of equal shapes the last row stays, in its place.
    const last = new Map(rows.map((row) => [row.shape.join(), row]))
    this.rows = rows.filter((row) => last.get(row.shape.join()) === row)
    for (const { shape, latencyS } of this.rows) this.exact.set(shape.join(), latencyS)
  }

  /**
   * Reads a `…_latency.csv`.
   * @param source name of the input, for errors
   * @throws ServingError `invalid_profile` if it has no rows
   */
  static parse(text: string, source: string, kind: ReallmKernelKind): KernelLibrary {
    const table = CsvTable.parse(text, source)
    const dimensions = table.columns.slice(0, -1)
    const rows = Array.from({ length: table.length }, (_, row) => ({
      shape: dimensions.map((name) => table.number(row, name)),
      latencyS: table.number(row, 'latency'),
    }))
    if (rows.length === 0) {
      throw new ServingError('invalid_profile', 'the library has no rows', { source })
    }
    return new KernelLibrary(rows, kind === 'matmul' ? MATMUL_OVERHEAD_S : OTHER_OVERHEAD_S)
  }

  /** Seconds of a kernel: (M, K, N) or (B, M, K, N) of a matmul, (M, N) or (A, B, N) of others. */
  seconds(given: readonly number[]): number {
    const query = this.normalise(given)
    const known = this.exact.get(query.join())
    return known ?? this.interpolate(query) + this.overheadS
  }

  private normalise(shape: readonly number[]): number[] {
    const dimensions = this.rows[0]!.shape.length
    if (dimensions === 4) return shape.length === 4 ? [...shape] : [1, ...shape]
    return shape.length === 3 ? [shape[0]! * shape[1]!, shape[2]!] : [...shape]
  }

  private interpolate(query: readonly number[]): number {
    const kept = this.neighbours(query)
    if (kept === null) return nearest(this.rows, query).latencyS
    const varying = query.flatMap((_, i) =>
      kept.some((row) => row.shape[i] !== kept[0]!.shape[i]) ? [i] : [],
    )
    if (varying.length === 1) return onLine(kept, varying[0]!, query[varying[0]!]!)
    if (varying.length === 2 && kept.length >= 3) {
      const [a, b] = varying as [number, number]
      const points = kept.map(({ shape, latencyS }) => ({
        x: shape[a]!,
        y: shape[b]!,
        z: latencyS,
      }))
      const value = onPlane(points, query[a]!, query[b]!)
      if (value === 'flat') this.flat++
      return typeof value === 'number' ? value : nearestPoint(points, query[a]!, query[b]!)
    }
    return kept[0]!.latencyS
  }

  /** The rows to interpolate between, nearest first; null if there are fewer than two. */
  private neighbours(query: readonly number[]): Row[] | null {
    const differing = ({ shape }: Row) =>
      query.reduce((sum, size, i) => sum + (size === shape[i] ? 0 : 1), 0)
    let best = this.rows[0]!
    let fewest = differing(best)
    for (const row of this.rows) {
      const count = differing(row)
      if (count < fewest) {
        best = row
        fewest = count
      }
    }
    const fixed = query.flatMap((size, i) => (size === best.shape[i] ? [i] : []))
    const agreeing = this.rows.filter(({ shape }) => fixed.every((i) => shape[i] === query[i]))
    if (agreeing.length < 2) return null
    const distance = ({ shape }: Row) =>
      query.reduce((sum, size, i) => sum + Math.abs(size - shape[i]!), 0)
    return agreeing.sort((a, b) => distance(a) - distance(b)).slice(0, NEIGHBOURS)
  }
}

/** Libraries by kind of kernel. */
export type KernelLibraries = Record<ReallmKernelKind, KernelLibrary>

/** Seconds of all kernels of a step. */
export function librarySeconds(libraries: KernelLibraries, kernels: ReallmKernelCounts): number {
  let seconds = 0
  for (const kind of Object.keys(kernels) as ReallmKernelKind[]) {
    let ofKind = 0
    for (const [shape, count] of kernels[kind]) ofKind += libraries[kind].seconds(shape) * count
    seconds += ofKind
  }
  return seconds
}

function nearest(rows: readonly Row[], query: readonly number[]): Row {
  const square = ({ shape }: Row) =>
    query.reduce((sum, size, i) => sum + (size - shape[i]!) ** 2, 0)
  return rows.reduce((best, row) => (square(row) < square(best) ? row : best))
}

/** scipy's `interp1d` with extrapolation. */
function onLine(rows: readonly Row[], dimension: number, x: number): number {
  const sorted = [...rows].sort((a, b) => a.shape[dimension]! - b.shape[dimension]!)
  let high = sorted.findIndex(({ shape }) => shape[dimension]! >= x)
  if (high < 0) high = sorted.length - 1
  high = Math.max(1, high)
  const below = sorted[high - 1]!
  const above = sorted[high]!
  const slope =
    (above.latencyS - below.latencyS) / (above.shape[dimension]! - below.shape[dimension]!)
  return slope * (x - below.shape[dimension]!) + below.latencyS
}

interface Point {
  x: number
  y: number
  z: number
}

function nearestPoint(points: readonly Point[], x: number, y: number): number {
  const square = (point: Point) => (point.x - x) ** 2 + (point.y - y) ** 2
  return points.reduce((best, point) => (square(point) < square(best) ? point : best)).z
}

/**
 * The height over (x, y) of the Delaunay triangle around it: one whose circumcircle has no other
 * point inside. `flat` if all points are on a line, null outside of all triangles.
 */
function onPlane(points: readonly Point[], x: number, y: number): number | 'flat' | null {
  let flat = true
  for (let i = 0; i < points.length; i++) {
    for (let j = i + 1; j < points.length; j++) {
      for (let k = j + 1; k < points.length; k++) {
        const a = points[i]!
        const b = points[j]!
        const c = points[k]!
        const area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y)
        if (area === 0) continue
        flat = false
        if (points.some((point) => inCircumcircle(a, b, c, point, area))) continue
        const u = ((b.x - x) * (c.y - y) - (c.x - x) * (b.y - y)) / area
        const v = ((c.x - x) * (a.y - y) - (a.x - x) * (c.y - y)) / area
        const w = 1 - u - v
        const tolerance = -1e-12
        if (u < tolerance || v < tolerance || w < tolerance) continue
        return u * a.z + v * b.z + w * c.z
      }
    }
  }
  return flat ? 'flat' : null
}

function inCircumcircle(a: Point, b: Point, c: Point, p: Point, area: number): boolean {
  if (p === a || p === b || p === c) return false
  const row = (q: Point) => [q.x - p.x, q.y - p.y, (q.x - p.x) ** 2 + (q.y - p.y) ** 2] as const
  const [ax, ay, as] = row(a)
  const [bx, by, bs] = row(b)
  const [cx, cy, cs] = row(c)
  const determinant = ax * (by * cs - bs * cy) - ay * (bx * cs - bs * cx) + as * (bx * cy - by * cx)
  return determinant * Math.sign(area) > 0
}
