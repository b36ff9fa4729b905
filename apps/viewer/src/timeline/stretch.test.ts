import { describe, expect, it } from 'vitest'
import { testModel } from '../testing.js'
import { stretchSums } from './stretch.js'

const kinds = [
  { family: 0, bytes: 1000, flops: 50 },
  { family: 1, bytes: null, flops: null },
] as never

describe('the sums of a stretch', () => {
  // Two kernels at once, then one alone.
  const model = testModel(
    [
      [0, 100, 0, 0],
      [50, 100, 1, 1],
      [300, 100, 0, 0],
    ],
    { kinds },
  )

  it('count kernels with the part of their time and work that lies inside', () => {
    expect(stretchSums(model, 50, 350)).toEqual({
      count: 3,
      sumNs: 200,
      busyNs: 150,
      bytes: 1000,
      flops: 50,
      withoutBytes: 1,
      families: [
        { family: 0, count: 2, sumNs: 100 },
        { family: 1, count: 1, sumNs: 100 },
      ],
    })
  })

  it('of the whole are those of all kernels', () => {
    expect(stretchSums(model, 0, 400)).toMatchObject({ count: 3, sumNs: 300, bytes: 2000 })
  })

  it('of a stretch in which nothing ran are none', () => {
    expect(stretchSums(model, 160, 290)).toMatchObject({ count: 0, sumNs: 0, families: [] })
  })
})
