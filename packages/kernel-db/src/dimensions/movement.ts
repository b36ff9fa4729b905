// Gathering and scattering rows, embeddings, writing keys and values into the cache, rotary position.
import type { TensorArg } from '@flowsim/trace-schema'
import {
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
import { broadcast, elementsPerBlock } from './elementwise.js'

/** Rows of a table by their numbers. */
export function gather(context: DimensionContext): Dimensions {
  return byIndex(context, 'gather')
}

/** Rows written to places by their numbers. */
export function scatter(context: DimensionContext): Dimensions {
  return byIndex(context, 'scatter')
}

function byIndex(context: DimensionContext, op: 'gather' | 'scatter'): Dimensions {
  const { args, groups, event, name } = context
  const table = args.tensor('input', 'self', 'weight')
  const values = args.tensor('values', 'src')
  const dtype = (values ?? table)?.dtype ?? dtypeIn(groups.dtype)
  if (table === undefined) return NO_SHAPES
  if (dtype === undefined) return NO_DTYPE
  const index = args.tensor('index', 'indices')
  const dim = args.number('dim')
  // gather and scatter_ take one element for each number; the others take rows.
  const single = context.parameters.single === true
  if (single && index !== undefined) return oneOf({ op, ...byElement(context, index, dim), dtype })
  const listed = args.list('indices')
  const indexed = listed.filter((tensor) => elementsOf(tensor) > 0)
  const width = (taken: number) => {
    const rest = table.shape.filter((_, i) => i !== (dim === undefined ? 0 : positive(dim, table)))
    return taken === 1
      ? rest.reduce((product, length) => product * length, 1)
      : table.shape.slice(taken).reduce((product, length) => product * length, 1)
  }
  const taking = (rows: number, taken = 1) => {
    const cols = width(taken)
    const tableRows = cols > 0 ? elementsOf(table) / cols : rows
    // Rows that are taken more than once are read once.
    const repeats = op === 'gather' && tableRows < rows && isCount(tableRows)
    return oneOf({ op, rows, cols, ...(repeats ? { tableRows } : {}), dtype })
  }
  if (index !== undefined) return taking(distinctOf(index))
  const elements = values === undefined ? undefined : elementsOf(values)
  if (indexed.length > 0) {
    return taking(broadcast(indexed), indexed.length)
  }
  const cols = width(1)
  if (elements !== undefined && cols > 0 && elements % cols === 0) {
    return oneOf({ op, rows: elements / cols, cols, dtype })
  }
  // vectorized_gather_kernel runs one column of blocks for each row.
  const [blocks] = event.grid ?? []
  if (blocks !== undefined && /vectorized_gather_kernel/.test(name)) {
    return oneOf({ op, rows: blocks, cols, dtype })
  }
  const perBlock = indexBlock(context)
  if (blocks !== undefined && perBlock !== undefined && cols >= perBlock) {
    return oneOf({ op, rows: Math.floor((blocks * perBlock) / cols), cols, dtype })
  }
  return 'the numbers of the rows are not in the trace'
}

/**
 * gather and scatter with a number for each element. Where the index is expanded, or the kernel is the one
 * that ATen keeps for that, each number takes a whole row.
 */
function byElement(
  { name }: DimensionContext,
  index: TensorArg,
  dim = -1,
): { rows: number; cols: number } {
  const distinct = distinctOf(index)
  const elements = elementsOf(index)
  if (distinct < elements) return { rows: distinct, cols: elements / distinct }
  if (/vectorized_gather_kernel/.test(name) && index.shape.length > 1) {
    const rows = index.shape.at(dim) ?? 1
    return { rows, cols: rows > 0 ? elements / rows : 0 }
  }
  const cols = index.shape.at(dim) ?? 1
  return { rows: cols > 0 ? elements / cols : 0, cols }
}

/** Elements that a tensor stores: a broadcast dimension (stride 0) counts once. */
function distinctOf({ shape, strides }: TensorArg): number {
  return shape.reduce((product, size, i) => (strides?.[i] === 0 ? product : product * size), 1)
}

function positive(dim: number, tensor: TensorArg): number {
  return dim < 0 ? dim + tensor.shape.length : dim
}

/** index_elementwise_kernel<threads, work, …> launches like ATen's pointwise kernels. */
function indexBlock(context: DimensionContext): number | undefined {
  const found = /index_elementwise_kernel<(\d+), (\d+)/.exec(context.name)
  return found === null ? elementsPerBlock(context) : Number(found[1]) * Number(found[2])
}

/** Rows of one table [vocabulary, width] by token; ATen also gathers them element by element. */
export function lookup(context: DimensionContext): Dimensions {
  const { args, groups, parameters } = context
  const table = args.tensor('weight', 'input')
  const tokens = args.tensor('indices', 'index')
  if (table?.shape.length !== 2 || tokens === undefined) return NO_SHAPES
  const dtype = table.dtype ?? dtypeIn(groups.dtype)
  if (dtype === undefined) return NO_DTYPE
  const [vocab, width] = table.shape as [number, number]
  if (parameters.single === true) {
    const { rows, cols } = byElement(context, tokens, args.number('dim'))
    return { op: 'embedding', tokens: rows, hidden: cols, vocab, dtype }
  }
  return { op: 'embedding', tokens: distinctOf(tokens), hidden: width, vocab, dtype }
}

/** Keys and values of new tokens written to the cache. */
export function cacheWrite({ args, groups }: DimensionContext): Dimensions {
  const parts = ['k', 'v', 'key', 'value', 'kv_c', 'k_pe', 'cache_k_nope', 'cache_k_rope'].flatMap(
    (name) => args.tensor(name) ?? [],
  )
  const first = parts[0]
  if (first === undefined) return NO_SHAPES
  const dtype = first.dtype ?? dtypeIn(groups.dtype)
  if (dtype === undefined) return NO_DTYPE
  const slots = args.tensor('slot_mapping', 'loc')
  const tokens = slots === undefined ? size(first, 0)! : elementsOf(slots)
  const rows = size(first, 0)!
  if (!isCount(rows)) return { op: 'kv_cache_write', tokens: 0, width: 0, dtype }
  const width = parts.reduce((total, part) => total + elementsOf(part) / (size(part, 0) || 1), 0)
  const cache = args.tensor('k_cache', 'kv_cache', 'key_cache')?.dtype
  const cacheDtype = cache === 'uint8' ? 'fp8_e4m3' : cache
  return {
    op: 'kv_cache_write',
    tokens: Math.min(tokens, rows),
    width,
    dtype,
    ...optional('cacheDtype', cacheDtype === dtype ? undefined : cacheDtype),
  }
}

/** Rotary position embedding of queries and keys. */
export function rope({ args, groups }: DimensionContext): Dimensions {
  const q = args.tensor('q', 'query')
  const k = args.tensor('k', 'key')
  const joint = args.tensor('qkv')
  if (joint !== undefined) return jointRope(args, joint)
  const table = size(args.tensor('cos_sin_cache'), -1)
  if (q === undefined) return NO_SHAPES
  const dtype = q.dtype ?? dtypeIn(groups.dtype)
  if (dtype === undefined) return NO_DTYPE
  const headSize = args.number('head_size', 'head_dim') ?? Number(groups.headDim ?? 0)
  if (q.shape.length >= 3) {
    const heads = size(q, -2)!
    const headDim = size(q, -1)!
    return {
      op: 'rope',
      tokens: elementsOf(q) / (heads * headDim),
      heads,
      kvHeads: k !== undefined && k.shape.length >= 3 ? size(k, -2)! : 0,
      headDim: isCount(table) && table < headDim ? table : headDim,
      dtype,
    }
  }
  if (!isCount(headSize)) return 'the width of a head is not in the trace'
  return {
    op: 'rope',
    tokens: elementsOf(q) / size(q, -1)!,
    heads: Math.round(size(q, -1)! / headSize),
    kvHeads: k === undefined ? 0 : Math.round(size(k, -1)! / headSize),
    // The table holds cosines and sines of the part that is rotated.
    headDim: isCount(table) && table < headSize ? table : headSize,
    dtype,
  }
}

/** Queries, keys and values in one tensor [tokens, (heads + 2 · kvHeads) · headDim]. */
function jointRope(args: DimensionContext['args'], qkv: TensorArg): Dimensions {
  const [heads, kvHeads, headDim] = ['num_heads_q', 'num_heads_k', 'head_dim'].map((name) =>
    args.number(name),
  )
  if (!isCount(heads) || !isCount(kvHeads) || !isCount(headDim)) {
    return 'the width of a head is not in the trace'
  }
  if (qkv.dtype === undefined) return NO_DTYPE
  return { op: 'rope', tokens: size(qkv, 0)!, heads, kvHeads, headDim, dtype: qkv.dtype }
}
