import { describe, expect, test } from 'vitest'
import { NumpyRandomState, PythonRandom } from './mersenne-twister.js'

describe('PythonRandom', () => {
  test('draws what Python draws from seed 42', () => {
    const random = new PythonRandom(42)
    expect(random.random()).toBe(0.6394267984578837)
    expect(random.random()).toBe(0.025010755222666936)
  })

  test('randint takes the high bits of words and rejects', () => {
    const random = new PythonRandom(42)
    // random.seed(42); [random.randint(1, 100) for _ in range(5)]
    expect(Array.from({ length: 5 }, () => random.randint(1, 100))).toEqual([82, 15, 4, 95, 36])
  })
})

describe('NumpyRandomState', () => {
  test('draws what numpy draws from seed 0', () => {
    const random = new NumpyRandomState(0)
    expect(random.random()).toBe(0.5488135039273248)
    expect(random.random()).toBe(0.7151893663724195)
  })

  test('exponential is by inversion', () => {
    // numpy.random.seed(0); numpy.random.exponential(1.0)
    expect(new NumpyRandomState(0).exponential(1)).toBeCloseTo(0.79587451, 8)
  })
})
