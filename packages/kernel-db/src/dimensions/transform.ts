// Transforms along rows: Fourier and Hadamard.
import { asRows, type DimensionContext, type Dimensions, NO_DTYPE, NO_SHAPES } from './context.js'

/** A Fourier transform of each row. */
export function spectrum({ args }: DimensionContext): Dimensions {
  const input = args.tensor('input', 'self') ?? args.tensors[0]
  if (input === undefined) return NO_SHAPES
  return input.dtype === undefined ? NO_DTYPE : { op: 'fft', ...asRows(input), dtype: input.dtype }
}

/** A Hadamard transform: n·log2(n) additions for each row of n, read and written once. */
export function transform({ args }: DimensionContext): Dimensions {
  const input = args.tensor('input', 'x') ?? args.tensors[0]
  if (input === undefined) return NO_SHAPES
  if (input.dtype === undefined) return NO_DTYPE
  const { rows, cols } = asRows(input)
  return { op: 'elementwise', function: 'hadamard', elements: rows * cols, dtype: input.dtype }
}
