import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus, hasCorpus } from '../../../../tests/corpus.js'
import { corpusRows } from '../testing/csv.js'
import { findHardware } from './find.js'
import { readHardware, readTemplate, sourceOf, validateHardware } from './read.js'

const template = {
  name: 'toy',
  device_count: 2,
  interconnect: {
    link: {
      bandwidth_per_direction_byte: 1e9,
      bandwidth_both_directions_byte: 2e9,
      latency_second: 1e-6,
      flit_size_byte: 16,
      header_size_byte: 16,
      max_payload_size_byte: 256,
    },
    link_count_per_device: 2,
    topology: 'RING',
  },
  device: {
    frequency_Hz: 1e9,
    compute_chiplet_count: 2,
    compute_chiplet: {
      core_count: 4,
      core: {
        sublane_count: 4,
        systolic_array: { array_width: 8, array_height: 16, data_type: 'fp16', mac_per_cycle: 1 },
        vector_unit: { vector_width: 16, flop_per_cycle: 2, data_type: 'fp32' },
        SRAM_KB: 64,
      },
    },
    memory_protocol: 'HBM2e',
    io: {
      global_buffer_MB: 4,
      global_buffer_bandwidth_per_cycle_byte: 512,
      memory_channel_active_count: 1,
      pin_count_per_channel: 100,
      bandwidth_per_pin_bit: 1e9,
    },
    memory: { total_capacity_GB: 8 },
  },
}

describe('readHardware', () => {
  it('reads a FlowSim document', () => {
    const spec = findHardware('h100_sxm')
    expect(readHardware(JSON.parse(JSON.stringify(spec)))).toEqual(spec)
  })

  it('reads an LLMCompass template as its loader does', () => {
    const spec = readHardware(template, 'toy.json')
    expect(spec.device.tile).toEqual({
      cores: 8,
      clockHz: 1e9,
      systolicArray: {
        height: 16,
        width: 8,
        countPerCore: 4,
        macPerCycle: 1,
        inputBytes: 2,
        outputBytes: 2,
      },
      // fp32 vector units still count as fp16
      vector: { width: 16, count: 4, flopsPerCycle: 128, flopsPerExp: 35, elementBytes: 2 },
      sramBytes: 65536,
      l2Bytes: 4194304,
      l2BytesPerCycle: 512,
      dramBytesPerS: 12.5e9,
      overheadS: { matmul: 2.1e-5, softmax: 1.2e-5, layernorm: 4.5e-5, gelu: 4.5e-5 },
    })
    expect(spec.system).toMatchObject({ devices: 2, topology: 'ring' })
    expect(readHardware(JSON.parse(JSON.stringify(spec)))).toEqual(spec)
  })

  it('names the JSON path of the first fault', () => {
    const broken = structuredClone(template)
    Object.assign(broken.device.io, { bandwidth_per_pin_bit: -1 })
    expect(() => readHardware(broken, 'x.json')).toThrow(
      expect.objectContaining({
        code: 'invalid_hardware',
        at: { path: 'device.io.bandwidth_per_pin_bit' },
        message: expect.stringMatching(/^x\.json: device\.io\.bandwidth_per_pin_bit: /),
      }),
    )
    const { SRAM_KB: _, ...core } = template.device.compute_chiplet.core
    expect(() =>
      readTemplate({
        ...template,
        device: {
          ...template.device,
          compute_chiplet: { ...template.device.compute_chiplet, core },
        },
      }),
    ).toThrow(/device\.compute_chiplet\.core\.SRAM_KB/)
    expect(() => readHardware({ ...findHardware('t4'), vendor: 'acme' }, 'y.json')).toThrow(
      /^y\.json: vendor: /,
    )
  })

  it.each([null, 7, 'text', [], {}])('refuses %j', (value) => {
    expect(() => readHardware(value, 'z.json')).toThrow(
      expect.objectContaining({ code: 'invalid_hardware', at: { path: 'schema' } }),
    )
  })
})

describe('validateHardware', () => {
  it('finds nothing in a sound template and every fault in a bad one', () => {
    expect(validateHardware(template)).toEqual([])
    const paths = validateHardware({ ...template, device_count: 0, name: 7 }).map(
      (problem) => problem.path,
    )
    expect(paths).toEqual(['name', 'device_count'])
  })

  it('warns of numbers without a source and of unverified ones', () => {
    const { 'device.clockHz': _, ...sources } = findHardware('b200_sxm').sources
    const problems = validateHardware({ ...findHardware('b200_sxm'), sources })
    expect(problems).toContainEqual({
      severity: 'warning',
      path: 'device.clockHz',
      message: 'no source given',
    })
    expect(problems).toContainEqual(
      expect.objectContaining({
        path: 'device.memory.l2.capacityBytes',
        message: expect.stringMatching(/^unverified/),
      }),
    )
  })

  it('warns of a systolic array that contradicts the listed peak', () => {
    const spec = structuredClone(findHardware('a100_sxm'))
    spec.device.tile!.systolicArray.height = 8
    expect(validateHardware(spec)[0]).toMatchObject({ path: 'device.tile.systolicArray' })
  })

  it('finds a source by the path of a number or of what it is part of', () => {
    const spec = findHardware('a100_sxm')
    expect(sourceOf(spec, 'device.tile.vector.width')).toContain('LLMCompass')
    expect(sourceOf(spec, 'device.nothing')).toBeUndefined()
  })
})

describeWithCorpus('LLMCompass templates', () => {
  const folder = corpus('hardware/llmcompass')
  const files = hasCorpus ? readdirSync(folder) : []
  const area = new Map(
    corpusRows('llmcompass/area.csv').map((row) => [row.config, JSON.parse(row.system ?? '')]),
  )

  it.each(files)('%s loads as LLMCompass loads it', (file) => {
    const spec = readHardware(JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')), file)
    const tile = spec.device.tile!
    const { height, width, countPerCore, macPerCycle } = tile.systolicArray
    expect({
      cores: tile.cores,
      clk: tile.clockHz,
      l2: tile.l2Bytes,
      l2bpc: tile.l2BytesPerCycle,
      tvf: tile.vector.flopsPerCycle,
      fpc: Math.ceil(tile.vector.flopsPerCycle / tile.vector.width / tile.vector.count),
      vdtype: tile.vector.elementBytes === 2 ? 'fp16' : 'fp32',
      fpe: tile.vector.flopsPerExp,
      systolic_flops: tile.cores * countPerCore * macPerCycle * 2 * height * width * tile.clockHz,
      hbm: tile.dramBytesPerS,
      sram: tile.sramBytes,
      mem: spec.device.memory[0]!.capacityBytes,
    }).toEqual(area.get(file))
  })
})
