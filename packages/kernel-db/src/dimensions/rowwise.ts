// Operations on rows: normalisations, softmax, gated activations, quantisation, sort and selection.
import type { Dtype, TensorArg } from '@flowsim/trace-schema'
import {
  asRows,
  type DimensionContext,
  type Dimensions,
  dtypeIn,
  elementsOf,
  isCount,
  NO_DTYPE,
  NO_SHAPES,
  oneOf,
  optional,
  size,
} from './context.js'

const INPUT = ['input', 'x', 'grad_output', 'grad'] as const

function typeOf({ groups }: DimensionContext, tensor: TensorArg): Dtype | undefined {
  return tensor.dtype ?? dtypeIn(groups.dtype)
}

/** LayerNorm and RMSNorm: rows as wide as the weight. */
export function norm(context: DimensionContext): Dimensions {
  const { args, parameters } = context
  const input = args.tensor(...INPUT) ?? args.tensor('hidden_states')
  if (input === undefined) return NO_SHAPES
  const dtype = typeOf(context, input)
  if (dtype === undefined) return NO_DTYPE
  const shape = args.integers('normalized_shape')
  const weight = args.tensor('weight')
  const width =
    weight === undefined
      ? shape === undefined || shape.length === 0
        ? undefined
        : shape.reduce((a, b) => a * b, 1)
      : elementsOf(weight)
  const fits = width !== undefined && width > 0 && elementsOf(input) % width === 0
  const { rows, cols } = asRows(input, fits ? width : undefined)
  const out = args.tensor('out')?.dtype
  const residual = parameters.residual === true || args.tensor('residual') !== undefined
  return oneOf({
    op: context.op === 'layernorm' ? 'layernorm' : 'rmsnorm',
    rows,
    cols,
    dtype,
    ...optional('outDtype', out === dtype ? undefined : out),
    ...(residual ? { residual } : {}),
    ...(parameters.direction === 'backward' ? { direction: 'backward' as const } : {}),
  })
}

/** Rounding to fewer bits, with a scale for each row or group. */
export function quantize(context: DimensionContext): Dimensions {
  const { args, parameters, groups } = context
  const input = args.tensor('input', 'x')
  if (input === undefined) return NO_SHAPES
  const dtype = dtypeIn(parameters.dtype as string | undefined) ?? typeOf(context, input)
  const out = args.tensor('out')
  const recorded = out?.dtype === 'uint8' ? undefined : out?.dtype
  const outDtype =
    dtypeIn(parameters.outDtype as string | undefined) ??
    recorded ??
    dtypeIn(groups.outDtype) ??
    dtypeIn(parameters.outDtypeDefault as string | undefined)
  if (dtype === undefined || outDtype === undefined) return NO_DTYPE
  const { rows, cols } = asRows(input)
  const scales = size(args.tensor('scale'), -1)
  const fromScales =
    scales !== undefined && scales > 1 && cols % scales === 0 ? cols / scales : undefined
  const groupSize = args.number('group_size') ?? (Number(groups.group ?? 0) || fromScales)
  return {
    op: 'quantize',
    rows,
    cols,
    dtype,
    outDtype,
    ...(isCount(groupSize) && groupSize < cols ? { groupSize } : {}),
  }
}
