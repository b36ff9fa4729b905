// A device and the system around it, as performance models need it described.
import { z } from 'zod'
import { dtypeSchema } from './tensor.js'

const positive = z.number().positive()
/** More units, links or devices than anything has. */
const MOST = 2 ** 31 - 1
const count = z.int().positive().max(MOST)
const bytes = z
  .int()
  .positive()
  .max(2 ** 48)
const byDtype = z.partialRecord(dtypeSchema, positive)

/** Validates a `MemoryLevel`. */
export const memoryLevelSchema = z.object({
  name: z.enum(['dram', 'llc', 'l2', 'shared', 'registers']),
  capacityBytes: positive.optional(),
  bandwidthBytesPerS: positive
    .optional()
    .describe('Of the whole device, reads and writes together.'),
  perComputeUnit: z.boolean().optional().describe('The capacity is that of one compute unit.'),
})

/** Validates a `TileSpec`. */
export const tileSpecSchema = z
  .object({
    cores: count,
    clockHz: positive,
    systolicArray: z.object({
      height: count,
      width: count,
      countPerCore: count,
      macPerCycle: positive.describe('Multiply-accumulates of one cell in a cycle.'),
      inputBytes: count,
      outputBytes: count,
    }),
    vector: z.object({
      width: count,
      count: count.describe('Vector units of a core (sublanes).'),
      flopsPerCycle: positive.describe('Of one core: all vector units together.'),
      flopsPerExp: positive,
      elementBytes: count,
    }),
    sramBytes: bytes.describe('Of one core.'),
    l2Bytes: bytes,
    l2BytesPerCycle: positive.describe('Of the whole device.'),
    dramBytesPerS: positive.nullable().describe('null: the L2 is the main memory.'),
    overheadS: z.object({
      matmul: z.number().nonnegative(),
      softmax: z.number().nonnegative(),
      layernorm: z.number().nonnegative(),
      gelu: z.number().nonnegative(),
    }),
  })
  .meta({ description: 'The cores of a device as LLMCompass (ISCA 2024) describes them.' })

/** Validates a `LinkSpec`. */
export const linkSpecSchema = z.object({
  name: z.string().optional(),
  countPerDevice: count,
  bandwidthPerDirectionBytesPerS: positive.describe('Of one link.'),
  bandwidthBothDirectionsBytesPerS: positive.optional().describe('Of one link.'),
  latencyS: z.number().nonnegative(),
  flitBytes: count.optional(),
  headerBytes: z.int().nonnegative().max(MOST).optional(),
  maxPayloadBytes: count.optional(),
  internalBandwidthBytesPerS: positive.optional().describe('Between devices of one package.'),
  switchReduces: z
    .boolean()
    .optional()
    .describe('The switch between the links adds up what passes (NVLink SHARP).'),
})

/** Validates a `NetworkSpec`. */
const networkSpecSchema = z.object({
  name: z.string().optional(),
  adaptersPerDevice: positive.describe(
    'Less than one where several devices share an adapter: 0.125 for one in a host of eight.',
  ),
  bandwidthPerDirectionBytesPerS: positive.describe('Of one adapter.'),
  latencyS: z
    .number()
    .nonnegative()
    .optional()
    .describe('From device to device, through both adapters.'),
  switchReduces: z.boolean().optional().describe('The switches add up what passes (SHARP).'),
})

/** Validates a `HardwareSpec`. */
export const hardwareSpecSchema = z
  .object({
    schema: z.literal('flowsim.hardware-spec/1'),
    name: z.string().regex(/^[a-z0-9][a-z0-9_.-]*$/i, 'letters, digits, "_", "-" and "." only'),
    title: z.string(),
    aliases: z.array(z.string()).describe('Device names that traces give it.'),
    vendor: z.enum(['nvidia', 'amd', 'intel', 'google', 'other']),
    architecture: z.string().optional(),
    computeCapability: z.string().optional(),
    device: z.object({
      computeUnits: count,
      clockHz: positive,
      matrixClockHz: positive.optional().describe('Clock that matrix throughput is listed at.'),
      matrixFlopsPerS: byDtype.describe('Dense peak of the matrix units by operand type.'),
      vectorFlopsPerS: byDtype.describe('Peak of the vector units by operand type.'),
      memory: z.array(memoryLevelSchema).min(1),
      kernelLatencyS: z
        .number()
        .nonnegative()
        .describe('Shortest time that any kernel takes on the device.'),
      launchLatencyS: z.number().nonnegative().describe('CPU time of one kernel launch.'),
      powerW: positive.optional(),
      hostBandwidthBytesPerS: positive.optional().describe('To the host, one direction.'),
      tile: tileSpecSchema.optional(),
    }),
    system: z.object({
      devices: count.describe(
        'Devices that the links join: those of a host, or all 72 of an NVL72.',
      ),
      devicesPerHost: count
        .optional()
        .describe('Devices of one host, where the links join those of several: 4 in an NVL72.'),
      topology: z.enum(['fully_connected', 'switch', 'ring', 'none']),
      link: linkSpecSchema.optional(),
      network: networkSpecSchema.optional(),
    }),
    sources: z
      .record(z.string(), z.string())
      .describe(
        'Where each number comes from, by its path, such as "device.matrixFlopsPerS.bf16".',
      ),
    notes: z.array(z.string()).optional(),
  })
  .meta({ description: 'A device and the system around it.' })
