import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blocksOf, levelAt } from './blocks.js'

/** A row of kernels `[gap, duration, family]`, one after another. */
function row(parts: readonly [number, number, number][]) {
  let at = 0
  const start = parts.map(([gap, duration]) => {
    at += gap
    const begun = at
    at += duration
    return begun
  })
  return {
    kernels: Uint32Array.from(parts.keys()),
    start: Float64Array.from(start),
    end: Float64Array.from(parts, ([, duration], i) => start[i]! + duration),
    family: Uint8Array.from(parts, ([, , family]) => family),
  }
}

const parts = fc.array(fc.tuple(fc.nat(50), fc.nat(50), fc.nat(3)), { maxLength: 700 })

describe('blocks of a row', () => {
  it('hold at each size the whole time of its kernels, from the first start to the latest end', () => {
    fc.assert(
      fc.property(parts, (given) => {
        const { family, ...lane } = row(given)
        const total = given.reduce((sum, [, duration]) => sum + duration, 0)
        for (const { size, busy, start, end } of blocksOf(lane, family)) {
          expect(busy.reduce((a, b) => a + b, 0)).toBe(total)
          start.forEach((from, b) => {
            const inside = lane.kernels.slice(b * size, (b + 1) * size)
            expect(from).toBe(lane.start[inside[0]!])
            expect(end[b]).toBe(Math.max(...inside.map((i) => lane.end[i]!)))
          })
        }
      }),
    )
  })

  it('are of the family that takes most of their time', () => {
    const long = Array.from({ length: 16 }, (_, i): [number, number, number] =>
      i === 5 ? [0, 100, 2] : [0, 5, 1],
    )
    const { family, ...lane } = row(long)
    expect([...blocksOf(lane, family)[0]!.family]).toEqual([2])
  })

  it('stand for their kernels only where they are shorter than a pixel, the largest first', () => {
    const { family, ...lane } = row(Array.from({ length: 256 }, () => [0, 10, 0]))
    const levels = blocksOf(lane, family)
    expect(levels.map(({ size }) => size)).toEqual([16, 256])
    expect(levelAt(levels, 0, 3000)).toBe(1)
    expect(levelAt(levels, 0, 200)).toBe(0)
    expect(levelAt(levels, 32, 200)).toBe(0)
    expect(levelAt(levels, 0, 100)).toBe(-1)
    expect(levelAt(levels, 1, 3000)).toBe(-1)
  })
})
