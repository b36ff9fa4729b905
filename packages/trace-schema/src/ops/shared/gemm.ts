// Matrix products, 2·m·n·k FLOPs each: what they have in common.
import { type Dtype, dtypeBytes } from '../../dtype.js'
import { dtype, oneOf, optional, size } from './fields.js'
import { local, type OpWork, outputDtype } from './work.js'

/** Types of a matrix product. */
export const gemmTypes = {
  dtype: dtype('Type of the left operand (activations).'),
  weightDtype: optional(dtype('Type of the right operand; `dtype` if absent.')),
  outDtype: optional(dtype('Type of the result; `dtype`, or bf16 below 16 bits.')),
  scaling: optional(oneOf(['tensor', 'channel', 'block'], 'Scales of quantised operands.')),
}

/** Sizes and types of a matrix product. */
export const gemmFields = {
  m: size('Rows of the left operand and of the result: tokens, in a linear layer.'),
  n: size('Columns of the right operand and of the result: outputs.'),
  k: size('Columns of the left operand, rows of the right one: inputs.'),
  ...gemmTypes,
}

interface Gemm {
  m: number
  n: number
  k: number
  dtype: Dtype
  weightDtype?: Dtype | undefined
  outDtype?: Dtype | undefined
}

/** Work of `batch` products that each have their own operands. */
export function gemmWork(batch: number, c: Gemm): OpWork {
  return local(
    2 * batch * c.m * c.n * c.k,
    batch * (c.m * c.k * dtypeBytes(c.dtype) + c.k * c.n * dtypeBytes(c.weightDtype ?? c.dtype)),
    batch * c.m * c.n * dtypeBytes(outputDtype(c)),
  )
}

/** `m×n×k`. */
export function gemmSizes({ m, n, k }: { m: number; n: number; k: number }): string {
  return `${m}×${n}×${k}`
}
