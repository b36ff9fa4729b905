import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { readTemplate } from '../hardware/read.js'
import { corpusRows } from '../testing/csv.js'
import { template } from '../testing/template.js'
import { chipArea, memoryCostUsd } from './chip-area.js'

describeWithCorpus('area of LLMCompass templates', () => {
  const load = (file: string) =>
    readTemplate(JSON.parse(readFileSync(corpus(`hardware/llmcompass/${file}`), 'utf8')), file)
  const rows = corpusRows('llmcompass/area.csv')

  it.each(
    rows.filter((row) => row.total_mm2 !== '').map((row) => [row.config ?? '', row] as const),
  )('%s', (file, row) => {
    const area = chipArea(load(file))
    const [core, compute, io] = ['core', 'compute', 'io'].map((part) =>
      JSON.parse(row[`${part}_breakdown`] ?? ''),
    )
    const found = {
      total: area.totalMm2,
      compute_total: area.compute.totalMm2,
      cores: area.compute.coresMm2,
      crossbar: area.compute.crossbarMm2,
      io_total: area.io.totalMm2,
      l2: area.io.l2Mm2,
      phy: area.io.memoryPhyMm2,
      controller: area.io.memoryControllerMm2,
      link_phy: area.io.linkPhyMm2,
      link_controller: area.io.linkControllerMm2,
      core: area.core.totalMm2,
      control: area.core.controlMm2,
      vector: area.core.vectorMm2,
      systolic: area.core.systolicMm2,
      registers: area.core.registersMm2,
      sram: area.core.sramMm2,
    }
    const expected: Record<string, number> = {
      total: Number(row.total_mm2),
      compute_total: compute.total_area,
      cores: compute.cores_area,
      crossbar: compute.crossbar_area,
      io_total: io.total_die_area,
      l2: io.global_buffer_area,
      phy: io.mem_phy_area,
      controller: io.mem_controller_area,
      link_phy: io.device_phy_area,
      link_controller: io.device_controller_area,
      core: core.total_core_area,
      control: core.control_area,
      vector: core.alu_area,
      systolic: core.sa_area,
      registers: core.regfile_area,
      sram: core.local_buffer_area,
    }
    for (const [part, mm2] of Object.entries(found)) {
      expect([part, Math.abs(mm2 / expected[part]! - 1) < 1e-12]).toEqual([part, true])
    }
  })

  it.each([
    ['ga102_template.json', 'device.compute_chiplet.core.register_file'],
    ['mi210.json', 'device.compute_chiplet.physical_core_count'],
  ])('%s lacks %s', (file, field) => {
    expect(() => chipArea(load(file))).toThrow(
      expect.objectContaining({ code: 'invalid_hardware', at: { path: field } }),
    )
  })
})

describe('area of a template', () => {
  it('is that of its compute dies and its IO die', () => {
    const area = chipArea(template)
    expect(area.totalMm2).toBeCloseTo(area.compute.totalMm2 + area.io.totalMm2, 9)
    const two = structuredClone(template)
    two.device.compute_chiplet_count = 2
    expect(chipArea(two).totalMm2).toBeCloseTo(area.totalMm2 + area.compute.totalMm2, 9)
  })

  it('shrinks with the process node, but for analogue parts', () => {
    const small = structuredClone(template)
    small.device.io.process_node = '5nm'
    const [before, after] = [chipArea(template).io, chipArea(small).io]
    expect(after.memoryPhyMm2).toBe(before.memoryPhyMm2)
    expect(after.memoryControllerMm2 / before.memoryControllerMm2).toBeCloseTo(96.3 / 138.2, 9)
    expect(after.l2Mm2 / before.l2Mm2).toBeCloseTo(1.25 / 1.7, 9)
  })

  it('names what it does not know', () => {
    const wrong = structuredClone(template)
    wrong.device.memory_protocol = 'DDR4'
    expect(() => chipArea(wrong)).toThrow(
      expect.objectContaining({
        at: { path: 'device.memory_protocol' },
        message: expect.stringContaining('DDR4'),
      }),
    )
  })

  it('prices the memory', () => {
    expect(memoryCostUsd(template)).toBe(80 * 7)
  })
})
