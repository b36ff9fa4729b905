// Kernels that TorchInductor generated. Their arguments are pointers, in-place ones first and results
// last, and then the numbers of elements that they run over and reduce.
import type { Dtype, OpCall, TensorArg } from '@flowsim/trace-schema'
import { dtypeBytes } from '@flowsim/trace-schema'
import { computing, readInductorName } from '../names/inductor.js'
import {
  bytesOf,
  type DimensionContext,
  type Dimensions,
  elementsOf,
  isCount,
  NO_DTYPE,
  NO_SHAPES,
  oneOf,
} from './context.js'

/** Dimensions of a fused kernel as the operation that its rule found in the name. */
export function inductor(context: DimensionContext): Dimensions {
  const { args, event, name, op } = context
  const tensors = args.tensors.filter((tensor) => tensor.shape.length > 0)
  // Arguments of an operator around the launch are not this kernel's.
  if (tensors.length === 0 || event.op?.argsFrom !== undefined) return NO_SHAPES
  const counts = args.scalars.map(Number).filter(isCount)
  const fused = computing(readInductorName(name)?.operators ?? new Set())
  const looksUp = fused.some((each) => LOOKUP.test(each))
  // The table of a lookup is not what a kernel runs over: results are, which come last.
  const largest =
    looksUp && counts.length === 0
      ? tensors.at(-1)!
      : tensors.reduce((a, b) => (elementsOf(b) > elementsOf(a) ? b : a))
  const dtype = largest.dtype
  if (dtype === undefined) return NO_DTYPE
  switch (op) {
    case 'rmsnorm':
    case 'layernorm':
    case 'softmax':
    case 'reduce':
      return overRows(op, dtype, rowsOf(largest, counts), tensors, fused)
    case 'quantize': {
      const outDtype = tensors.find((tensor) => tensor.dtype && dtypeBytes(tensor.dtype) < 2)?.dtype
      if (outDtype === undefined) return 'no tensor of few bits is in the trace'
      const [rows, cols] = rowsOf(largest, counts)
      return { op: 'quantize', rows, cols, dtype, outDtype }
    }
    case 'silu_mul':
    case 'gelu_mul': {
      const elements = counts[0] ?? elementsOf(largest)
      const cols = largest.shape.at(-1) ?? 1
      return oneOf({ op, rows: elements / cols, cols, dtype })
    }
    case 'gelu':
    case 'silu':
    case 'relu':
    case 'copy':
    case 'fill':
      return oneOf({ op, elements: counts[0] ?? elementsOf(largest), dtype })
    case 'cat':
      return { op: 'cat', elements: counts[0] ?? elementsOf(largest), dtype }
    case 'embedding':
      return lookup(tensors, counts[0] ?? elementsOf(largest))
    default: {
      const elements = counts[0] ?? elementsOf(largest)
      const label = fused.length === 1 ? fused[0]! : 'fused'
      const read = tensors.length > 1 ? tensors.slice(0, -1) : tensors
      // Of a table only the rows that are taken are read: no tensor more than once for each element.
      const moved = (tensor: TensorArg) =>
        Math.min(bytesOf(tensor), elements * dtypeBytes(tensor.dtype ?? 'fp32'))
      const readBytes = read.reduce((total, tensor) => total + moved(tensor), 0)
      const writeBytes = moved(tensors.at(-1)!)
      return { op: 'elementwise', function: label, elements, dtype, readBytes, writeBytes }
    }
  }
}

/** Fused operators that take rows of a table. */
const LOOKUP = /^(?:_unsafe_)?index|embedding|^gather$/

/** Rows of a table, the largest matrix of floating point, by numbers. */
function lookup(tensors: readonly TensorArg[], elements: number): Dimensions {
  const matrices = tensors.filter(({ shape, dtype }) => shape.length === 2 && isFloat(dtype))
  if (matrices.length === 0) return NO_SHAPES
  const table = matrices.reduce((a, b) => (elementsOf(b) > elementsOf(a) ? b : a))
  const [vocab, hidden] = table.shape as [number, number]
  return { op: 'embedding', tokens: elements / hidden, hidden, vocab, dtype: table.dtype! }
}

function isFloat(dtype: Dtype | undefined): boolean {
  return dtype !== undefined && !/int|bool/.test(dtype)
}

function overRows(
  op: 'rmsnorm' | 'layernorm' | 'softmax' | 'reduce',
  dtype: Dtype,
  [rows, cols]: readonly [rows: number, cols: number],
  tensors: readonly TensorArg[],
  fused: readonly string[],
): OpCall {
  if (op === 'softmax') return { op, rows, cols, dtype }
  if (op === 'reduce') {
    const known = fused.find((name) =>
      /^(?:sum|mean|amax|amin|argmax|argmin|max|min|prod|any|all)$/.test(name),
    )
    return { op, rows, cols, dtype, function: known ?? 'fused' }
  }
  // Input, addend and result are each as large as the rows.
  const whole = tensors.filter((tensor) => elementsOf(tensor) === rows * cols).length
  return oneOf({ op, rows, cols, dtype, ...(whole > 2 ? { residual: true } : {}) })
}

/** The numbers of elements behind the pointers, else the shape of the largest tensor. */
function rowsOf(largest: TensorArg, counts: readonly number[]): [number, number] {
  const last = largest.shape.at(-1) ?? 1
  const [rows = elementsOf(largest) / last, cols = last] = counts.slice(-2)
  return [rows, cols]
}
