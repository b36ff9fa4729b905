// Reductions: as many results as the dimensions that stay, each from the elements of those that go.
import {
  type DimensionContext,
  type Dimensions,
  dtypeIn,
  elementsOf,
  firstOfAten,
  NO_DTYPE,
  NO_SHAPES,
} from './context.js'
import { functionName } from './elementwise.js'

/** Sum, mean, max, argmax, norm, any, all, … over some or all dimensions. */
export function reduce(context: DimensionContext): Dimensions {
  const { args, groups } = context
  const input = args.tensor('input', 'self') ?? firstOfAten(context)
  if (input === undefined) return NO_SHAPES
  const dtype = input.dtype ?? dtypeIn(groups.dtype)
  if (dtype === undefined) return NO_DTYPE
  const name = functionName(context)
  const outDtype = /^(?:any|all)$/.test(name) ? 'bool' : /^arg/.test(name) ? 'int64' : undefined
  const dims = args.integers('dim')
  const elements = elementsOf(input)
  let cols = elements
  if (dims !== undefined && dims.length > 0) {
    cols = dims.reduce((product, dim) => product * (input.shape.at(dim) ?? 1), 1)
  } else if (args.text('dim') === undefined && !reducesAll(context)) {
    return 'the reduced dimension is not in the trace'
  }
  const rows = cols > 0 ? elements / cols : 0
  return {
    op: 'reduce',
    function: name,
    rows,
    cols,
    dtype,
    ...(outDtype === undefined || outDtype === dtype ? {} : { outDtype }),
  }
}

/**
 * Whether everything is reduced into one result: one dimension, an overload without a place for one, or
 * None recorded for it. Where the profiler recorded no values at all, the dimension is not known.
 */
function reducesAll({ args, event }: DimensionContext): boolean {
  const input = args.tensors[0]
  if (input !== undefined && (input.shape.length <= 1 || elementsOf(input) === 1)) return true
  const recorded = event.op?.args ?? []
  return recorded.length <= 2 || args.scalars.some((text) => text !== '')
}

/** Pooling: each result from a window of the input. */
export function pool({ args, groups }: DimensionContext): Dimensions {
  const input = args.tensor('input', 'self')
  const dtype = input?.dtype ?? dtypeIn(groups.dtype)
  if (input === undefined) return NO_SHAPES
  if (dtype === undefined) return NO_DTYPE
  const output = args.tensor('grad_output')
  if (output !== undefined) {
    const results = elementsOf(output)
    const cols = Math.max(1, Math.round(elementsOf(input) / results))
    return { op: 'pool', rows: results, cols, dtype }
  }
  const size = args.integers('output_size')
  if (size !== undefined && size.length > 0) {
    const spatial = input.shape.slice(-size.length)
    const kept = size.reduce((product, length) => product * length, 1)
    const whole = spatial.reduce((product, length) => product * length, 1)
    const rows = (elementsOf(input) / whole) * kept
    return { op: 'pool', rows, cols: Math.max(1, Math.round(whole / kept)), dtype }
  }
  const window = args.integers('kernel_size')
  const stride = args.integers('stride')
  const padding = args.integers('padding')
  if (window === undefined || window.length === 0) return 'the window is not in the trace'
  const rank = Math.min(input.shape.length, Math.max(window.length, 2))
  const at = (list: number[] | undefined, i: number, otherwise: number) =>
    list === undefined || list.length === 0 ? otherwise : list[Math.min(i, list.length - 1)]!
  let rows = elementsOf(input)
  let cols = 1
  for (let i = 0; i < rank; i++) {
    const length = input.shape.at(i - rank)!
    const kernel = at(window, i, 1)
    const results =
      Math.floor((length + 2 * at(padding, i, 0) - kernel) / at(stride, i, kernel)) + 1
    rows = (rows / length) * results
    cols *= kernel
  }
  return { op: 'pool', rows, cols, dtype }
}
