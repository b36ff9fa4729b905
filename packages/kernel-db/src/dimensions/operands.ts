// The operands of a product in an operator that no rule describes, told by their shapes. Only where they
// leave no doubt: two matrices that fit, or three of which one is the product of the others. An operator
// with more is a layer, and runs several products.
import type { TensorArg } from '@flowsim/trace-schema'
import { dtypeBytes } from '@flowsim/trace-schema'
import { elementsOf } from './context.js'

/** Left and right operand, and the result where it is recorded. */
export interface Operands {
  a: TensorArg
  b: TensorArg
  out?: TensorArg
}

/** The operands among the recorded tensors of an operator, in the order of its arguments. */
export function guessOperands(tensors: readonly TensorArg[]): Operands | undefined {
  if (tensors.some(({ name }) => name !== undefined)) return undefined
  const matrices = tensors.filter(isMatrix)
  const operands = matrices.filter((tensor) => !isScale(tensor, matrices))
  if (operands.length === 2) {
    const [a, b] = operands as [TensorArg, TensorArg]
    return width(a, b) === undefined ? undefined : { a, b }
  }
  if (operands.length !== 3) return undefined
  // The result comes first or last.
  for (const [a, b, out] of [
    [0, 1, 2],
    [1, 2, 0],
  ] as const) {
    const found = { a: operands[a]!, b: operands[b]!, out: operands[out]! }
    const n = width(found.a, found.b)
    if (n === undefined || found.out.shape.at(-1) !== n) continue
    if (elementsOf(found.out) / n === elementsOf(found.a) / found.a.shape.at(-1)!) return found
  }
  return undefined
}

function isMatrix({ shape }: TensorArg): boolean {
  return shape.length >= 2 && shape.length <= 3 && shape.every((length) => length > 0)
}

/** Scales of 8-bit and smaller operands are of another type, and smaller. */
function isScale(tensor: TensorArg, among: readonly TensorArg[]): boolean {
  const narrow = among.filter(({ dtype }) => dtype !== undefined && dtypeBytes(dtype) <= 1)
  if (narrow.length === 0) return false
  const largest = Math.max(...narrow.map(elementsOf))
  const isNarrow = narrow.includes(tensor) && elementsOf(tensor) * 16 > largest
  return !isNarrow && tensor.dtype !== 'bf16' && tensor.dtype !== 'fp16'
}

/** Columns of a · b, where b lies as [k, n] or as [n, k]. */
function width(a: TensorArg, b: TensorArg): number | undefined {
  if (b.shape.length > a.shape.length) return undefined
  if (b.shape.length === 3 && a.shape[0] !== b.shape[0]) return undefined
  const k = a.shape.at(-1)!
  const [rows, cols] = b.shape.slice(-2) as [number, number]
  return rows === k ? cols : cols === k ? rows : undefined
}
