// Rows of operations that stream: element by element, row by row, and whatever PyTorch ran in eager mode.
import type { Dtype, OpCall } from '@flowsim/trace-schema'
import { count, optional, type Read, type Row, sourceOf, text, wrong } from './columns.js'
import { eagerKernels } from './eager-ops.js'
import { GEMM_TYPES } from './element-types.js'

/** Operations of PyTorch, timed with their launches: one that runs several kernels has them all. */
export function eager(row: Row): Read {
  const [call, ...more] = eagerKernels({
    problem: text(row, 'problem'),
    inputs: text(row, 'inputs'),
    init: optional(row, 'init') ?? '[]',
  })
  return { call, more, options: { source: 'kernelbench' } }
}

/** An operation by the name that its collector gave it. */
export function elementwise(row: Row): Read {
  const rows = count(row, 'rows')
  const cols = count(row, 'cols')
  const op = text(row, 'op')
  const types = text(row, 'dtype').split('->')
  const dtype = GEMM_TYPES[types[0]!]?.dtype
  if (dtype === undefined) throw wrong('dtype', `"${types[0]}" is not an element type`)
  const options = sourceOf([optional(row, 'source') ?? optional(row, 'framework')])
  const shape = { rows, cols, dtype }
  const elements = rows * cols
  switch (op) {
    case 'softmax':
    case 'layernorm':
    case 'rmsnorm':
      return { call: { op, ...shape } as OpCall, options }
    case 'silu_and_mul':
      return { call: { op: 'silu_mul', ...shape }, options }
    case 'gelu':
    case 'relu':
      return { call: { op, elements, dtype } as OpCall, options }
    case 'rope':
      return { call: rope(rows, cols, dtype), options }
    case 'quant_fp8_dynamic_per_token':
      return { call: { op: 'quantize', ...shape, outDtype: 'fp8_e4m3' }, options }
    case 'quant_fp8_static_per_tensor':
      return {
        call: { op: 'quantize', ...shape, outDtype: 'fp8_e4m3', groupSize: elements },
        options,
      }
    default: {
      const name = op === 'residual_add' ? 'add' : op
      const inputs = name.endsWith('_scalar') || name === 'tanh' ? 1 : 2
      return { call: { op: 'elementwise', function: name, elements, dtype, inputs }, options }
    }
  }
}

/** Rows give the width of all heads together; heads of 128 are the usual ones. */
function rope(tokens: number, width: number, dtype: Dtype): OpCall {
  const headDim = width % 128 === 0 ? 128 : width
  return { op: 'rope', tokens, heads: width / headDim, kvHeads: 0, headDim, dtype }
}
