// Measured values over several axes, with exactly the measured value at each measured point.
//
// The points need not form a grid: below each value of an axis, the next axis has the values that were measured
// there. Between values it is interpolated linearly, beyond the last on the line through the last two; below the
// first the first holds.

interface Node {
  /** Ascending. */
  xs: Float64Array
  /** Of the last axis: the values. Of the others: the nodes below. */
  values: Float64Array | null
  nodes: Node[]
}

/** A function of as many numbers as a point has axes. */
export class NestedTable {
  readonly #root: Node

  /** @param rows - axes in order, then the value; at least one row */
  constructor(rows: readonly (readonly number[])[]) {
    this.#root = nodeOf(rows, 0)
  }

  /** The value at a point. */
  at(...point: number[]): number {
    return lookUp(this.#root, point, 0)
  }
}

function nodeOf(rows: readonly (readonly number[])[], axis: number): Node {
  const byX = new Map<number, (readonly number[])[]>()
  for (const row of rows) {
    const same = byX.get(row[axis]!)
    if (same === undefined) byX.set(row[axis]!, [row])
    else same.push(row)
  }
  const xs = Float64Array.from(byX.keys()).sort()
  const isLast = axis === rows[0]!.length - 2
  const below = Array.from(xs, (x) => byX.get(x)!)
  return {
    xs,
    // The same point twice: the later measurement.
    values: isLast ? Float64Array.from(below, (same) => same.at(-1)!.at(-1)!) : null,
    nodes: isLast ? [] : below.map((same) => nodeOf(same, axis + 1)),
  }
}

function lookUp({ xs, values, nodes }: Node, point: readonly number[], axis: number): number {
  const x = point[axis]!
  let low = 0
  let high = xs.length - 1
  const valueAt = (i: number) => (values === null ? lookUp(nodes[i]!, point, axis + 1) : values[i]!)
  if (x <= xs[0]! || high === 0) return valueAt(0)
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (xs[middle]! <= x) low = middle
    else high = middle
  }
  if (x === xs[low]) return valueAt(low)
  if (x === xs[high]) return valueAt(high)
  const left = valueAt(low)
  const right = valueAt(high)
  return left + ((x - xs[low]!) / (xs[high]! - xs[low]!)) * (right - left)
}
