// Keeps estimates in order: more work never takes less time, but for the quantum of tiles and waves. Kernels
// that a library chooses badly make measured times fall as shapes grow; a correction learned from them does
// the same. On a lattice of powers of two, the mean of the running maximum from below and the running
// minimum from above grows with every dimension; between lattice points it is interpolated, and an estimate
// stays within QUANTUM of it.
//
// Only for estimates with cold caches. With warm ones, times do fall with size, where a larger working set
// is replayed in fewer copies.

/** What makes a family's queries comparable: dimensions that only add work as they grow. */
export interface Lattice<Query> {
  /** log2 of the smallest and the largest value of each dimension. */
  axes: readonly (readonly [low: number, high: number])[]
  /** The growing dimensions of a query. */
  dimensions(query: Query, out: Float64Array): void
  /** The query with other values of them. */
  withDimensions(query: Query, values: readonly number[]): Query
  /** Number of everything else in a query. */
  rest(query: Query): number
}

const QUANTUM_LOW = Math.log(0.88)
const QUANTUM_HIGH = Math.log(1.14)
/** Lattices that are kept; each belongs to one combination of the other dimensions. */
const KEPT = 256

/** Bounds of the estimates of one section on one device. */
export class Envelope<Query> {
  private readonly tables = new Map<number, Float64Array>()
  private readonly sizes: number[]
  private readonly strides: number[] = []
  private readonly values: Float64Array
  private readonly cell: Int32Array
  private readonly part: Float64Array
  private middle = 0

  constructor(
    private readonly lattice: Lattice<Query>,
    /** ln of the time of a query. */
    private readonly log: (query: Query) => number,
  ) {
    this.sizes = lattice.axes.map(([low, high]) => high - low + 1)
    let stride = 1
    for (const size of this.sizes) {
      this.strides.push(stride)
      stride *= size
    }
    this.values = new Float64Array(this.sizes.length)
    this.cell = new Int32Array(this.sizes.length)
    this.part = new Float64Array(this.sizes.length)
  }

  /**
   * Finds a query on the lattice, estimating the lattice first if it must; false beyond it.
   * {@link bound} then speaks about this query.
   */
  find(query: Query): boolean {
    const { lattice, sizes, values, cell, part } = this
    const table = this.tableFor(query)
    lattice.dimensions(query, values)
    for (let d = 0; d < sizes.length; d++) {
      const at = Math.log2(values[d]!) - lattice.axes[d]![0]
      if (!(at >= 0 && at <= sizes[d]! - 1)) return false
      cell[d] = Math.min(sizes[d]! - 2, Math.floor(at))
      part[d] = at - cell[d]!
    }
    this.middle = this.interpolate(table)
    return true
  }

  /** ln of the time of the query that was found, moved into bounds. */
  bound(log: number): number {
    return Math.min(this.middle + QUANTUM_HIGH, Math.max(this.middle + QUANTUM_LOW, log))
  }

  private interpolate(table: Float64Array): number {
    const { cell, part, strides } = this
    const corners = 1 << cell.length
    let sum = 0
    for (let corner = 0; corner < corners; corner++) {
      let weight = 1
      let at = 0
      for (let d = 0; d < cell.length; d++) {
        const upper = (corner >> d) & 1
        weight *= upper === 1 ? part[d]! : 1 - part[d]!
        at += (cell[d]! + upper) * strides[d]!
      }
      if (weight > 0) sum += weight * table[at]!
    }
    return sum
  }

  private tableFor(query: Query): Float64Array {
    const rest = this.lattice.rest(query)
    let table = this.tables.get(rest)
    if (table === undefined) {
      if (this.tables.size >= KEPT) this.tables.clear()
      table = this.tabulate(query)
      this.tables.set(rest, table)
    }
    return table
  }

  private tabulate(query: Query): Float64Array {
    const { lattice, sizes, strides } = this
    const count = sizes.reduce((a, b) => a * b, 1)
    const from = new Float64Array(count)
    const step = (at: number, d: number) => Math.floor(at / strides[d]!) % sizes[d]!
    for (let at = 0; at < count; at++) {
      const values = sizes.map((_, d) => 2 ** (lattice.axes[d]![0] + step(at, d)))
      from[at] = this.log(lattice.withDimensions(query, values))
    }
    const below = Float64Array.from(from)
    const above = Float64Array.from(from)
    for (let at = 0; at < count; at++) {
      for (let d = 0; d < sizes.length; d++) {
        if (step(at, d) > 0) below[at] = Math.max(below[at]!, below[at - strides[d]!]!)
      }
    }
    for (let at = count - 1; at >= 0; at--) {
      for (let d = 0; d < sizes.length; d++) {
        if (step(at, d) < sizes[d]! - 1) above[at] = Math.min(above[at]!, above[at + strides[d]!]!)
      }
    }
    return below.map((value, at) => (value + above[at]!) / 2)
  }
}
