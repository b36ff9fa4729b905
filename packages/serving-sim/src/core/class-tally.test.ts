import { describe, expect, test } from 'vitest'
import { ClassTally, classFairness, jainIndex } from './class-tally.js'

describe("Jain's index", () => {
  test('is 1 where all get the same, 1/n where one gets all', () => {
    expect(jainIndex([3, 3, 3, 3])).toBe(1)
    expect(jainIndex([5, 0, 0, 0])).toBe(0.25)
    expect(jainIndex([1, 3])).toBe(0.8)
  })

  test('is not known of one value, or of nothing', () => {
    expect(jainIndex([2])).toBeNull()
    expect(jainIndex([0, 0])).toBeNull()
  })
})

describe('a class', () => {
  const outcome = { finished: true, ttftS: 0.5, tpotS: 0.1, e2eS: 2, outputTokens: 20, met: true }

  test('counts those that met their limits among those that have some', () => {
    const tally = new ClassTally()
    tally.add(outcome)
    tally.add({ ...outcome, finished: false, ttftS: null, tpotS: null, met: false })
    expect(tally.report('fast')).toMatchObject({
      name: 'fast',
      requests: 2,
      finished: 1,
      attainment: 0.5,
      ttft: { count: 1, p50S: 0.5 },
      tpot: { count: 1, p50S: 0.1 },
      requestTokensPerS: 10,
    })
  })

  test('without limits has no attainment, without finished requests no speed', () => {
    const tally = new ClassTally()
    tally.add({ ...outcome, finished: false, met: null })
    const report = tally.report('slow')
    expect(report).toMatchObject({ attainment: null, requestTokensPerS: null, tpot: null })
    expect(classFairness([report, report])).toBeNull()
  })

  test('half the speed of another makes the index 0.9', () => {
    const [fast, slow] = [new ClassTally(), new ClassTally()]
    fast.add(outcome)
    slow.add({ ...outcome, e2eS: 4 })
    expect(classFairness([fast.report('fast'), slow.report('slow')])).toBeCloseTo(0.9, 12)
  })
})
