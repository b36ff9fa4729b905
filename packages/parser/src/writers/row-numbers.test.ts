import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RowNumbers } from './row-numbers.js'

it('numbers triples as a Map of their texts does', () => {
  const number = fc.oneof(fc.integer({ min: -1, max: 3 }), fc.integer({ min: 0, max: 2 ** 52 }))
  const triple = fc.tuple(number, number, number)
  fc.assert(
    fc.property(fc.array(triple), fc.array(triple), (added, others) => {
      const rows = new RowNumbers(added.length)
      const reference = new Map<string, number>()
      for (const each of added) {
        const key = each.join(' ')
        if (!reference.has(key)) reference.set(key, reference.size)
        expect(rows.add(...each)).toBe(reference.get(key))
      }
      expect(rows.count).toBe(reference.size)
      for (const each of [...added, ...others]) {
        expect(rows.get(...each)).toBe(reference.get(each.join(' ')) ?? -1)
      }
    }),
  )
})
