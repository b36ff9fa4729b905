// FLOPs and bytes that an operation needs at least: every operand read once, every result written once.
// One multiply-add counts as two FLOPs. This is the numerator of every roofline in FlowSim.
import { type Dtype, dtypeBytes } from '../../dtype.js'

/** The least work of an operation. */
export interface OpWork {
  /** Floating-point (or integer) operations; a multiply-add counts two. */
  flops: number
  /** Bytes read from memory, each operand once. */
  readBytes: number
  /** Bytes written to memory, each result once. */
  writeBytes: number
  /** Bytes that leave one rank over its links; 0 for all but communication. */
  networkBytes: number
}

/** Bytes of one index: int64, as PyTorch has them. */
export const INDEX_BYTES = 8

/** Bytes of one scale of a quantised operand: fp32. */
export const SCALE_BYTES = 4

/** Work that stays on one device. */
export function local(flops: number, readBytes: number, writeBytes: number): OpWork {
  return { flops, readBytes, writeBytes, networkBytes: 0 }
}

/** The type that an operation writes: `outDtype`, or its input type, or bf16 for 8-bit inputs. */
export function outputDtype(call: { dtype: Dtype; outDtype?: Dtype | undefined }): Dtype {
  return call.outDtype ?? (dtypeBytes(call.dtype) < 2 ? 'bf16' : call.dtype)
}
