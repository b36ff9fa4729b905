import { describe, expect, it } from 'vitest'
import { expertLoad } from './expert-load.js'

describe('balanced load of the first rank', () => {
  it('gives each expert the same rows where there are enough', () => {
    expect(expertLoad(1024, 64, 8, 1, 0)).toEqual({
      rows: 8192,
      active: 64,
      blocks16: 64 * 8,
      blocks64: 64 * 2,
      blocks128: 64,
      most: 128,
    })
    expect(expertLoad(1024, 64, 8, 8, 0)).toMatchObject({ rows: 1024, active: 8 })
  })

  it('counts the experts that few tokens reach', () => {
    expect(expertLoad(1, 128, 8, 1, 0)).toMatchObject({ rows: 8, active: 8, most: 1 })
    expect(expertLoad(2, 256, 8, 8, 0)).toMatchObject({ rows: 2, active: 2 })
    // One expert a token: the first rank of eight gets every eighth token.
    expect(expertLoad(64, 128, 1, 8, 0)).toMatchObject({ rows: 8, active: 8 })
  })

  it('agrees with counting token by token', () => {
    for (const [tokens, experts, topk, ranks] of [
      [7, 16, 3, 2],
      [50, 16, 2, 4],
      [333, 60, 4, 4],
      [5, 512, 10, 16],
    ] as const) {
      const stride = Math.ceil(experts / topk)
      const local = experts / ranks
      let rows = 0
      for (let token = 0; token < tokens; token++) {
        for (let slot = 0; slot < topk; slot++) {
          const place = tokens >= stride ? token : Math.floor((token * stride) / tokens)
          if ((place + slot * stride) % experts < local) rows++
        }
      }
      expect(expertLoad(tokens, experts, topk, ranks, 0).rows).toBe(Math.max(1, rows))
    }
  })
})

describe('power law', () => {
  it('keeps the rows on one rank and puts more on the busiest of several', () => {
    expect(expertLoad(1024, 64, 8, 1, 1.2).rows).toBeCloseTo(8192, 6)
    expect(expertLoad(1024, 64, 8, 8, 1.2).rows).toBeGreaterThan(1.3 * 1024)
  })

  it('loads the busiest expert beyond the mean, never beyond the tokens', () => {
    const load = expertLoad(1024, 64, 8, 1, 1.2)
    expect(load.most).toBeGreaterThan(300)
    expect(load.most).toBeLessThanOrEqual(1024)
  })

  it('grows with tokens', () => {
    let last = 0
    for (let tokens = 1; tokens < 5000; tokens = Math.ceil(tokens * 1.17)) {
      const { rows } = expertLoad(tokens, 128, 8, 4, 1.2)
      expect(rows).toBeGreaterThanOrEqual(last * 0.9)
      last = rows
    }
  })
})
