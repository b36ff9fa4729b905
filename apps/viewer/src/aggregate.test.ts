import { describe, expect, it } from 'vitest'
import { errorsBy, errorsOf, group } from './aggregate.js'
import { percent, si, signed, time } from './format.js'
import { testModel } from './testing.js'
import { powers } from './ticks.js'

describe('errors of predictions', () => {
  it('are mean, median and p90 of the absolute error, and the median of the signed one', () => {
    const errors = errorsOf([0.5, 0.9, 1, 1.1, 2])!
    expect(errors.mape).toBeCloseTo((0.5 + 0.1 + 0 + 0.1 + 1) / 5)
    expect(errors.median).toBeCloseTo(0.1)
    expect(errors.p90).toBeCloseTo(0.8)
    expect(errors.bias).toBeCloseTo(0)
  })

  it('are none without predictions', () => {
    expect(errorsOf([])).toBeNull()
  })

  it('interpolate between neighbours', () => {
    expect(errorsOf([1, 2])).toMatchObject({ median: 0.5, p90: 0.9 })
  })
})

describe('groups of kernels', () => {
  const kinds = ['matmul', 'copy', 'matmul'].map((op) => ({ op, family: 0 })) as never
  const model = testModel(
    [
      [0, 10, 0, 0],
      [10, 30, 0, 1],
      [50, 20, 0, 2],
      [90, 40, 0, 0],
    ],
    { kinds, kernels: { predicted: [5, -1, 40, 40] } },
  )
  const keyOf = (kind: number) => model.page.kinds[kind]!.op!
  const all = Uint8Array.of(1, 1, 1, 1)

  it('sum kinds that share a key, the longest first', () => {
    expect(group(model, all, keyOf)).toMatchObject([
      { key: 'matmul', sample: 0, count: 3, measuredNs: 70, predictedNs: 85, answeredNs: 70 },
      { key: 'copy', sample: 1, count: 1, measuredNs: 30, predictedNs: 0, answered: 0 },
    ])
  })

  it('leave out what the mask leaves out', () => {
    expect(group(model, Uint8Array.of(0, 1, 0, 0), keyOf).map(({ key }) => key)).toEqual(['copy'])
  })

  it('have the errors of the kernels with a prediction', () => {
    const errors = errorsBy(model, all, keyOf)
    expect([...errors.keys()]).toEqual(['matmul'])
    expect(errors.get('matmul')).toEqual(errorsOf([0.5, 2, 1]))
  })
})

describe('numbers on the page', () => {
  it.each([
    [time(999), '999 ns'],
    [time(12_345), '12.3 µs'],
    [time(508_871_644), '509 ms'],
    [time(1.5e9), '1.50 s'],
    [percent(0.15251), '15.3 %'],
    [percent(0.00001), '< 0.01 %'],
    [percent(Number.NaN), '–'],
    [signed(-0.097), '−9.7 %'],
    [si(4.8e12, 'B/s'), '4.80 TB/s'],
    [si(1e15, 'FLOP/s'), '1 PFLOP/s'],
  ])('%s is %s', (written, expected) => {
    expect(written).toBe(expected)
  })

  it('are powers of ten on logarithmic axes', () => {
    expect(powers([0.5, 2000])).toEqual([1, 10, 100, 1000])
  })
})
