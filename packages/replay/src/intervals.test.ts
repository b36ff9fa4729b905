import fc from 'fast-check'
import { expect, it } from 'vitest'
import { exposedNs, unionNs } from './intervals.js'

const intervals = fc.array(fc.tuple(fc.nat(40), fc.nat(10)), { maxLength: 12 })
const columns = (list: readonly (readonly [number, number])[]) =>
  [0, 1].map((i) => Float64Array.from(list, (each) => each[i]!)) as [Float64Array, Float64Array]
/** Unit cells that an interval covers. */
const covered = (list: readonly (readonly [number, number])[]) =>
  new Set(list.flatMap(([start, ns]) => Array.from({ length: ns }, (_, i) => start + i)))

it('the length of a union counts what is covered once, in whatever order intervals come', () => {
  fc.assert(
    fc.property(intervals, fc.boolean(), (list, sorted) => {
      if (sorted) list.sort((a, b) => a[0] - b[0])
      expect(unionNs(...columns(list))).toBe(covered(list).size)
    }),
  )
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
