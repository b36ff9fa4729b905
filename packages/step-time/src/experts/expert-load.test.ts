import { describe, expect, it, test } from 'vitest'
import { readExpertLoad } from './expert-load.js'

const files: Record<string, string> = {
  'counts.json': '[4, 0, 2, 2]',
  'eplb.json': '{ "counts": [1, 2, 3] }',
  'counts.csv': '1,2\n3 4\n',
  'words.txt': 'one two',
  'zeros.json': '[0, 0]',
  'broken.json': '[1,',
}
const load = (value: string) => readExpertLoad(value, { readText: (path) => files[path]! })
const weights = (value: string, experts = 4, tokens = 1024) => [
  ...load(value).weights(experts, tokens),
]

describe('the load of experts', () => {
  it('is even where it is balanced or uniform, of which only one is exact', () => {
    expect(weights('balanced')).toEqual([1, 1, 1, 1])
    expect(weights('uniform')).toEqual([1, 1, 1, 1])
    expect([load('balanced').isExact, load('uniform').isExact]).toEqual([true, false])
  })

  it('falls as a power of the rank, 1 where none is stated', () => {
    expect(weights('zipf')).toEqual(weights('zipf_1'))
    expect(weights('zipf_2')).toEqual([1, 1 / 4, 1 / 9, 1 / 16])
  })

  it('has the quantiles of a power law, the steeper the more even among few rows', () => {
    const [first = 0, second = 0] = weights('power_law_1.2')
    expect(first).toBeGreaterThan(2 * second)
    // Half of the experts lie below the median of the law.
    const many = load('power_law_2').weights(1000, 1e6)
    const median = (1 - 0.5 * (1 - 1 / (0.8 * 1e6))) ** -1
    expect(many[500]! / median).toBeCloseTo(1, 2)
  })

  it('is what a file counts', () => {
    expect(weights('counts.json')).toEqual([4, 0, 2, 2])
    expect(weights('eplb.json', 3)).toEqual([1, 2, 3])
    expect(weights('counts.csv')).toEqual([1, 2, 3, 4])
  })
})

test.each(['even', 'zipf_', 'zipf_x', 'power_law', 'balanced_2', 'uniform_1', ''])(
  '"%s" is refused with what is known',
  (word) => {
    expect(() => load(word)).toThrow(`"${word}" is not known; balanced, uniform, zipf`)
  },
)

test.each(['words.txt', 'zeros.json', 'broken.json'])('%s holds no counts', (file) => {
  expect(() => load(file)).toThrow('holds no counts')
})

test('counts of another model are refused', () => {
  expect(() => weights('counts.json', 256)).toThrow('has 4 counts for the 256 experts')
})
