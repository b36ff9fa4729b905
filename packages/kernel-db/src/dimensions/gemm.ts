// Matrix products: m, n, k from the operands, from sizes given as values, or from the kernel's name.
// C[m, n] = A[m, k] · B[k, n]; the weights of a linear layer may lie as [n, k].
import type { Dtype, OpCall, TensorArg } from '@flowsim/trace-schema'
import { outputDtype } from '@flowsim/trace-schema'
import {
  type DimensionContext,
  type Dimensions,
  dtypeIn,
  elementsOf,
  isCount,
  isSize,
  NO_DTYPE,
  NO_SHAPES,
  optional,
} from './context.js'
import { guessOperands } from './operands.js'

/** c10::ScalarType numbers, as `out_dtype` is recorded. Source: pytorch, c10/core/ScalarType.h. */
const SCALAR_TYPES: Record<string, Dtype> = { 5: 'fp16', 6: 'fp32', 7: 'fp64', 15: 'bf16' }

const GUESSED = 'the operator is not known; its operands are told by their shapes'

const LEFT = ['a', 'input', 'x', 'lhs']
const RIGHT = ['b', 'weight', 'rhs']

/** Dimensions of a matmul, bmm or grouped GEMM. */
export function gemm(context: DimensionContext): Dimensions {
  const guessed = guessOperands(context.args.tensors)
  const a = guessed?.a ?? context.args.tensor(...LEFT)
  const b = guessed?.b ?? context.args.tensor(...RIGHT)
  const sizes = a && b ? ofOperands(context, a, b) : undefined
  if (sizes !== undefined && guessed !== undefined) sizes.note = GUESSED
  const found = sizes ?? ofValues(context, a) ?? ofName(context, a)
  if (found === undefined) {
    const { n, k } = context.groups
    if (n && k) return `m is not in the trace; the name gives n = ${n}, k = ${k}`
    return a && b ? `m, n and k do not follow from ${shapes(a)} and ${shapes(b)}` : NO_SHAPES
  }
  const types = gemmTypes(context, a, b)
  if (types === undefined) return NO_DTYPE
  const { batch, groups, shared, m, n, k } = found
  if (![m, n, k].every(isSize)) return 'the operands are not a whole number of rows'
  const bias = context.parameters.bias === true || context.args.tensor('bias') !== undefined
  const call: OpCall = isCount(groups)
    ? { op: 'grouped_gemm', groups, m, n, k, ...types }
    : isCount(batch)
      ? { op: 'bmm', batch, m, n, k, ...types, ...(shared && { shared }) }
      : { op: 'matmul', m, n, k, ...types, ...(bias ? { bias } : {}) }
  return found.note === undefined ? call : { call, note: found.note }
}

interface Sizes {
  batch?: number
  groups?: number
  shared?: 'left'
  m: number
  n: number
  k: number
  note?: string
}

function shapes(tensor: TensorArg): string {
  return `[${tensor.shape.join(', ')}]`
}

function ofOperands(context: DimensionContext, a: TensorArg, b: TensorArg): Sizes | undefined {
  const { parameters } = context
  // Two 4-bit values share a byte where the framework has no 4-bit type.
  const packA = typeof parameters.packA === 'number' ? parameters.packA : 1
  const packN = typeof parameters.packN === 'number' ? parameters.packN : 1
  const inner = (a.shape.at(-1) ?? 1) * packA
  if (a.shape.length < 2 && b.shape.length < 2) {
    const length = elementsOf(a)
    return length === elementsOf(b) ? { m: 1, n: 1, k: length } : undefined
  }
  if (b.shape.length === 1) {
    // Matrix times vector.
    return inner === b.shape[0] ? { m: elementsOf(a) / inner, n: 1, k: inner } : undefined
  }
  if (a.shape.length === 1 && b.shape.length === 2 && b.shape[1] === inner) {
    return { m: b.shape[0]!, n: 1, k: inner }
  }
  const n = columns(inner, b.shape.at(-2)!, b.shape.at(-1)!, packA, parameters.weight)
  if (n === undefined) return undefined
  const sizes = { n: n * packN, k: inner }
  if (b.shape.length === 2) return { m: elementsOf(a) / (inner / packA), ...sizes }
  const batch = elementsOf(b) / (b.shape.at(-1)! * b.shape.at(-2)!)
  // Weights that all of a batch share (stride 0) are read once, as in one product of all rows.
  if (b.strides?.[0] === 0 && parameters.grouped !== true && a.shape.length === 3) {
    return { m: elementsOf(a) / (inner / packA), ...sizes }
  }
  if (parameters.grouped === true || a.shape.length === 2) {
    const rows = elementsOf(a) / (inner / packA)
    return { groups: batch, m: rows, ...sizes }
  }
  if (elementsOf(a) % batch !== 0) return undefined
  const shared = a.shape.length === 3 && a.strides?.[0] === 0 ? { shared: 'left' as const } : {}
  return { batch, m: elementsOf(a) / batch / (inner / packA), ...sizes, ...shared }
}

/** n of a right operand `rows` × `cols`, that lies as [k, n] or as [n, k], perhaps packed along k. */
function columns(
  k: number,
  rows: number,
  cols: number,
  packed: number,
  layout: unknown,
): number | undefined {
  if (layout !== 'nk' && rows * packed === k) return cols
  if (cols * packed === k) return rows
  for (const values of [2, 4, 8, 16]) {
    if (cols * values === k) return rows
    if (rows * values === k) return cols
  }
  return undefined
}

/** Quantised GEMMs whose weights are repacked give m, n and k as values. */
function ofValues({ args, groups }: DimensionContext, a: TensorArg | undefined): Sizes | undefined {
  const [m, n, k] = ['size_m', 'size_n', 'size_k'].map((name) => args.number(name))
  if (isSize(m) && isSize(n) && isSize(k)) return { m, n, k }
  const inner = a?.shape.at(-1)
  if (a === undefined || !isCount(inner)) return undefined
  const rows = elementsOf(a) / inner
  // The values stand next to each other; where depends on the version.
  const values = args.scalars.map((text) => (text === '' ? Number.NaN : Number(text)))
  for (let i = 0; i + 2 < values.length; i++) {
    if (values[i] === rows && values[i + 2] === inner && isSize(values[i + 1])) {
      return { m: rows, n: values[i + 1]!, k: inner }
    }
  }
  const out = args.tensor('out')?.shape.at(-1)
  if (isSize(out) && groups.n === undefined) return { m: rows, n: out, k: inner }
  return undefined
}

/** Sizes baked into the name, with the rows of the left operand. */
function ofName(
  { groups, surroundings }: DimensionContext,
  a: TensorArg | undefined,
): Sizes | undefined {
  const n = Number(groups.n ?? 0)
  const k = Number(groups.k ?? 0)
  if (!isCount(n) || !isCount(k)) return undefined
  const known = Number(groups.m ?? 0) || (a && a.shape.at(-1) === k ? elementsOf(a) / k : 0)
  const m = known || surroundings.rowsOfWidth?.(k)
  if (!isCount(m)) return undefined
  const count = Number(groups.groups ?? 0)
  return {
    ...(count > 1 ? { groups: count } : {}),
    m,
    n,
    k,
    ...(known ? {} : { note: `m is the rows of the kernel before that wrote ${k} columns` }),
  }
}

/** What of a call tells its element types. */
export type GemmTypes = Pick<
  Extract<OpCall, { op: 'matmul' }>,
  'dtype' | 'weightDtype' | 'outDtype' | 'scaling'
>

/** Element types and the layout of scales. */
export function gemmTypes(
  { args, groups, name, parameters }: DimensionContext,
  a: TensorArg | undefined,
  b: TensorArg | undefined,
): GemmTypes | undefined {
  const fixed = (key: string) => dtypeIn(parameters[key] as string | undefined)
  let dtype = fixed('dtype') ?? a?.dtype ?? dtypeIn(groups.dtype)
  if (dtype === undefined) return undefined
  const weight = fixed('weightDtype') ?? b?.dtype ?? dtypeIn(groups.weightDtype) ?? dtype
  const stored = a?.dtype ?? dtype
  const recorded = args.text('out_dtype')
  const written =
    args.tensor('out')?.dtype ??
    dtypeIn(groups.outDtype) ??
    (recorded === undefined ? undefined : (SCALAR_TYPES[recorded] ?? dtypeIn(recorded)))
  // Tensor cores take fp32 operands as tf32; the name tells which of the two a kernel is.
  if (dtype === 'fp32' && /tf32|s1688gemm|s16816gemm_f32|xf32/i.test(name)) dtype = 'tf32'
  const scale = args.tensor('scale_b') ?? args.tensor('scale_a')
  const call: GemmTypes = {
    dtype,
    ...(weight === stored ? {} : { weightDtype: weight }),
    ...optional('scaling', scale === undefined ? undefined : scaling(scale)),
  }
  const out = written ?? (dtype === 'tf32' ? 'fp32' : undefined)
  return out === undefined || out === outputDtype(call) ? call : { ...call, outDtype: out }
}

function scaling(scale: TensorArg): 'tensor' | 'channel' | 'block' {
  if (elementsOf(scale) === 1) return 'tensor'
  const sizes = scale.shape.filter((length) => length > 1)
  return sizes.length < 2 ? 'channel' : 'block'
}
