// The Pareto front of three aims: points that no other is at least as good as in all of them and better
// in one.

/** What is weighed: latency and area are to be small, throughput large. */
export interface Aims {
  latencyS: number
  throughputPerS: number
  areaMm2: number
}

/**
 * The points that no other dominates, in the order given; of equal points the first.
 *
 * In order of latency, a point is on the front when none before it has as little area and as much
 * throughput. Those before it that matter form a staircase (more area, more throughput), so each point
 * costs a binary search.
 */
export function paretoFront<Point extends Aims>(points: readonly Point[]): Point[] {
  const order = points
    .map((_, index) => index)
    .sort((a, b) => compare(points[a]!, points[b]!) || a - b)
  const stairs: Point[] = []
  const front: number[] = []
  for (const index of order) {
    const point = points[index]!
    // The last stair with at most this area has the most throughput of those.
    let low = 0
    let high = stairs.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (stairs[middle]!.areaMm2 <= point.areaMm2) low = middle + 1
      else high = middle
    }
    if (low > 0 && stairs[low - 1]!.throughputPerS >= point.throughputPerS) continue
    front.push(index)
    let last = low
    while (last < stairs.length && stairs[last]!.throughputPerS <= point.throughputPerS) last++
    const first = low > 0 && stairs[low - 1]!.areaMm2 === point.areaMm2 ? low - 1 : low
    stairs.splice(first, last - first, point)
  }
  return front.sort((a, b) => a - b).map((index) => points[index]!)
}

function compare(a: Aims, b: Aims): number {
  return a.latencyS - b.latencyS || a.areaMm2 - b.areaMm2 || b.throughputPerS - a.throughputPerS
}
