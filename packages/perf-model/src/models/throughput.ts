// Which unit of a device computes an operation, and how fast the unit is at most. Matrix operations run
// on the matrix units in the wider type of their operands (weights of fewer bits are widened first);
// everything else runs on the vector units in fp32, as PyTorch's kernels do for 16-bit and 8-bit types.
import {
  type Dtype,
  dtypeBytes,
  type HardwareSpec,
  OPERATIONS,
  type OpCall,
} from '@flowsim/trace-schema'
import { PerfModelError } from '../errors.js'

/** A ceiling of compute and how it was chosen. */
export interface Throughput {
  flopsPerS: number
  unit: 'matrix' | 'vector'
  note?: string
}

const FP8: readonly Dtype[] = ['fp8_e4m3', 'fp8_e5m2']

/** Whether an operation runs on the matrix units. */
export function isMatrixOp(call: OpCall): boolean {
  if (call.op === 'other') return call.matrixDtype !== undefined
  return OPERATIONS[call.op].runsOn === 'matrix'
}

/** The type that the multiply-adds of a matrix operation are done in: the wider operand's. */
export function computeDtype(call: OpCall): Dtype {
  if (call.op === 'other') return call.matrixDtype ?? 'fp32'
  if (!('dtype' in call) || call.dtype === undefined) return 'fp32'
  // A KV cache of fewer bits is widened by the kernel, queries stay in their type.
  if (!('weightDtype' in call) || call.weightDtype === undefined) return call.dtype
  return dtypeBytes(call.weightDtype) > dtypeBytes(call.dtype) ? call.weightDtype : call.dtype
}

/**
 * The dense peak at which a device multiplies matrices of a type.
 * @throws PerfModelError `unsupported_dtype` for a type that the device has no unit for
 */
export function matrixThroughput(hardware: HardwareSpec, dtype: Dtype, op: string): Throughput {
  const { matrixFlopsPerS: matrix, vectorFlopsPerS: vector } = hardware.device
  const direct = matrix[dtype]
  if (direct !== undefined) {
    const other = vector[dtype]
    if (other !== undefined && other > direct) return { flopsPerS: other, unit: 'vector' }
    return { flopsPerS: direct, unit: 'matrix' }
  }
  if (FP8.includes(dtype)) {
    const either = FP8.map((type) => matrix[type]).find((rate) => rate !== undefined)
    if (either !== undefined) return { flopsPerS: either, unit: 'matrix' }
  }
  if (dtype === 'uint8' && matrix.int8 !== undefined) {
    return { flopsPerS: matrix.int8, unit: 'matrix' }
  }
  const own = vector[dtype]
  // Some devices list a 16-bit rate far below fp32 (P4): kernels widen instead.
  const half = dtype === 'fp16' || dtype === 'bf16'
  if (own !== undefined && !(half && own < vectorPeak(hardware))) {
    return { flopsPerS: own, unit: 'vector' }
  }
  // No unit multiplies these: kernels widen them to fp32, or to int32 at the integer rate.
  const narrow = dtypeBytes(dtype) < 2 && dtype !== 'bool'
  if (!narrow && dtype !== 'fp64' && dtype !== 'complex128') {
    const wide = half ? (matrix.fp32 ?? 0) : 0
    const rate = Math.max(wide, vectorPeak(hardware))
    return {
      flopsPerS: rate,
      unit: wide === rate ? 'matrix' : 'vector',
      ...(dtype === 'fp32' || dtype === 'tf32'
        ? {}
        : { note: `${hardware.name} has no ${dtype} units; computed as fp32` }),
    }
  }
  throw new PerfModelError(
    'unsupported_dtype',
    `${op}.dtype: ${hardware.name} does not compute ${dtype}; it has ${supported(hardware)}`,
    'dtype',
  )
}

/** The fp32 peak of the vector units, or that of the widest type that is listed. */
export function vectorPeak(hardware: HardwareSpec): number {
  const { matrixFlopsPerS: matrix, vectorFlopsPerS: vector } = hardware.device
  const rate = vector.fp32 ?? vector.fp16 ?? vector.bf16 ?? vector.fp64 ?? matrix.fp32
  if (rate !== undefined) return rate
  throw new PerfModelError(
    'invalid_hardware',
    `${hardware.name}: device.vectorFlopsPerS lists no floating-point type`,
    'device.vectorFlopsPerS',
  )
}

/** The peak at which the vector units compute on elements of a type. */
export function vectorThroughput(hardware: HardwareSpec, dtype: Dtype | undefined): Throughput {
  const { vectorFlopsPerS: vector } = hardware.device
  const own =
    dtype === 'fp64' || dtype === 'complex128'
      ? vector.fp64
      : dtype === 'int32' || dtype === 'uint32'
        ? vector.int32
        : undefined
  return { flopsPerS: own ?? vectorPeak(hardware), unit: 'vector' }
}

function supported(hardware: HardwareSpec): string {
  const { matrixFlopsPerS, vectorFlopsPerS } = hardware.device
  return [...new Set([...Object.keys(matrixFlopsPerS), ...Object.keys(vectorFlopsPerS)])].join(', ')
}
