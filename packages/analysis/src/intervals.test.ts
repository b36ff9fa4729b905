import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exposedNs, unionNs } from './intervals.js'

const intervals = fc.array(fc.tuple(fc.nat(200), fc.nat(40)), { maxLength: 30 })
const columns = (list: readonly (readonly [number, number])[]) =>
  [0, 1].map((i) => Float64Array.from(list, (each) => each[i]!)) as [Float64Array, Float64Array]
/** Unit cells that intervals cover. */
const covered = (list: readonly (readonly [number, number])[]) =>
  new Set(list.flatMap(([start, ns]) => Array.from({ length: ns }, (_, i) => start + i)))

describe('unionNs', () => {
  it('is the length of the time that any interval covers', () => {
    expect(unionNs([0, 5, 20], [10, 7, 10])).toBe(22)
  })

  it('takes intervals in any order, nested, touching, empty and negative', () => {
    expect(unionNs([20, 0, 2, 10, 7, 9], [10, 10, 1, 10, 0, -1])).toBe(30)
  })

  it('is 0 for nothing', () => {
    expect(unionNs([], [])).toBe(0)
  })

  it('equals the number of covered unit cells, in order and out of it, of all or of some', () => {
    fc.assert(
      fc.property(intervals, fc.boolean(), (list, sorted) => {
        if (sorted) list.sort((a, b) => a[0] - b[0])
        expect(unionNs(...columns(list))).toBe(covered(list).size)
        const odd = list.filter((_, i) => i % 2 === 1)
        expect(unionNs(...columns(list), (i) => i % 2 === 1)).toBe(covered(odd).size)
      }),
    )
  })
})

it('time is exposed where the first set runs and the second does not', () => {
  fc.assert(
    fc.property(intervals, (list) => {
      const odd = (i: number) => i % 2 === 1
      const hidden = covered(list.filter((_, i) => !odd(i)))
      const exposed = [...covered(list.filter((_, i) => odd(i)))].filter((at) => !hidden.has(at))
      expect(exposedNs(...columns(list), odd, (i) => !odd(i))).toBe(exposed.length)
    }),
  )
})
