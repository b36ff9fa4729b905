import { describe, expect, test } from 'vitest'
import { below, randomSource } from './random.js'

describe('randomSource', () => {
  const draws = (seed: number, stream: number, count: number) => {
    const source = randomSource(seed, stream)
    return Array.from({ length: count }, () => source())
  }

  test('a seed and a stream give the same numbers, others give others', () => {
    expect(draws(3, 1, 5)).toEqual(draws(3, 1, 5))
    expect(draws(3, 1, 5)).not.toEqual(draws(3, 2, 5))
    expect(draws(3, 1, 5)).not.toEqual(draws(2 ** 32 + 3, 1, 5))
  })

  test('first draws of small seeds are uniform', () => {
    const firsts = Array.from({ length: 4000 }, (_, seed) => draws(seed, seed % 7, 1)[0]!)
    const tenths = new Array<number>(10).fill(0)
    for (const first of firsts) tenths[Math.floor(10 * first)]!++
    for (const count of tenths) expect(Math.abs(count / 400 - 1)).toBeLessThan(0.2)
  })

  test('integers below a number', () => {
    const source = randomSource(1)
    const counts = new Array<number>(3).fill(0)
    for (let i = 0; i < 3000; i++) counts[below(source, 3)]!++
    for (const count of counts) expect(Math.abs(count / 1000 - 1)).toBeLessThan(0.1)
  })
})
