// Keeps estimates in order: more work never takes less time, but for the quantum of tiles and waves. Kernels
// that a library chooses badly make measured times fall as shapes grow; a correction learned from them does
// the same. On a lattice of powers of two, the mean of the running maximum from below and the running
// minimum from above grows with every dimension; between lattice points it is interpolated, and an estimate
// stays within QUANTUM of it. Lattice points are estimated when a query first needs them: those of the lattice
// that are smaller or larger in every dimension than the corners around it.
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

/** What is known of a lattice point, as bits. */
const FREE = 1
const BELOW = 2
const ABOVE = 4
const BOTH = BELOW | ABOVE

/** The lattice of one combination of the other dimensions: ln of the time at its points. */
class Table<Query> {
  readonly known: Uint8Array
  /** As estimated. */
  readonly free: Float64Array
  /** Largest of the points that are smaller in every dimension, or the same. */
  readonly below: Float64Array
  /** Smallest of the points that are larger in every dimension, or the same. */
  readonly above: Float64Array

  constructor(
    points: number,
    /** Where the other dimensions stand. */
    readonly query: Query,
  ) {
    this.known = new Uint8Array(points)
    this.free = new Float64Array(points)
    this.below = new Float64Array(points)
    this.above = new Float64Array(points)
  }
}

/** Bounds of the estimates of one section on one device. */
export class Envelope<Query> {
  private readonly tables = new Map<number, Table<Query>>()
  private readonly sizes: number[]
  private readonly strides: number[] = []
  private readonly points: number
  /** Dimensions of a lattice point. */
  private readonly at: number[]
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
    this.points = stride
    this.at = this.sizes.map(() => 0)
    this.values = new Float64Array(this.sizes.length)
    this.cell = new Int32Array(this.sizes.length)
    this.part = new Float64Array(this.sizes.length)
  }

  /**
   * Finds a query on the lattice, estimating what it needs of the lattice first; false beyond it.
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

  private interpolate(table: Table<Query>): number {
    const { cell, part, strides } = this
    const { known, below, above } = table
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
      if (weight > 0) {
        if ((known[at]! & BOTH) !== BOTH) {
          this.below(table, at)
          this.above(table, at)
        }
        sum += weight * ((below[at]! + above[at]!) / 2)
      }
    }
    return sum
  }

  private tableFor(query: Query): Table<Query> {
    const rest = this.lattice.rest(query)
    let table = this.tables.get(rest)
    if (table === undefined) {
      if (this.tables.size >= KEPT) this.tables.clear()
      table = new Table(this.points, query)
      this.tables.set(rest, table)
    }
    return table
  }

  private below(table: Table<Query>, at: number): number {
    if ((table.known[at]! & BELOW) === 0) {
      let most = this.free(table, at)
      for (let d = 0; d < this.sizes.length; d++) {
        if (this.step(at, d) > 0) most = Math.max(most, this.below(table, at - this.strides[d]!))
      }
      table.below[at] = most
      table.known[at]! |= BELOW
    }
    return table.below[at]!
  }

  private above(table: Table<Query>, at: number): number {
    if ((table.known[at]! & ABOVE) === 0) {
      let least = this.free(table, at)
      for (let d = 0; d < this.sizes.length; d++) {
        const last = this.step(at, d) === this.sizes[d]! - 1
        if (!last) least = Math.min(least, this.above(table, at + this.strides[d]!))
      }
      table.above[at] = least
      table.known[at]! |= ABOVE
    }
    return table.above[at]!
  }

  private free(table: Table<Query>, at: number): number {
    if ((table.known[at]! & FREE) === 0) {
      const { lattice } = this
      for (let d = 0; d < this.sizes.length; d++) {
        this.at[d] = 2 ** (lattice.axes[d]![0] + this.step(at, d))
      }
      table.free[at] = this.log(lattice.withDimensions(table.query, this.at))
      table.known[at]! |= FREE
    }
    return table.free[at]!
  }

  /** Where a point stands along a dimension. */
  private step(at: number, d: number): number {
    return Math.floor(at / this.strides[d]!) % this.sizes[d]!
  }
}
