// Nearest points of a fixed set: a k-d tree over flat coordinates.

/** A point of the set and its squared distance. */
export interface Neighbour {
  index: number
  squared: number
}

/** Points that can be asked for the nearest ones. */
export class NearestPoints {
  private readonly order: Int32Array

  /** @param coordinates point after point, `width` numbers each */
  constructor(
    private readonly coordinates: Float64Array,
    private readonly width: number,
  ) {
    this.order = Int32Array.from(
      { length: width === 0 ? 0 : coordinates.length / width },
      (_, i) => i,
    )
    this.arrange(0, this.order.length, 0)
  }

  /** At most `count` points within `radius`, nearest first. */
  near(point: Float64Array, count: number, radius: number): Neighbour[] {
    const found: Neighbour[] = []
    let limit = radius * radius
    const visit = (from: number, to: number, axis: number): void => {
      if (from >= to) return
      const middle = (from + to) >> 1
      const index = this.order[middle]!
      let squared = 0
      for (let d = 0; d < this.width; d++) {
        const gap = point[d]! - this.coordinates[index * this.width + d]!
        squared += gap * gap
      }
      if (squared <= limit) {
        let at = found.length
        while (at > 0 && isBefore(squared, index, found[at - 1]!)) at--
        found.splice(at, 0, { index, squared })
        if (found.length > count) found.pop()
        if (found.length === count) limit = Math.min(limit, found[count - 1]!.squared)
      }
      const gap = point[axis]! - this.coordinates[index * this.width + axis]!
      const next = (axis + 1) % this.width
      if (gap <= 0) visit(from, middle, next)
      else visit(middle + 1, to, next)
      if (gap * gap > limit) return
      if (gap <= 0) visit(middle + 1, to, next)
      else visit(from, middle, next)
    }
    visit(0, this.order.length, 0)
    return found
  }

  private arrange(from: number, to: number, axis: number): void {
    if (to - from < 2) return
    const { order, coordinates, width } = this
    order
      .subarray(from, to)
      .sort((a, b) => coordinates[a * width + axis]! - coordinates[b * width + axis]! || a - b)
    const middle = (from + to) >> 1
    const next = (axis + 1) % width
    this.arrange(from, middle, next)
    this.arrange(middle + 1, to, next)
  }
}

function isBefore(squared: number, index: number, other: Neighbour): boolean {
  return squared < other.squared || (squared === other.squared && index < other.index)
}
