// A random forest of regression trees: each tree grows on a bootstrap sample and splits where the
// squared error falls most; the forest answers with the mean.
//
// Source: L. Breiman, "Random forests" (Machine Learning 45, 2001). Every feature is tried at every
// split, as scikit-learn does for regression. Trees are flat arrays.
import { below, randomSource } from '../../../random/random.js'
import type { Fit } from './regressor.js'

export interface ForestOptions {
  /** Default 100. */
  trees?: number
  /** Default 16. */
  maxDepth?: number
  /** Rows that a node needs to be split. Default 2. */
  minSamplesSplit?: number
  /** Default 0. */
  seed?: number
}

interface Tree {
  feature: number[]
  threshold: number[]
  /** Index of the left child; the right one follows the left subtree. */
  left: number[]
  right: number[]
  value: number[]
}

/** A {@link Fit} of a random forest. */
export function fitRandomForest(options: ForestOptions = {}): Fit {
  const { trees = 100, maxDepth = 16, minSamplesSplit = 2, seed = 0 } = options
  return (features, targets) => {
    const random = randomSource(seed)
    const count = targets.length
    const forest = Array.from({ length: trees }, () => {
      const rows = Array.from({ length: count }, () => below(random, count))
      const tree: Tree = { feature: [], threshold: [], left: [], right: [], value: [] }
      grow(tree, rows, features, targets, maxDepth, minSamplesSplit)
      return tree
    })
    return (...point) => {
      let sum = 0
      for (const tree of forest) {
        let node = 0
        while (tree.feature[node]! >= 0) {
          const goLeft = point[tree.feature[node]!]! <= tree.threshold[node]!
          node = goLeft ? tree.left[node]! : tree.right[node]!
        }
        sum += tree.value[node]!
      }
      return forest.length === 0 ? 0 : sum / forest.length
    }
  }
}

function grow(
  tree: Tree,
  rows: number[],
  features: readonly (readonly number[])[],
  targets: readonly number[],
  depth: number,
  minSamplesSplit: number,
): number {
  const node = tree.value.length
  let total = 0
  for (const row of rows) total += targets[row]!
  tree.value.push(rows.length === 0 ? 0 : total / rows.length)
  tree.feature.push(-1)
  tree.threshold.push(0)
  tree.left.push(0)
  tree.right.push(0)
  if (depth === 0 || rows.length < minSamplesSplit) return node

  let bestGain = (total * total) / rows.length + 1e-12 * Math.abs(total)
  let bestFeature = -1
  let bestThreshold = 0
  const width = features[0]!.length
  for (let feature = 0; feature < width; feature++) {
    const order = [...rows].sort((a, b) => features[a]![feature]! - features[b]![feature]!)
    let leftSum = 0
    for (let i = 1; i < order.length; i++) {
      leftSum += targets[order[i - 1]!]!
      const below = features[order[i - 1]!]![feature]!
      const above = features[order[i]!]![feature]!
      if (below === above) continue
      const rightSum = total - leftSum
      const gain = (leftSum * leftSum) / i + (rightSum * rightSum) / (order.length - i)
      if (gain > bestGain) {
        bestGain = gain
        bestFeature = feature
        bestThreshold = (below + above) / 2
      }
    }
  }
  if (bestFeature < 0) return node
  const left: number[] = []
  const right: number[] = []
  for (const row of rows) {
    if (features[row]![bestFeature]! <= bestThreshold) left.push(row)
    else right.push(row)
  }
  tree.feature[node] = bestFeature
  tree.threshold[node] = bestThreshold
  tree.left[node] = grow(tree, left, features, targets, depth - 1, minSamplesSplit)
  tree.right[node] = grow(tree, right, features, targets, depth - 1, minSamplesSplit)
  return node
}
