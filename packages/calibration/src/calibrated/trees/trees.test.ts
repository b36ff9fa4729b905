import { describe, expect, it } from 'vitest'
import { Trees } from './ensemble.js'
import { type GrowOptions, growTrees } from './grow.js'
import { seededRandom } from './random.js'

const OPTIONS: GrowOptions = {
  trees: 60,
  leaves: 16,
  rate: 0.2,
  minRows: 3,
  featureShare: 1,
  rowShare: 0.8,
  shrink: 1,
  seed: 1,
}

/** 2,000 rows of three features; the target has a step, a slope and an interaction. */
function rows(seed: number) {
  const random = seededRandom(seed)
  const count = 2000
  const matrix = new Float64Array(count * 3)
  const target = new Float64Array(count)
  for (let r = 0; r < count; r++) {
    const [a, b, c] = [random(), random(), random()]
    matrix.set([a, b, c], r * 3)
    target[r] = (a > 0.5 ? 1 : 0) + 2 * b + (c > 0.3 && a > 0.5 ? b : 0)
  }
  return { matrix, target, count }
}

function meanError(trees: Trees, { matrix, target, count }: ReturnType<typeof rows>): number {
  let sum = 0
  for (let r = 0; r < count; r++) {
    sum += Math.abs(trees.predict(matrix.subarray(3 * r, 3 * r + 3)) - target[r]!)
  }
  return sum / count
}

describe('growTrees', () => {
  it('learns steps, slopes and interactions that hold on rows it has not seen', () => {
    const { matrix, target } = rows(1)
    const trees = Trees.read(growTrees(matrix, 3, target, OPTIONS))
    expect(meanError(trees, rows(2))).toBeLessThan(0.04)
  })

  it('gives the same bytes for the same seed', () => {
    const { matrix, target } = rows(1)
    const once = growTrees(matrix, 3, target, OPTIONS)
    expect(growTrees(matrix, 3, target, OPTIONS)).toEqual(once)
    expect(growTrees(matrix, 3, target, { ...OPTIONS, seed: 2 })).not.toEqual(once)
  })

  it('predicts the mean when nothing can be split', () => {
    const stored = growTrees(new Float64Array(4), 1, Float64Array.of(1, 2, 3, 6), OPTIONS)
    expect(stored.steps).toEqual([])
    expect(Trees.read(stored).predict(Float64Array.of(0))).toBe(3)
  })

  it('answers queries outside the rows with the value at the edge', () => {
    const { matrix, target } = rows(1)
    const trees = Trees.read(growTrees(matrix, 3, target, OPTIONS))
    const far = trees.predict(Float64Array.of(1e9, 1e9, 1e9))
    expect(far).toBe(trees.predict(Float64Array.of(2, 2, 2)))
    expect(far).toBeCloseTo(4, 0)
  })
})

describe('Trees.read', () => {
  it('refuses trees that are cut short or name cuts that are not there', () => {
    const { matrix, target } = rows(1)
    const stored = growTrees(matrix, 3, target, { ...OPTIONS, trees: 2 })
    expect(() => Trees.read({ ...stored, nodes: stored.nodes.slice(0, 8) })).toThrow('cut short')
    expect(() => Trees.read({ ...stored, counts: [0, 0, 0] })).toThrow('no cut')
  })
})
