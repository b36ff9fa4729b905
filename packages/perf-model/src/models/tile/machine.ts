// A device as the matmul search needs it: rates per cycle and the bytes of every operand.
import { type Dtype, dtypeBytes, type HardwareSpec, type TileSpec } from '@flowsim/trace-schema'
import { PerfModelError } from '../../errors.js'
import { matrixThroughput } from '../throughput.js'
import { type ArrayCycles, llmcompassArrayCycles, mendedArrayCycles } from './systolic-array.js'

/** Bytes of one element of each operand, as the loops count them. */
interface OperandBytes {
  /** Between main memory and the L2. */
  dramLeft: number
  dramRight: number
  dramResult: number
  /** Between the L2 and the cores. */
  l2Left: number
  l2Right: number
  l2SumsRead: number
  l2SumsWritten: number
  /** Of what the last batch of cores writes. */
  l2Result: number
}

/** A device during one search. */
export interface Machine {
  cores: number
  clockHz: number
  array: { height: number; width: number; countPerCore: number; macPerCycle: number }
  arrayCycles: ArrayCycles
  /** Multiply-adds per cycle and array that no product exceeds. */
  arrayPeak: number
  /** Vector FLOPs per cycle of one core. */
  vectorFlopsPerCycle: number
  sramBytes: number
  l2Bytes: number
  l2BytesPerCycle: number
  /** Infinity where the L2 is the main memory. */
  dramBytesPerCycle: number
  bytes: OperandBytes
}

/** A device exactly as LLMCompass sees it, for elements of `wordBytes`. */
export function llmcompassMachine(tile: TileSpec, wordBytes: number): Machine {
  const { height, width, countPerCore, macPerCycle, inputBytes, outputBytes } = tile.systolicArray
  return {
    cores: tile.cores,
    clockHz: tile.clockHz,
    array: { height, width, countPerCore, macPerCycle },
    arrayCycles: llmcompassArrayCycles,
    // Above the peak by the bug that systolic-array.ts describes. Tiny arrays gain more from the minus
    // one of the closed form; they get no bound.
    arrayPeak: height + width < 8 ? Infinity : (height * width * macPerCycle) / 0.98,
    vectorFlopsPerCycle: tile.vector.flopsPerCycle,
    sramBytes: tile.sramBytes,
    l2Bytes: tile.l2Bytes,
    l2BytesPerCycle: tile.l2BytesPerCycle,
    dramBytesPerCycle: (tile.dramBytesPerS ?? Infinity) / tile.clockHz,
    bytes: {
      dramLeft: wordBytes,
      dramRight: wordBytes,
      dramResult: wordBytes,
      l2Left: inputBytes,
      l2Right: inputBytes,
      l2SumsRead: inputBytes,
      l2SumsWritten: outputBytes,
      l2Result: wordBytes,
    },
  }
}

/** Element types of a matrix product. */
export interface ProductTypes {
  /** That the multiply-adds are done in. */
  compute: Dtype
  left: Dtype
  right: Dtype
  result: Dtype
}

/**
 * A device as our own mode sees it: arrays at the listed peak of the type, operands in their own types,
 * utilisation applied the right way. `share` devices of equal size share its cores, caches and
 * bandwidths; a `warm` L2 holds the operands already.
 */
export function ownMachine(
  hardware: HardwareSpec,
  op: string,
  types: ProductTypes,
  share: number,
  warm: boolean,
): Machine {
  const tile = requireTile(hardware)
  const { height, width, countPerCore, macPerCycle } = tile.systolicArray
  const listed = 2 * height * width * countPerCore * macPerCycle * tile.cores * tile.clockHz
  const mac = (macPerCycle * matrixThroughput(hardware, types.compute, op).flopsPerS) / listed
  const left = dtypeBytes(types.left)
  const right = dtypeBytes(types.right)
  const result = dtypeBytes(types.result)
  const dram = warm || tile.dramBytesPerS === null ? Infinity : tile.dramBytesPerS / tile.clockHz
  return {
    cores: Math.max(1, Math.floor(tile.cores / share)),
    clockHz: tile.clockHz,
    array: { height, width, countPerCore, macPerCycle: mac },
    arrayCycles: mendedArrayCycles,
    arrayPeak: height + width < 8 ? Infinity : height * width * mac,
    vectorFlopsPerCycle: tile.vector.flopsPerCycle,
    sramBytes: tile.sramBytes,
    l2Bytes: tile.l2Bytes / share,
    l2BytesPerCycle: tile.l2BytesPerCycle / share,
    dramBytesPerCycle: dram / share,
    bytes: {
      dramLeft: left,
      dramRight: right,
      dramResult: result,
      l2Left: left,
      l2Right: right,
      l2SumsRead: result,
      l2SumsWritten: result,
      l2Result: result,
    },
  }
}

/** The tile description of a device. @throws PerfModelError `invalid_hardware` when it has none */
export function requireTile(hardware: HardwareSpec): TileSpec {
  const { tile } = hardware.device
  if (tile !== undefined) return tile
  throw new PerfModelError(
    'invalid_hardware',
    `${hardware.name}: device.tile is not described, so the tile model cannot lay anything out`,
    'device.tile',
  )
}
