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
    op: parameters.op === 'layernorm' ? 'layernorm' : 'rmsnorm',
    rows,
    cols,
    dtype,
    ...optional('outDtype', out === dtype ? undefined : out),
    ...(residual ? { residual } : {}),
  })
}

/** LayerNorm, by the same shapes as {@link norm}. */
export function layernorm(context: DimensionContext): Dimensions {
  return norm({ ...context, parameters: { ...context.parameters, op: 'layernorm' } })
}

/** BatchNorm [n, channels, …]: a row for each channel, since statistics are over the rest. */
export function batchnorm(context: DimensionContext): Dimensions {
  const input = context.args.tensor(...INPUT)
  const channels = size(input, input?.shape.length === 1 ? 0 : 1)
  if (input === undefined || !isCount(channels)) return NO_SHAPES
  const dtype = typeOf(context, input)
  if (dtype === undefined) return NO_DTYPE
  return { op: 'batchnorm', rows: channels, cols: elementsOf(input) / channels, dtype }
}

/** GroupNorm [n, channels, …]: a row for each group of each sample. */
export function groupnorm(context: DimensionContext): Dimensions {
  const { args } = context
  const input = args.tensor(...INPUT)
  if (input === undefined) return NO_SHAPES
  const dtype = typeOf(context, input)
  if (dtype === undefined) return NO_DTYPE
  const groups = args.number('groups', 'num_groups') ?? size(input, 1) ?? 1
  const rows = (size(input, 0) ?? 1) * groups
  return { op: 'groupnorm', rows, cols: elementsOf(input) / Math.max(1, rows), dtype }
}

/** One dimension of a tensor as columns: that of a recorded `dim`, else the last. */
function alongDim({ args }: DimensionContext, input: TensorArg): { rows: number; cols: number } {
  const dim = args.number('dim') ?? -1
  return asRows(input, input.shape.at(dim) ?? 1)
}

/** Softmax, log-softmax and their gradients. */
export function softmax(context: DimensionContext): Dimensions {
  const input = context.args.tensor(...INPUT)
  if (input === undefined) return NO_SHAPES
  const dtype = typeOf(context, input)
  if (dtype === undefined) return NO_DTYPE
  return { op: 'softmax', ...alongDim(context, input), dtype }
}

/** act(x[:, :n]) · x[:, n:]; quantised on the way out where the result has another type. */
export function gated(context: DimensionContext): Dimensions {
  const { args, parameters } = context
  const input = args.tensor('input', 'x', 'gate')
  const out = args.tensor('out')
  if (input === undefined) return NO_SHAPES
  const dtype = typeOf(context, input)
  if (dtype === undefined) return NO_DTYPE
  const cols = size(input, -1)! / 2
  const written = out?.dtype
  return oneOf({
    op: parameters.op === 'gelu_mul' ? 'gelu_mul' : 'silu_mul',
    rows: elementsOf(input) / (2 * cols),
    cols,
    dtype,
    ...optional('outDtype', written === dtype ? undefined : written),
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

/** The k largest of each row. */
export function topk(context: DimensionContext): Dimensions {
  const { args } = context
  const input = args.tensor('input', 'logits', 'probs')
  if (input === undefined) return NO_SHAPES
  const k = args.number('k', 'topk')
  const dtype = typeOf(context, input)
  if (dtype === undefined) return NO_DTYPE
  if (!isCount(k)) return 'k is not in the trace'
  return { op: 'topk', ...alongDim(context, input), k, dtype }
}

/** Sorting each row; a flat list of keys is one row. */
export function sort(context: DimensionContext): Dimensions {
  const input = context.args.tensor('input', 'keys', 'indices')
  if (input === undefined) return NO_SHAPES
  const dtype = typeOf(context, input)
  return dtype === undefined ? NO_DTYPE : { op: 'sort', ...alongDim(context, input), dtype }
}

/** Running sums along a dimension. */
export function scan(context: DimensionContext): Dimensions {
  const { args, parameters } = context
  const input = args.tensor('input')
  if (input === undefined) return NO_SHAPES
  const dtype = typeOf(context, input)
  if (dtype === undefined) return NO_DTYPE
  const name = typeof parameters.function === 'string' ? parameters.function : 'sum'
  return { op: 'scan', ...alongDim(context, input), dtype, function: name }
}

/** Choosing tokens from logits or probabilities [rows, vocabulary]. */
export function sampling(context: DimensionContext): Dimensions {
  const input = context.args.tensor('logits', 'probs', 'input')
  if (input === undefined || input.shape.length === 0) return NO_SHAPES
  const dtype = typeOf(context, input)
  return dtype === undefined ? NO_DTYPE : { op: 'sampling', ...asRows(input), dtype }
}
