// LLMCompass hardware templates (configs/*.json of PrincetonUniversity/LLMCompass): the schema, and how
// LLMCompass' own loader turns one into a device and a system. Quirks of the loader that are kept: the
// vector units always count as fp16 with 35 FLOPs per exponential, the systolic arrays write in the
// type they read, the launch overheads are those of the A100. Keys about transistors (physical_*,
// register_file, *_count, process_node) serve the area model only and may be absent.
import type { HardwareSpec, TileSpec } from '@flowsim/trace-schema'
import { z } from 'zod'

const positive = z.number().positive()
/** More units, links or devices than anything has. */
const MOST = 2 ** 31 - 1
const count = z.int().positive().max(MOST)
const elementType = z
  .string()
  .regex(/\d/, 'an element type with its width, such as "fp16"')
  .refine((name) => wordBytes(name) >= 1, 'at least 8 bits wide')

/** Validates an LLMCompass hardware template. */
export const llmcompassTemplateSchema = z.object({
  name: z.string(),
  device_count: count,
  interconnect: z.object({
    link: z.object({
      name: z.string().optional(),
      bandwidth_per_direction_byte: positive,
      bandwidth_both_directions_byte: positive,
      latency_second: z.number().nonnegative(),
      flit_size_byte: count,
      header_size_byte: z.int().nonnegative().max(MOST),
      max_payload_size_byte: count,
    }),
    link_count_per_device: count,
    topology: z.string(),
  }),
  device: z.object({
    frequency_Hz: positive,
    compute_chiplet_count: count,
    compute_chiplet: z.object({
      physical_core_count: count.optional(),
      core_count: count,
      process_node: z.string().optional(),
      core: z.object({
        sublane_count: count,
        systolic_array: z.object({
          array_width: count,
          array_height: count,
          data_type: elementType,
          mac_per_cycle: positive,
        }),
        vector_unit: z.object({
          vector_width: count,
          flop_per_cycle: positive,
          data_type: elementType,
          int32_count: z.number().nonnegative().optional(),
          fp16_count: z.number().nonnegative().optional(),
          fp32_count: z.number().nonnegative().optional(),
          fp64_count: z.number().nonnegative().optional(),
        }),
        register_file: z
          .object({
            num_reg_files: count,
            num_registers: count,
            register_bitwidth: count,
            num_rdwr_ports: count,
          })
          .optional(),
        SRAM_KB: positive,
      }),
    }),
    memory_protocol: z.string(),
    io: z.object({
      process_node: z.string().optional(),
      global_buffer_MB: positive,
      physical_global_buffer_MB: positive.optional(),
      global_buffer_bandwidth_per_cycle_byte: positive,
      memory_channel_physical_count: count.optional(),
      memory_channel_active_count: count,
      pin_count_per_channel: count,
      bandwidth_per_pin_bit: positive,
    }),
    memory: z.object({ total_capacity_GB: positive }),
  }),
})

/** An LLMCompass hardware template: a device, its links and what its chips are made of. */
export interface LlmcompassTemplate extends z.infer<typeof llmcompassTemplateSchema> {}

/** Bytes of an element type named by its first run of digits: "fp16" is 2. */
function wordBytes(name: string): number {
  return Math.floor(Number(/\d+/.exec(name)?.[0] ?? 0) / 8)
}

/** The tile description that LLMCompass makes of a template. */
function templateTile(template: LlmcompassTemplate): TileSpec {
  const { device } = template
  const { core, core_count: coreCount } = device.compute_chiplet
  const { systolic_array: array, vector_unit: vector } = core
  const { io } = device
  return {
    cores: coreCount * device.compute_chiplet_count,
    clockHz: device.frequency_Hz,
    systolicArray: {
      height: array.array_height,
      width: array.array_width,
      countPerCore: core.sublane_count,
      macPerCycle: array.mac_per_cycle,
      inputBytes: wordBytes(array.data_type),
      outputBytes: wordBytes(array.data_type),
    },
    vector: {
      width: vector.vector_width,
      count: core.sublane_count,
      flopsPerCycle: core.sublane_count * vector.vector_width * vector.flop_per_cycle,
      flopsPerExp: 35,
      elementBytes: 2,
    },
    sramBytes: Math.floor(core.SRAM_KB * 1024),
    l2Bytes: Math.floor(io.global_buffer_MB * 1024 * 1024),
    l2BytesPerCycle: io.global_buffer_bandwidth_per_cycle_byte,
    dramBytesPerS: Math.floor(
      (io.memory_channel_active_count * io.pin_count_per_channel * io.bandwidth_per_pin_bit) / 8,
    ),
    overheadS: { matmul: 2.1e-5, softmax: 1.2e-5, layernorm: 4.5e-5, gelu: 4.5e-5 },
  }
}

/** The hardware description that LLMCompass makes of a template. */
export function templateHardware(template: LlmcompassTemplate, source: string): HardwareSpec {
  const tile = templateTile(template)
  const { interconnect } = template
  const { link } = interconnect
  const array = tile.systolicArray
  const matrix =
    tile.cores *
    array.countPerCore *
    array.macPerCycle *
    2 *
    array.height *
    array.width *
    tile.clockHz
  const vector = tile.vector.flopsPerCycle * tile.cores * tile.clockHz
  return {
    schema: 'flowsim.hardware-spec/1',
    name: template.name.replace(/[^a-z0-9_.]+/gi, '-').replace(/^[-_.]+|-+$/g, '') || 'template',
    title: template.name,
    aliases: [],
    vendor: 'other',
    device: {
      computeUnits: tile.cores,
      clockHz: tile.clockHz,
      matrixFlopsPerS: { fp16: matrix, bf16: matrix },
      vectorFlopsPerS: { fp16: vector, fp32: vector },
      memory: [
        {
          name: 'dram',
          capacityBytes: template.device.memory.total_capacity_GB * 1024 ** 3,
          bandwidthBytesPerS: tile.dramBytesPerS ?? 1,
        },
        {
          name: 'l2',
          capacityBytes: tile.l2Bytes,
          bandwidthBytesPerS: tile.l2BytesPerCycle * tile.clockHz,
        },
        { name: 'shared', capacityBytes: tile.sramBytes, perComputeUnit: true },
      ],
      kernelLatencyS: 0,
      launchLatencyS: 0,
      tile,
    },
    system: {
      devices: template.device_count,
      topology: interconnect.topology === 'FC' ? 'fully_connected' : 'ring',
      link: {
        ...(link.name === undefined ? {} : { name: link.name }),
        countPerDevice: interconnect.link_count_per_device,
        bandwidthPerDirectionBytesPerS: link.bandwidth_per_direction_byte,
        bandwidthBothDirectionsBytesPerS: link.bandwidth_both_directions_byte,
        latencyS: link.latency_second,
        flitBytes: link.flit_size_byte,
        headerBytes: link.header_size_byte,
        maxPayloadBytes: link.max_payload_size_byte,
      },
    },
    sources: { device: `LLMCompass template ${source}`, system: `LLMCompass template ${source}` },
    notes: ['LLMCompass knows no kernel latency; bf16 counts as fp16, fp32 vectors as fp16.'],
  }
}
