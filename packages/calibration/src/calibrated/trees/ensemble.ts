// An ensemble of regression trees and its compact form: what a profile stores as the learned correction.
//
// The compact form is text of 93 symbols, the printable ASCII that JSON does not escape, because profiles
// are JSON and base64 takes four symbols for three bytes. A tree is its nodes in preorder. An inner node is
// two symbols: its feature, and its cut as an index into the feature's cuts. A leaf is one of the symbols
// after the features': its value in steps of the tree's `step`, the middle one zero. The left child
// (value <= cut) follows its parent. Cuts are whole numbers: features are compared in units of 1/1024.
//
// In memory a tree is a full binary tree of depth 6 (node i has the children 2i+1 and 2i+2), because then
// four trees can be walked side by side without a branch, level by level. With the levels written out, 144 trees
// take 1.3 us; in a loop over them 1.8, one tree at a time with early leaves 9.

/** An ensemble as profiles store it. */
export interface StoredTrees {
  /** Value that every query starts from. */
  base: number
  /** Number of cuts of each feature. */
  counts: number[]
  /** Cuts of all features, each feature's ascending, in units of 1/1024, in base64. */
  cuts: string
  /** Step of the leaf values of each tree. */
  steps: number[]
  /** Trees one after another. */
  nodes: string
}

/** Most splits between the root of a tree and a leaf. */
export const DEPTH = 6
/** Most features of an ensemble. */
export const MAX_FEATURES = 64

// Printable ASCII without the quotation mark and the backslash.
const SYMBOLS = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter(
  (symbol) => symbol !== '"' && symbol !== '\\',
)
const NUMBERS = new Int8Array(128).fill(-1)
SYMBOLS.forEach((symbol, number) => {
  NUMBERS[symbol.charCodeAt(0)] = number
})
/** Most cuts of a feature. */
export const MAX_CUTS = SYMBOLS.length

const INNER = 63
const LEAVES = 64
const NEVER = 2 ** 25 - 1

/** Steps of a feature from one whole number to the next. */
const UNIT = 1024

/** A feature in the units of the cuts. */
export function fixed(value: number): number {
  const steps = value * UNIT
  // Few are out of bounds; a minimum and a maximum of each take longer than to ask.
  if (steps > -NEVER && steps < NEVER - 1) return Math.round(steps)
  return Math.max(-NEVER, Math.min(NEVER - 1, steps)) | 0
}

/** 1 where a query goes right at a split, 0 where it goes left. */
function right(split: number, x: Int32Array): number {
  return ((split >> 6) - x[split & 63]!) >>> 31
}

/** Regression trees whose values add up. */
export class Trees {
  private readonly x = new Int32Array(MAX_FEATURES)

  private constructor(
    private readonly base: number,
    private readonly width: number,
    /** Cut and feature of each inner node: cut * 64 + feature. */
    private readonly splits: Int32Array,
    /** Leaves in steps: as bytes, because what a walk touches must fit the first-level cache. */
    private readonly values: Int8Array,
    private readonly steps: Float64Array,
    private readonly count: number,
  ) {}

  /**
   * Reads the compact form. `places` says at which index of a query each feature stands; default: its own.
   * @throws RangeError when it is cut short, too deep or names a feature or cut that is not there
   */
  static read(stored: StoredTrees, places?: readonly number[]): Trees {
    const { nodes, steps } = stored
    const cuts = readCuts(stored)
    const features = cuts.length
    if (features > MAX_FEATURES) throw new RangeError(`trees have ${features} features`)
    if (places !== undefined && places.length < features) {
      throw new RangeError(`trees have ${features} features, of which ${places.length} are named`)
    }
    const zero = features + leafSteps(features)
    // Four trees are walked at a time; the missing ones add nothing.
    const count = Math.ceil(steps.length / 4) * 4
    const splits = new Int32Array(count * INNER).fill(NEVER * 64)
    const values = new Int8Array(count * LEAVES)
    let at = 0
    const next = () => {
      const number = NUMBERS[nodes.charCodeAt(at++)]
      if (number === undefined || number < 0) throw new RangeError('trees are cut short')
      return number
    }
    const visit = (tree: number, node: number, depth: number): void => {
      const feature = next()
      if (feature >= features) {
        // An early leaf is reached by always going left.
        let leaf = node
        for (let d = depth; d < DEPTH; d++) leaf = 2 * leaf + 1
        values[tree * LEAVES + leaf - INNER] = feature - zero
        return
      }
      if (depth >= DEPTH) throw new RangeError('trees are too deep')
      const index = next()
      const cut = cuts[feature]![index]
      if (cut === undefined)
        throw new RangeError(`trees have no cut ${index} of feature ${feature}`)
      splits[tree * INNER + node] = cut * 64 + (places?.[feature] ?? feature)
      visit(tree, 2 * node + 1, depth + 1)
      visit(tree, 2 * node + 2, depth + 1)
    }
    const worth = new Float64Array(count)
    steps.forEach((step, tree) => {
      worth[tree] = step
      visit(tree, 0, 0)
    })
    return new Trees(stored.base, features, splits, values, worth, count)
  }

  /** Sum of the trees for one query. */
  predict(features: Float64Array): number {
    fixAll(features, this.width, this.x)
    return this.sum(this.x)
  }

  /** Sum of the trees for features in the units of the cuts, as {@link fixAll} writes them. */
  sum(x: Int32Array): number {
    const { splits, values, steps, count } = this
    let sum = this.base
    for (let tree = 0, sa = 0, va = -INNER; tree < count; tree += 4) {
      const sb = sa + INNER
      const sc = sb + INNER
      const sd = sc + INNER
      const vb = va + LEAVES
      const vc = vb + LEAVES
      const vd = vc + LEAVES
      let a = 0
      let b = 0
      let c = 0
      let d = 0
      a = 2 * a + 1 + right(splits[sa + a]!, x)
      b = 2 * b + 1 + right(splits[sb + b]!, x)
      c = 2 * c + 1 + right(splits[sc + c]!, x)
      d = 2 * d + 1 + right(splits[sd + d]!, x)
      a = 2 * a + 1 + right(splits[sa + a]!, x)
      b = 2 * b + 1 + right(splits[sb + b]!, x)
      c = 2 * c + 1 + right(splits[sc + c]!, x)
      d = 2 * d + 1 + right(splits[sd + d]!, x)
      a = 2 * a + 1 + right(splits[sa + a]!, x)
      b = 2 * b + 1 + right(splits[sb + b]!, x)
      c = 2 * c + 1 + right(splits[sc + c]!, x)
      d = 2 * d + 1 + right(splits[sd + d]!, x)
      a = 2 * a + 1 + right(splits[sa + a]!, x)
      b = 2 * b + 1 + right(splits[sb + b]!, x)
      c = 2 * c + 1 + right(splits[sc + c]!, x)
      d = 2 * d + 1 + right(splits[sd + d]!, x)
      a = 2 * a + 1 + right(splits[sa + a]!, x)
      b = 2 * b + 1 + right(splits[sb + b]!, x)
      c = 2 * c + 1 + right(splits[sc + c]!, x)
      d = 2 * d + 1 + right(splits[sd + d]!, x)
      a = 2 * a + 1 + right(splits[sa + a]!, x)
      b = 2 * b + 1 + right(splits[sb + b]!, x)
      c = 2 * c + 1 + right(splits[sc + c]!, x)
      d = 2 * d + 1 + right(splits[sd + d]!, x)
      sum +=
        values[va + a]! * steps[tree]! +
        values[vb + b]! * steps[tree + 1]! +
        values[vc + c]! * steps[tree + 2]! +
        values[vd + d]! * steps[tree + 3]!
      sa = sd + INNER
      va = vd + LEAVES
    }
    return sum
  }
}

/** Writes the first `width` features in the units of the cuts. */
export function fixAll(features: Float64Array, width: number, x: Int32Array): void {
  for (let f = 0; f < width; f++) x[f] = fixed(features[f]!)
}

/** A tree as {@link storeTrees} takes it: nodes in preorder. */
export interface GrownTree {
  /** Feature of an inner node, -1 of a leaf. */
  feature: number[]
  /** Index of the cut of an inner node, value of a leaf in steps. */
  value: number[]
  /** What a step of the leaves is worth. */
  step: number
}

/** Most steps that a leaf is above or below zero, for trees of so many features. */
export function leafSteps(features: number): number {
  return (SYMBOLS.length - features - 1) >> 1
}

/** The compact form of grown trees. Cuts that no tree uses are dropped. */
export function storeTrees(base: number, cuts: number[][], trees: GrownTree[]): StoredTrees {
  const used = cuts.map(() => new Set<number>())
  for (const { feature, value } of trees) {
    feature.forEach((f, i) => {
      if (f >= 0) used[f]!.add(value[i]!)
    })
  }
  const kept = used.map((set) => [...set].sort((a, b) => a - b))
  const place = kept.map((list) => new Map(list.map((cut, index) => [cut, index])))
  const zero = cuts.length + leafSteps(cuts.length)
  const nodes = trees.map(({ feature, value }) =>
    feature
      .map((f, i) =>
        f >= 0 ? SYMBOLS[f]! + SYMBOLS[place[f]!.get(value[i]!)!]! : SYMBOLS[zero + value[i]!]!,
      )
      .join(''),
  )
  return {
    base,
    counts: kept.map((list) => list.length),
    cuts: writeCuts(kept.map((list, f) => list.map((cut) => cuts[f]![cut]!))),
    steps: trees.map(({ step }) => step),
    nodes: nodes.join(''),
  }
}

// Cuts are stored as differences, seven bits a byte with the high bit on all but the last; the first of a
// feature, which may be negative, has its sign in the lowest bit.
function readCuts({ counts, cuts }: StoredTrees): number[][] {
  const bytes = fromBase64(cuts)
  let at = 0
  const next = () => {
    let value = 0
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++]
      if (byte === undefined) throw new RangeError('cuts are cut short')
      value += (byte & 127) * shift
      if (byte < 128) return value
    }
  }
  return counts.map((count) => {
    let last = 0
    return Array.from({ length: count }, (_, i) => {
      const value = next()
      last = i > 0 ? last + value : value % 2 === 1 ? -(value + 1) / 2 : value / 2
      return last
    })
  })
}

function writeCuts(cuts: number[][]): string {
  const bytes: number[] = []
  const put = (value: number) => {
    let rest = value
    while (rest > 127) {
      bytes.push((rest & 127) | 128)
      rest = Math.floor(rest / 128)
    }
    bytes.push(rest)
  }
  for (const list of cuts) {
    list.forEach((cut, i) => {
      put(i > 0 ? cut - list[i - 1]! : cut < 0 ? -2 * cut - 1 : 2 * cut)
    })
  }
  return toBase64(Uint8Array.from(bytes))
}

/** Bytes of a base64 text. */
export function fromBase64(text: string): Uint8Array {
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}

/** Base64 text of bytes. */
export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}
