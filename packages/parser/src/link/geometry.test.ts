import { describe, expect, it } from 'vitest'
import { argsOf, steps } from '../testing/made-steps.js'
import { type MadeEvent, traceText } from '../testing/make-trace.js'
import { parseMade } from '../testing/samples.js'

describe('grid and block', () => {
  const one = (grid: unknown, block: unknown, header: MadeEvent = {}) => {
    const events = steps(1)
    Object.assign(argsOf(events[2]!), { grid, block })
    return parseMade(traceText(events, header))
  }

  it('a block of more than 1,024 threads is the grid', async () => {
    const { kernels, repairs } = await one([256, 1, 1], [4096, 2, 1])
    expect(kernels[0]).toMatchObject({ grid: [4096, 2, 1], block: [256, 1, 1] })
    expect(repairs).toMatchObject([{ kind: 'swapped_grid' }])
  })

  it('rocprofiler-sdk counts work items, in all kernels of a trace', async () => {
    const events = steps(2)
    Object.assign(argsOf(events[2]!), { grid: [256, 1, 1], block: [262144, 2, 1] })
    Object.assign(argsOf(events[5]!), { grid: [256, 1, 1], block: [256, 1, 1] })
    const { kernels, repairs } = await parseMade(
      traceText(events, { 'rocprofiler-sdk_version': 1.0 }),
    )
    expect(kernels).toMatchObject([
      { grid: [1024, 2, 1], block: [256, 1, 1] },
      { grid: [1, 1, 1], block: [256, 1, 1] },
    ])
    expect(repairs).toMatchObject([{ kind: 'swapped_grid', count: 2 }])
  })

  it.each([
    [
      [0, 1, 1],
      [256, 1, 1],
    ],
    [
      [1, 1, 1],
      [-256, 1, 1],
    ],
    [
      [2048, 1, 1],
      [2048, 1, 1],
    ],
    ['many', [256, 1, 1]],
    [
      [1, 1],
      [256, 1, 1],
    ],
  ])('%j and %j are left out', async (grid, block) => {
    const { kernels, repairs } = await one(grid, block)
    expect(kernels[0]).not.toHaveProperty('grid')
    expect(kernels[0]).not.toHaveProperty('block')
    expect(repairs).toMatchObject([{ kind: 'impossible_geometry' }])
  })
})
