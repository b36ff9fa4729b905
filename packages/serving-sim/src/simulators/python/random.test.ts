import { describe, expect, test } from 'vitest'
import { NumpyRandomState } from './numpy-random.js'
import { PythonRandom } from './python-random.js'

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

test('PythonRandom takes seeds of more than one word', () => {
  const random = new PythonRandom(2 ** 40 + 7)
  expect([random.random(), random.random(), random.random()]).toEqual([
    0.6137037779936511, 0.8149162973309487, 0.9450115087592873,
  ])
  expect(random.randint(1, 10 ** 9)).toBe(612452350)
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

  test('normals and gammas are those of numpy.random.seed(42)', () => {
    const near = (draws: number[], expected: number[]) => {
      for (const [i, value] of expected.entries()) expect(draws[i]! / value).toBeCloseTo(1, 12)
    }
    const draw = (of: (random: NumpyRandomState) => number, count: number) => {
      const random = new NumpyRandomState(42)
      return Array.from({ length: count }, () => of(random))
    }
    near(
      draw((random) => random.normal(), 3),
      [0.4967141530112327, -0.13826430117118466, 0.6476885381006925],
    )
    near(
      draw((random) => random.gamma(0.25), 6),
      [
        0.019678562743776044, 0.2870978544463009, 0.0005925240142353032, 1.1381892191343723e-5,
        0.13056605889721828, 1.7953982940595049e-7,
      ],
    )
    near(
      draw((random) => random.gamma(4), 6),
      [
        4.702413898135869, 3.4082319010143296, 3.2363247099682337, 3.236353637079017,
        7.598110116324021, 5.341253263864357,
      ],
    )
  })
})
