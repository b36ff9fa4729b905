import fc from 'fast-check'
import { expect, it } from 'vitest'
import { AnswerCache } from './answer-cache.js'

it('holds the most recent answers within its bytes', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.nat(20)))
  fc.assert(
    fc.property(steps, (all) => {
      const cache = new AnswerCache(320)
      const recent: [string, string][] = []
      for (const [key, length] of all) {
        const answer = 'x'.repeat(length)
        cache.set(key, answer)
        const at = recent.findIndex(([other]) => other === key)
        if (at !== -1) recent.splice(at, 1)
        if (length < 20) recent.push([key, answer])
      }
      // Five answers of at most 20 bytes fit; one that is larger than a sixteenth is not kept.
      for (const key of ['a', 'b', 'c', 'd', 'e']) {
        expect(cache.get(key)).toBe(recent.find(([other]) => other === key)?.[1])
      }
    }),
  )
})

it('forgets the least recently used first', () => {
  const cache = new AnswerCache(160)
  for (let index = 0; index < 16; index++) cache.set(String(index % 10), '123456789')
  cache.get('0')
  for (const key of 'abcdefghijklmno') cache.set(key, '123456789')
  expect(cache.get('0')).toBe('123456789')
  expect(cache.get('1')).toBeUndefined()
})
