import fc from 'fast-check'
import { expect, it } from 'vitest'
import { hashOf, sameBytes, wordsOf } from './words.js'

const bytes = fc.uint8Array({ maxLength: 20, max: 3 })

it('bytes are the same wherever they stand if each of them is', () => {
  fc.assert(
    fc.property(bytes, bytes, fc.nat(5), fc.nat(5), (a, b, i, j) => {
      const at = (before: number, own: Uint8Array) =>
        wordsOf(Uint8Array.from([...new Uint8Array(before).fill(9), ...own, 9, 9]))
      const length = Math.min(a.length, b.length)
      const isSame = a.slice(0, length).join() === b.slice(0, length).join()
      expect(sameBytes(at(i, a), i, at(j, b), j, length)).toBe(isSame)
      if (isSame) expect(hashOf(at(i, a), i, i + length)).toBe(hashOf(at(j, b), j, j + length))
    }),
  )
})

it('short numbers have different hashes, in their lowest bits too', () => {
  const lowest = Array.from({ length: 10_000 }, (_, n) => {
    const text = new TextEncoder().encode(String(n))
    return hashOf(wordsOf(text), 0, text.length) & 0xffff
  })
  expect(new Set(lowest).size).toBeGreaterThan(8_000)
})
