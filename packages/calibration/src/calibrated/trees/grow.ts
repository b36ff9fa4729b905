// Gradient boosting of regression trees for the squared error (Friedman, "Greedy function approximation",
// Annals of Statistics 29(5), 2001), with histograms of binned features and leaf-wise growth (Ke et al.,
// "LightGBM", NeurIPS 2017). A node's right histogram is its parent's less its left.
import {
  DEPTH,
  fixed,
  type GrownTree,
  leafSteps,
  MAX_CUTS,
  type StoredTrees,
  storeTrees,
} from './ensemble.js'
import { seededRandom } from './random.js'

/** How trees are grown. */
export interface GrowOptions {
  trees: number
  leaves: number
  /** Share of each tree's values that is added. */
  rate: number
  /** Fewest rows of a leaf. */
  minRows: number
  /** Share of the features that a tree may use. */
  featureShare: number
  /** Share of the rows that a tree sees. */
  rowShare: number
  /** Added to a leaf's row count when its value is taken: pulls small leaves to zero. */
  shrink: number
  /** Whether the rows that are furthest off pull no more than most: for the mean error instead of its square. */
  robust?: boolean
  seed: number
}

const BINS = Math.min(80, MAX_CUTS)

interface Leaf {
  rows: Int32Array
  sums: Float64Array
  counts: Int32Array
  gain: number
  feature: number
  bin: number
  sum: number
  node: Node
  depth: number
}

interface Node {
  feature: number
  bin: number
  value: number
  left?: Node
  right?: Node
}

/** Feature values of all rows, binned once. */
class Binned {
  readonly cuts: number[][] = []
  readonly bins: Uint8Array
  constructor(
    readonly rows: number,
    readonly width: number,
    matrix: Float64Array,
  ) {
    this.bins = new Uint8Array(rows * width)
    const column = new Int32Array(rows)
    for (let f = 0; f < width; f++) {
      for (let r = 0; r < rows; r++) column[r] = fixed(matrix[r * width + f]!)
      const cuts = cutsOf(column)
      this.cuts.push(cuts)
      for (let r = 0; r < rows; r++) this.bins[r * width + f] = binOf(cuts, column[r]!)
    }
  }
}

/** Cuts between neighbouring values, at most BINS - 1 of them, by equal counts of rows. */
function cutsOf(column: Int32Array): number[] {
  const sorted = Int32Array.from(column).sort()
  const distinct = uniqueAscending([...sorted])
  if (distinct.length <= BINS) {
    return distinct.slice(1).map((v, i) => Math.floor((distinct[i]! + v) / 2))
  }
  const cuts: number[] = []
  for (let b = 1; b < BINS; b++) {
    const at = Math.floor((b * sorted.length) / BINS)
    cuts.push(Math.floor((sorted[at - 1]! + sorted[at]!) / 2))
  }
  return uniqueAscending(cuts)
}

function uniqueAscending(values: number[]): number[] {
  return values.filter((v, i) => i === 0 || v > values[i - 1]!)
}

/** Number of cuts below the value: `value <= cuts[bin]` for the first such bin. */
function binOf(cuts: number[], value: number): number {
  let low = 0
  let high = cuts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (value <= cuts[middle]!) high = middle
    else low = middle + 1
  }
  return low
}

/**
 * Grows trees that predict `target` from the rows of `matrix` (`width` features a row). `weight`
 * counts a row that often.
 */
export function growTrees(
  matrix: Float64Array,
  width: number,
  target: Float64Array,
  options: GrowOptions,
): StoredTrees {
  const rows = target.length
  const data = new Binned(rows, width, matrix)
  const random = seededRandom(options.seed)
  const base = Number((target.reduce((a, b) => a + b, 0) / Math.max(1, rows)).toPrecision(6))
  const steps = leafSteps(width)
  const rest = Float64Array.from(target, (t) => t - base)
  const trees: GrownTree[] = []
  for (let t = 0; t < options.trees; t++) {
    const features = sample(width, options.featureShare, random)
    const seen = sample(rows, options.rowShare, random)
    const root = growTree(
      data,
      options.robust === true ? withoutOdd(rest) : rest,
      seen,
      features,
      options,
    )
    if (root.feature < 0) break
    // Rounded before the next tree is grown, which then mends what rounding did.
    const step = rounded(root, steps)
    for (let r = 0; r < rows; r++) rest[r]! -= leafValue(root, data, r)
    trees.push(preorder(root, step))
  }
  return storeTrees(base, data.cuts, trees)
}

/** Share of the rows that pull a tree by all that they are off; the others pull as much as the last of these. */
const PULLING = 0.9

/**
 * What is left of the rows, the few that are furthest off no further than most: Huber's loss with a width that follows
 * what is left (Friedman 2001, section 4.4).
 */
function withoutOdd(rest: Float64Array): Float64Array {
  const most = rest.map(Math.abs).sort()[Math.floor(PULLING * rest.length)] ?? 0
  return rest.map((value) => Math.max(-most, Math.min(most, value)))
}

function sample(count: number, share: number, random: () => number): Int32Array {
  if (share >= 1) return Int32Array.from({ length: count }, (_, i) => i)
  const picked: number[] = []
  for (let i = 0; i < count; i++) if (random() < share) picked.push(i)
  if (picked.length === 0 && count > 0) picked.push(Math.floor(random() * count))
  return Int32Array.from(picked)
}

function growTree(
  data: Binned,
  rest: Float64Array,
  rows: Int32Array,
  features: Int32Array,
  options: GrowOptions,
): Node {
  const root: Node = { feature: -1, bin: 0, value: 0 }
  const leaves = [leafOf(data, rest, rows, features, root, 0)]
  findSplit(leaves[0]!, features, data, options)
  for (let count = 1; count < options.leaves; count++) {
    let best = leaves[0]!
    for (const leaf of leaves) if (leaf.gain > best.gain) best = leaf
    if (!(best.gain > 1e-12)) break
    const [left, right] = split(best, data, rest, features)
    leaves[leaves.indexOf(best)] = left
    leaves.push(right)
    findSplit(left, features, data, options)
    findSplit(right, features, data, options)
  }
  for (const leaf of leaves) {
    leaf.node.value = (options.rate * leaf.sum) / (leaf.rows.length + options.shrink)
  }
  return root
}

function leafOf(
  data: Binned,
  rest: Float64Array,
  rows: Int32Array,
  features: Int32Array,
  node: Node,
  depth: number,
): Leaf {
  const { bins, width } = data
  const sums = new Float64Array(features.length * 256)
  const counts = new Int32Array(features.length * 256)
  let sum = 0
  for (const r of rows) {
    const g = rest[r]!
    const at = r * width
    sum += g
    for (let i = 0; i < features.length; i++) {
      const slot = (i << 8) + bins[at + features[i]!]!
      sums[slot]! += g
      counts[slot]!++
    }
  }
  return { rows, sums, counts, gain: 0, feature: -1, bin: 0, sum, node, depth }
}

function findSplit(leaf: Leaf, features: Int32Array, data: Binned, options: GrowOptions): void {
  const total = leaf.rows.length
  const { minRows, shrink } = options
  leaf.gain = 0
  if (total < 2 * minRows || leaf.depth >= DEPTH) return
  const whole = (leaf.sum * leaf.sum) / (total + shrink)
  for (let i = 0; i < features.length; i++) {
    let sum = 0
    let count = 0
    const end = data.cuts[features[i]!]!.length
    for (let bin = 0; bin < end; bin++) {
      const slot = (i << 8) + bin
      const here = leaf.counts[slot]!
      if (here === 0) continue
      sum += leaf.sums[slot]!
      count += here
      const other = total - count
      if (other < minRows) break
      if (count < minRows) continue
      const otherSum = leaf.sum - sum
      const gain = (sum * sum) / (count + shrink) + (otherSum * otherSum) / (other + shrink) - whole
      if (gain > leaf.gain) {
        leaf.gain = gain
        leaf.feature = i
        leaf.bin = bin
      }
    }
  }
}

function split(leaf: Leaf, data: Binned, rest: Float64Array, features: Int32Array): [Leaf, Leaf] {
  const { bins, width } = data
  const feature = features[leaf.feature]!
  const lower = new Int32Array(leaf.rows.length)
  const upper = new Int32Array(leaf.rows.length)
  let low = 0
  let high = 0
  for (const r of leaf.rows) {
    if (bins[r * width + feature]! <= leaf.bin) lower[low++] = r
    else upper[high++] = r
  }
  const { node } = leaf
  node.feature = feature
  node.bin = leaf.bin
  node.left = { feature: -1, bin: 0, value: 0 }
  node.right = { feature: -1, bin: 0, value: 0 }
  const small = low <= high
  const counted = leafOf(
    data,
    rest,
    small ? lower.slice(0, low) : upper.slice(0, high),
    features,
    small ? node.left : node.right,
    leaf.depth + 1,
  )
  const { sums, counts } = leaf
  for (let i = 0; i < sums.length; i++) {
    sums[i]! -= counted.sums[i]!
    counts[i]! -= counted.counts[i]!
  }
  const other: Leaf = {
    rows: small ? upper.slice(0, high) : lower.slice(0, low),
    sums,
    counts,
    gain: 0,
    feature: -1,
    bin: 0,
    sum: leaf.sum - counted.sum,
    node: small ? node.right : node.left,
    depth: leaf.depth + 1,
  }
  return small ? [counted, other] : [other, counted]
}

function leafValue(root: Node, data: Binned, row: number): number {
  const at = row * data.width
  let node = root
  while (node.feature >= 0) {
    node = data.bins[at + node.feature]! <= node.bin ? node.left! : node.right!
  }
  return node.value
}

/** Rounds the leaves to whole steps, at most `steps` of them, and returns the step. */
function rounded(root: Node, steps: number): number {
  const leaves: Node[] = []
  const visit = (node: Node) => {
    if (node.feature < 0) leaves.push(node)
    else {
      visit(node.left!)
      visit(node.right!)
    }
  }
  visit(root)
  const largest = leaves.reduce((most, { value }) => Math.max(most, Math.abs(value)), 0)
  const step = Number((largest / steps).toPrecision(4)) || 1e-9
  for (const leaf of leaves) {
    leaf.value = Math.max(-steps, Math.min(steps, Math.round(leaf.value / step))) * step
  }
  return step
}

function preorder(root: Node, step: number): GrownTree {
  const feature: number[] = []
  const value: number[] = []
  const visit = (node: Node) => {
    feature.push(node.feature)
    value.push(node.feature < 0 ? Math.round(node.value / step) : node.bin)
    if (node.feature < 0) return
    visit(node.left!)
    visit(node.right!)
  }
  visit(root)
  return { feature, value, step }
}
