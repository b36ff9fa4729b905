import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { around, inside, moved, zoomed } from './view.js'

const total = 1_000_000
const views = fc
  .tuple(fc.integer({ min: -total, max: 2 * total }), fc.integer({ min: 0, max: 2 * total }))
  .map(([from, length]) => ({ from, to: from + length }))

describe('a view of the timeline', () => {
  it('stays inside of the window, however it was moved and zoomed', () => {
    fc.assert(
      fc.property(views, (view) => {
        const { from, to } = inside(view, total)
        expect(from).toBeGreaterThanOrEqual(-0.02 * total - 1)
        expect(to).toBeLessThanOrEqual(1.02 * total + 1)
        expect(to - from).toBeGreaterThanOrEqual(200 - 1e-6)
      }),
    )
  })

  it('is the whole window where it is asked to be longer', () => {
    expect(inside({ from: -5, to: 3 * total }, total)).toEqual({ from: 0, to: total })
  })

  it('zooms around a time that stays in its place', () => {
    expect(zoomed({ from: 100, to: 200 }, 0.5, 120)).toEqual({ from: 110, to: 160 })
  })

  it('moves by a part of its length, and leaves a margin around a stretch', () => {
    expect(moved({ from: 1000, to: 3000 }, 0.25)).toEqual({ from: 1500, to: 3500 })
    expect(around({ from: 1000, to: 3000 }, 0.1)).toEqual({ from: 800, to: 3200 })
  })
})
