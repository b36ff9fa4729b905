// Area of the chips that an LLMCompass template describes, and cost of the memory. A compute die of
// physical cores (control logic, vector units, systolic arrays, register files, SRAM) with a crossbar, and
// an IO die of the L2, the memory interfaces and the links. Constants and their sources: constants.ts.
// What dies cost: design-cost.ts.
import { PerfModelError } from '../errors.js'
import type { LlmcompassTemplate } from '../hardware/llmcompass-template.js'
import {
  CACHE_EFFICIENCY,
  CONTROL_TRANSISTORS,
  CROSSBAR_TRANSISTORS,
  DENSITY_PER_MM2,
  FPU64_TRANSISTORS,
  INT32_TRANSISTORS,
  type InterfaceArea,
  LINK_INTERFACES,
  MEMORY_INTERFACES,
  MEMORY_USD_PER_GB,
  REGISTER_FILE_DENSITY,
  SRAM_BIT_MM2,
} from './constants.js'

/** Areas in square millimetres: of the dies, and of what they hold. */
export interface ChipArea {
  totalMm2: number
  compute: { totalMm2: number; coresMm2: number; crossbarMm2: number }
  io: {
    totalMm2: number
    l2Mm2: number
    memoryPhyMm2: number
    memoryControllerMm2: number
    linkPhyMm2: number
    linkControllerMm2: number
  }
  /** One core. */
  core: {
    totalMm2: number
    controlMm2: number
    vectorMm2: number
    systolicMm2: number
    registersMm2: number
    sramMm2: number
  }
}

/**
 * Area of the chips of one device.
 * @throws PerfModelError `invalid_hardware` when the template lacks what only the area needs; `field` is
 *   its JSON path
 */
export function chipArea(template: LlmcompassTemplate): ChipArea {
  const { device, interconnect } = template
  const { compute_chiplet: chiplet, io } = device
  const cores = required(chiplet.physical_core_count, `${CHIPLET}.physical_core_count`)
  const computeNode = node(chiplet.process_node, `${CHIPLET}.process_node`)
  const ioNode = node(io.process_node, 'device.io.process_node')

  const core = coreArea(template, computeNode)
  const coresMm2 = cores * core.totalMm2
  const crossbarMm2 = (cores * CROSSBAR_TRANSISTORS) / computeNode.density
  const compute = { totalMm2: coresMm2 + crossbarMm2, coresMm2, crossbarMm2 }

  const l2Megabytes = required(io.physical_global_buffer_MB, 'device.io.physical_global_buffer_MB')
  const channels = required(
    io.memory_channel_physical_count,
    'device.io.memory_channel_physical_count',
  )
  const memory = known(MEMORY_INTERFACES, device.memory_protocol, 'device.memory_protocol')
  const linkName = required(interconnect.link.name, 'interconnect.link.name')
  const link = known(LINK_INTERFACES, linkName, 'interconnect.link.name')
  const links = interconnect.link_count_per_device
  const parts = {
    l2Mm2: cacheArea(l2Megabytes * 1024 * 1024, ioNode.bitMm2),
    memoryPhyMm2: memory.phyMm2 * channels,
    memoryControllerMm2: controllerArea(memory, ioNode.density) * channels,
    linkPhyMm2: link.phyMm2 * links,
    linkControllerMm2: controllerArea(link, ioNode.density) * links,
  }
  const ioMm2 =
    parts.l2Mm2 +
    parts.memoryPhyMm2 +
    parts.memoryControllerMm2 +
    parts.linkPhyMm2 +
    parts.linkControllerMm2
  const chiplets = device.compute_chiplet_count
  return {
    totalMm2: compute.totalMm2 * chiplets + ioMm2,
    compute,
    io: { totalMm2: ioMm2, ...parts },
    core,
  }
}

/**
 * Cost of one device's memory in US dollars.
 * @throws PerfModelError `invalid_hardware` for a memory that LLMCompass has no price for
 */
export function memoryCostUsd(template: LlmcompassTemplate): number {
  const { memory, memory_protocol: protocol } = template.device
  return memory.total_capacity_GB * known(MEMORY_USD_PER_GB, protocol, 'device.memory_protocol')
}

const CHIPLET = 'device.compute_chiplet'

interface ProcessNode {
  /** Transistors per mm². */
  density: number
  bitMm2: number
}

function coreArea(
  template: LlmcompassTemplate,
  { density, bitMm2 }: ProcessNode,
): ChipArea['core'] {
  const { core } = template.device.compute_chiplet
  const { systolic_array: array, vector_unit: vector, sublane_count: sublanes } = core
  const count = (key: 'int32_count' | 'fp16_count' | 'fp32_count' | 'fp64_count') =>
    required(vector[key], `${CHIPLET}.core.vector_unit.${key}`)
  const registers = required(core.register_file, `${CHIPLET}.core.register_file`)
  const parts = {
    controlMm2: (sublanes * vector.vector_width * CONTROL_TRANSISTORS) / density,
    vectorMm2:
      (sublanes *
        (count('int32_count') * INT32_TRANSISTORS +
          count('fp16_count') * fpuTransistors('fp16') +
          count('fp32_count') * fpuTransistors('fp32') +
          count('fp64_count') * fpuTransistors('fp64'))) /
      density,
    systolicMm2:
      (sublanes * fpuTransistors(array.data_type) * array.array_height * array.array_width) /
      density,
    registersMm2: sublanes * registerFileArea(registers, density),
    sramMm2: cacheArea(core.SRAM_KB * 1024, bitMm2),
  }
  return {
    totalMm2:
      parts.controlMm2 + parts.vectorMm2 + parts.systolicMm2 + parts.registersMm2 + parts.sramMm2,
    ...parts,
  }
}

const MANTISSA_BITS: Readonly<Record<string, number>> = { fp64: 52, fp32: 23, fp16: 10 }

function fpuTransistors(type: string): number {
  const bits = known(MANTISSA_BITS, type, `${CHIPLET}.core.systolic_array.data_type`)
  return FPU64_TRANSISTORS * (bits / 52) ** 2
}

/**
 * Register files by the EMPIRE polynomial in registers D, bits W and ports P, in square micrometres at
 * 90 nm, scaled by transistor density.
 */
function registerFileArea(
  {
    num_reg_files: files,
    num_registers: D,
    register_bitwidth: W,
    num_rdwr_ports: P,
  }: NonNullable<LlmcompassTemplate['device']['compute_chiplet']['core']['register_file']>,
  density: number,
): number {
  const um2 =
    3.29e4 -
    1.09e3 * D -
    883 * W -
    5550 * P +
    53.5 * D * W +
    0.015 * D ** 2 +
    0.0108 * W ** 2 +
    0.586 * P ** 2 +
    142 * D * P +
    368 * W * P
  return (files * um2 * 1e-6 * REGISTER_FILE_DENSITY) / density
}

/** SRAM in whole blocks of 512 KiB, or one block of less, at least 4 KiB. */
function cacheArea(bytes: number, bitMm2: number): number {
  const largest = 512 * 1024
  const block = Math.max(4096, Math.min(bytes, largest))
  const efficiency = CACHE_EFFICIENCY[Math.ceil(Math.log2(block)) - 12] ?? 1
  return (Math.ceil(bytes / block) * (block * 8 * bitMm2)) / efficiency
}

function controllerArea({ controllerTransistors }: InterfaceArea, density: number): number {
  return controllerTransistors / density
}

function node(name: string | undefined, path: string): ProcessNode {
  const found = required(name, path)
  return {
    density: known(DENSITY_PER_MM2, found, path),
    bitMm2: known(SRAM_BIT_MM2, found, path),
  }
}

function required<Value>(value: Value | undefined, path: string): Value {
  if (value !== undefined) return value
  throw new PerfModelError(
    'invalid_hardware',
    `${path}: is missing; the area of a chip needs it`,
    path,
  )
}

function known<Value>(table: Readonly<Record<string, Value>>, key: string, path: string): Value {
  const value = Object.hasOwn(table, key) ? table[key] : undefined
  if (value !== undefined) return value
  throw new PerfModelError(
    'invalid_hardware',
    `${path}: "${key}" is not one of ${Object.keys(table).join(', ')}`,
    path,
  )
}
