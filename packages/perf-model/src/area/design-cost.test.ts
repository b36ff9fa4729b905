import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { template } from '../testing/template.js'
import { chipArea } from './chip-area.js'
import { designCost } from './design-cost.js'

/** The template with a compute die that grows with its cores, on two nodes. */
const design = (
  more: { cores?: number; node?: string; ioNode?: string; chiplets?: number } = {},
) => {
  const made = structuredClone(template)
  const { device } = made
  device.compute_chiplet.physical_core_count = more.cores ?? 72
  device.compute_chiplet.process_node = more.node ?? '7nm'
  device.io.process_node = more.ioNode ?? more.node ?? '7nm'
  device.compute_chiplet_count = more.chiplets ?? 1
  return made
}

describe('cost of a design', () => {
  it('is a share of a wafer for each die, and the memory', () => {
    const { diesUsd, flawlessDiesUsd, memoryUsd, totalUsd } = designCost(design())
    const mm2 = chipArea(design()).totalMm2
    const dies = (Math.PI * 150 * 150) / mm2 - (Math.PI * 300) / Math.sqrt(2 * mm2)
    expect(diesUsd).toBeCloseTo(9346 / dies, 9)
    expect(flawlessDiesUsd).toBeCloseTo((9346 / dies) * (1 + (mm2 * 0.0015) / 3) ** 3, 9)
    expect(memoryUsd).toBe(80 * 7)
    expect(totalUsd).toBeCloseTo(9346 / dies + 560, 9)
  })

  it('counts a die for each chiplet, and one for the IO where it is another node or there are several', () => {
    const one = designCost(design()).diesUsd!
    const apart = designCost(design({ ioNode: '5nm' })).diesUsd!
    const [two, four] = [2, 4].map((chiplets) => designCost(design({ chiplets })).diesUsd!)
    expect(apart).not.toBe(one)
    // Each more chiplet costs as much as the one before.
    const each = (four! - two!) / 2
    expect(two! - 2 * each).toBeGreaterThan(0)
    expect(each).toBeLessThan(one)
  })

  it('is unknown where a price is not published, and endless for a die as large as the wafer', () => {
    expect(designCost(design({ node: '6nm' }))).toEqual({
      ...{ diesUsd: null, flawlessDiesUsd: null, memoryUsd: 560, totalUsd: null },
    })
    expect(designCost(design({ ioNode: '6nm' })).diesUsd).toBeNull()
    const linked = design()
    linked.device.memory_protocol = 'PCIe5'
    expect(designCost(linked)).toMatchObject({ memoryUsd: null, totalUsd: null })
    expect(designCost(linked).diesUsd).toBeGreaterThan(0)
    expect(designCost(design({ cores: 20_000 })).diesUsd).toBe(Infinity)
  })

  it('rises with cores, by more where dies must be without defects', () => {
    const cores = fc.integer({ min: 1, max: 300 })
    fc.assert(
      fc.property(cores, cores, fc.constantFrom('7nm', '5nm'), (a, b, node) => {
        const [few, many] = [Math.min(a, b), Math.max(a, b) + 1].map((count) =>
          designCost(design({ cores: count, node })),
        )
        expect(many!.diesUsd!).toBeGreaterThan(few!.diesUsd!)
        const worse = (cost: typeof few) => cost!.flawlessDiesUsd! / cost!.diesUsd!
        expect(worse(many)).toBeGreaterThan(worse(few))
        expect(worse(few)).toBeGreaterThan(1)
      }),
    )
  })
})
