import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Envelope, type Lattice } from './envelope.js'

interface Query {
  a: number
  b: number
}
const lattice: Lattice<Query> = {
  axes: [
    [0, 10],
    [0, 10],
  ],
  dimensions({ a, b }, out) {
    out[0] = a
    out[1] = b
  },
  withDimensions: (_, [a = 1, b = 1]) => ({ a, b }),
  rest: () => 0,
}
/** Grows on the whole, but falls by up to a third where a library changes its kernel. */
const wild = ({ a, b }: Query) => Math.log(3 + a * b) + 0.4 * Math.sin(5 * Math.log2(a) + b)

describe('Envelope', () => {
  const envelope = new Envelope(lattice, wild)
  const bounded = (query: Query) =>
    envelope.find(query) ? envelope.bound(wild(query)) : wild(query)

  it('larger queries never take less, but for the quantum', () => {
    const size = fc.double({ min: 1, max: 1000, noNaN: true })
    fc.assert(
      fc.property(size, size, size, size, (a, b, c, d) => {
        const small = { a: Math.min(a, c), b: Math.min(b, d) }
        const large = { a: Math.max(a, c), b: Math.max(b, d) }
        expect(bounded(large) - bounded(small)).toBeGreaterThanOrEqual(Math.log(0.88 / 1.14) - 1e-9)
      }),
    )
  })

  it('leaves alone what is in order', () => {
    const calm = (query: Query) => Math.log(3 + query.a * query.b)
    const free = new Envelope(lattice, calm)
    for (const query of [
      { a: 3, b: 7 },
      { a: 100, b: 900 },
    ]) {
      expect(free.find(query)).toBe(true)
      expect(free.bound(calm(query))).toBe(calm(query))
    }
  })

  it('estimates no more of the lattice than what is smaller or larger than a query', () => {
    const asked: Query[] = []
    const lazy = new Envelope(lattice, (query: Query) => {
      asked.push(query)
      return wild(query)
    })
    lazy.find({ a: 3, b: 100 })
    const smaller = 3 * 8
    const larger = 10 * 5
    const both = 2 * 2
    expect(asked).toHaveLength(smaller + larger - both)
    expect(new Set(asked.map(({ a, b }) => `${a} ${b}`)).size).toBe(asked.length)
  })

  it('answers the same whatever was asked before', () => {
    const size = fc.double({ min: 1, max: 1000, noNaN: true })
    const query = fc.record({ a: size, b: size })
    fc.assert(
      fc.property(query, (one) => {
        const fresh = new Envelope(lattice, wild)
        fresh.find(one)
        envelope.find(one)
        expect(fresh.bound(0)).toBe(envelope.bound(0))
        expect(fresh.bound(99)).toBe(envelope.bound(99))
      }),
    )
  })

  it('does not speak about queries beyond the lattice', () => {
    expect(envelope.find({ a: 5000, b: 1 })).toBe(false)
    expect(envelope.find({ a: 0, b: 1 })).toBe(false)
  })
})
