import fc from 'fast-check'
import { expect, it } from 'vitest'
import { NumberMap } from './number-map.js'

it('holds what a Map does, whether its keys lie close together or not', () => {
  const key = fc.oneof(fc.integer({ min: -1, max: 40 }), fc.integer({ min: 2 ** 30, max: 2 ** 45 }))
  fc.assert(
    fc.property(fc.array(key), fc.array(key), (expected, keys) => {
      const map = new NumberMap(Float64Array.from(expected), expected.length)
      const reference = new Map<number, number>()
      for (const [row, key] of keys.entries()) {
        map.set(key, row)
        reference.set(key, row)
      }
      for (const key of [...expected, ...keys]) expect(map.get(key)).toBe(reference.get(key) ?? -1)
    }),
  )
})
