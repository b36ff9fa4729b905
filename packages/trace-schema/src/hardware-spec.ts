// A device and the system around it, as performance models need it described.
import { DTYPES, type Dtype } from './dtype.js'

/** One level of a device's memory. */
export interface MemoryLevel {
  name: 'dram' | 'llc' | 'l2' | 'shared' | 'registers'
  capacityBytes?: number | undefined
  /** Of the whole device, reads and writes together. */
  bandwidthBytesPerS?: number | undefined
  /** The capacity is that of one compute unit. */
  perComputeUnit?: boolean | undefined
}

/** The cores of a device as LLMCompass (ISCA 2024) describes them. */
export interface TileSpec {
  cores: number
  clockHz: number
  systolicArray: {
    height: number
    width: number
    countPerCore: number
    /** Multiply-accumulates of one cell in a cycle. */
    macPerCycle: number
    inputBytes: number
    outputBytes: number
  }
  vector: {
    width: number
    /** Vector units of a core (sublanes). */
    count: number
    /** Of one core: all vector units together. */
    flopsPerCycle: number
    flopsPerExp: number
    elementBytes: number
  }
  /** Of one core. */
  sramBytes: number
  l2Bytes: number
  /** Of the whole device. */
  l2BytesPerCycle: number
  /** null: the L2 is the main memory. */
  dramBytesPerS: number | null
  overheadS: {
    matmul: number
    softmax: number
    layernorm: number
    gelu: number
  }
}

/** The links that leave a device. */
export interface LinkSpec {
  name?: string | undefined
  countPerDevice: number
  /** Of one link. */
  bandwidthPerDirectionBytesPerS: number
  /** Of one link. */
  bandwidthBothDirectionsBytesPerS?: number | undefined
  latencyS: number
  flitBytes?: number | undefined
  headerBytes?: number | undefined
  maxPayloadBytes?: number | undefined
  /** Between devices of one package. */
  internalBandwidthBytesPerS?: number | undefined
  /** The switch between the links adds up what passes (NVLink SHARP). */
  switchReduces?: boolean | undefined
}

/** The adapters through which devices reach those that their links do not. */
export interface NetworkSpec {
  name?: string | undefined
  /** Less than one where several devices share an adapter: 0.125 for one in a host of eight. */
  adaptersPerDevice: number
  /** Of one adapter. */
  bandwidthPerDirectionBytesPerS: number
  /** From device to device, through both adapters. */
  latencyS?: number | undefined
  /** The switches add up what passes (SHARP). */
  switchReduces?: boolean | undefined
}

/** A device and the system around it. */
export interface HardwareSpec {
  schema: 'flowsim.hardware-spec/1'
  name: string
  title: string
  /** Device names that traces give it. */
  aliases: string[]
  vendor: 'nvidia' | 'amd' | 'intel' | 'google' | 'other'
  architecture?: string | undefined
  computeCapability?: string | undefined
  device: {
    computeUnits: number
    clockHz: number
    /** Clock that matrix throughput is listed at. */
    matrixClockHz?: number | undefined
    /** Dense peak of the matrix units by operand type. */
    matrixFlopsPerS: Partial<Record<Dtype, number>>
    /** Peak of the vector units by operand type. */
    vectorFlopsPerS: Partial<Record<Dtype, number>>
    memory: MemoryLevel[]
    /** Shortest time that any kernel takes on the device. */
    kernelLatencyS: number
    /** CPU time of one kernel launch. */
    launchLatencyS: number
    powerW?: number | undefined
    /** To the host, one direction. */
    hostBandwidthBytesPerS?: number | undefined
    /** The cores of a device as LLMCompass (ISCA 2024) describes them. */
    tile?: TileSpec | undefined
  }
  system: {
    /** Devices that the links join: those of a host, or all 72 of an NVL72. */
    devices: number
    topology: 'fully_connected' | 'switch' | 'ring' | 'none'
    link?: LinkSpec | undefined
    /** Devices of one host, where the links join those of several: 4 in an NVL72. */
    devicesPerHost?: number | undefined
    network?: NetworkSpec | undefined
  }
  /** Where each number comes from, by its path, such as "device.matrixFlopsPerS.bf16". */
  sources: Record<string, string>
  notes?: string[] | undefined
}

/** The named level of a device's memory, if the description has it. */
export function memoryLevel(
  spec: HardwareSpec,
  name: MemoryLevel['name'],
): MemoryLevel | undefined {
  return spec.device.memory.find((level) => level.name === name)
}

/** Element types for which the description lists a matrix throughput. */
export function matrixDtypes(spec: HardwareSpec): Dtype[] {
  return DTYPES.filter((dtype) => spec.device.matrixFlopsPerS[dtype] !== undefined)
}
