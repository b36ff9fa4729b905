import { describe, expect, it } from 'vitest'
import { renderBars, renderScatter, renderShares, renderSparkline } from './render-plots.js'
import { textWidth } from './text-width.js'

describe('renderBars', () => {
  it('draws bars to eighths of a cell', () => {
    const text = renderBars(
      [
        { label: 'matmul', value: 16 },
        { label: 'norm', value: 1 },
      ],
      { width: 20 },
    )
    expect(text).toBe('matmul  ████████  16\nnorm    ▌          1')
  })

  it('draws nothing for zero', () => {
    expect(renderBars([{ label: 'a', value: 0, text: 'none' }], { width: 12 })).toBe('a       none')
  })
})

describe('renderShares', () => {
  const text = renderShares(
    [
      { label: 'busy', value: 75, text: '7.5 ms' },
      { label: 'idle', value: 24.9 },
      { label: 'tiny', value: 0.1 },
    ],
    { width: 20 },
  )

  it('fills the width, with a cell for all that is something', () => {
    expect(text.split('\n')[0]).toBe(`${'█'.repeat(14)}${'▓'.repeat(5)}▒`)
  })

  it('names the parts with their shares', () => {
    expect(text.split('\n').slice(1)).toEqual([
      '█ busy   75.0 %  7.5 ms',
      '▓ idle   24.9 %',
      '▒ tiny    0.1 %',
    ])
  })
})

describe('renderSparkline', () => {
  it('has eight heights', () => {
    expect(renderSparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe('▁▂▃▄▅▆▇█')
  })
})

describe('renderScatter', () => {
  it('puts the smallest point at the lower left and the largest at the upper right', () => {
    const text = renderScatter(
      [
        { x: 1, y: 1 },
        { x: 100, y: 100 },
      ],
      { width: 4, height: 2, xLabel: 'x', yLabel: 'y' },
    )
    expect(text).toBe(['    y', '100 │⠀⠀⠀⠈', '  1 │⡀⠀⠀⠀', '    └────', '     1x100'].join('\n'))
  })

  it('draws the diagonal beside the points', () => {
    const text = renderScatter([{ x: 1, y: 10 }], { width: 10, height: 5, diagonal: true })
    expect(text.replace(/[^\u2801-\u28ff]/g, '').length).toBeGreaterThan(5)
  })

  it('keeps every line inside of its width', () => {
    const points = Array.from({ length: 50 }, (_, i) => ({ x: i + 1, y: (i + 1) ** 2 }))
    const lines = renderScatter(points, { width: 30, height: 8 }).split('\n')
    expect(lines).toHaveLength(10)
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(37)
  })

  it('says so when there is nothing to draw', () => {
    expect(renderScatter([{ x: 0, y: 1 }])).toBe('no points')
  })
})
