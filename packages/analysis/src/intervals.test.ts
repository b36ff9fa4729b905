import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unionNs } from './intervals.js'

describe('unionNs', () => {
  it('is the length of the time that any interval covers', () => {
    expect(unionNs([0, 5, 20], [10, 12, 30])).toBe(22)
  })

  it('takes intervals in any order, nested, touching, empty and reversed', () => {
    expect(unionNs([20, 0, 2, 10, 7, 9], [30, 10, 3, 20, 7, 8])).toBe(30)
  })

  it('is 0 for nothing', () => {
    expect(unionNs([], [])).toBe(0)
  })

  it('equals the number of covered unit cells', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(200), fc.nat(40))), (list) => {
        const cells = new Set<number>()
        for (const [start, length] of list) {
          for (let cell = start; cell < start + length; cell++) cells.add(cell)
        }
        const starts = list.map(([start]) => start)
        const ends = list.map(([start, length]) => start + length)
        expect(unionNs(starts, ends)).toBe(cells.size)
      }),
    )
  })
})
