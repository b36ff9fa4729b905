// Mixture of experts: the two grouped GEMMs of the experts, routing, and moving tokens to experts.
// Weights: w1 [experts, 2·inter or inter, hidden] (gate and up), w2 [experts, hidden, inter] (down).
import type { TensorArg } from '@flowsim/trace-schema'
import { dtypeBytes } from '@flowsim/trace-schema'
import {
  type DimensionContext,
  type Dimensions,
  elementsOf,
  isCount,
  NO_DTYPE,
  NO_SHAPES,
  optional,
  size,
} from './context.js'
import { type GemmTypes, gemm, gemmTypes } from './gemm.js'

/** Experts that each token goes to: the width of the routing table, or a recorded value. */
function topkOf({ args }: DimensionContext): number | undefined {
  const ids = args.tensor('topk_ids', 'topk_weights')
  if (ids?.shape.length === 2) return ids.shape[1]
  return args.number('topk', 'top_k')
}

/** 4-bit weights are stored two to a byte (uint8, int8) or eight to an int32. */
function packing(weight: TensorArg, width: number, expected: number): number {
  for (const values of [1, 2, 4, 8]) if (width * values === expected) return values
  return weight.dtype === 'uint8' ? 2 : 1
}

/** One of the two grouped GEMMs in a fused-experts operator; which one comes from its place in it. */
export function expertGemm(context: DimensionContext): Dimensions {
  const { args, surroundings, parameters } = context
  const hidden = args.tensor('hidden_states')
  const up = args.tensor('w1')
  const down = args.tensor('w2')
  if (hidden === undefined) return gemm(context)
  const tokens = surroundings.moeTokens ?? size(hidden, 0)
  const topk = topkOf(context)
  const stage = stageOf(context)
  if (stage === undefined) return 'which of the two expert GEMMs it is cannot be told'
  if (!isCount(topk) || tokens === undefined) return 'experts per token are not in the trace'
  const weights = stage === 'up' ? up : down
  const width = size(hidden, -1)! * (hidden.dtype === 'uint8' ? 2 : 1)
  if (weights === undefined || weights.shape.length !== 3) {
    return ofValues(context, tokens, topk, stage, width)
  }
  const [groups, rows, cols] = weights.shape as [number, number, number]
  // The up projection reduces over hidden; the down projection writes it.
  const pack = stage === 'up' ? packing(weights, cols, width) : packOf(up, width)
  const types = gemmTypes(context, hidden, weights)
  if (types === undefined) return NO_DTYPE
  const fp4 = pack > 1 ? (parameters.packedDtype === 'fp4_e2m1' ? 'fp4_e2m1' : 'int4') : undefined
  return {
    op: 'grouped_gemm',
    groups,
    topk: Math.min(topk, groups),
    m: tokens * topk,
    n: rows,
    k: cols * pack,
    ...quantised(types),
    ...optional('weightDtype', fp4 ?? types.weightDtype),
  }
}

/** 8-bit floating-point weights are multiplied with activations of the same type. */
function quantised(types: GemmTypes): GemmTypes {
  const { weightDtype } = types
  return weightDtype?.startsWith('fp8') ? { ...types, dtype: weightDtype } : types
}

function packOf(up: TensorArg | undefined, width: number): number {
  return up === undefined ? 1 : packing(up, up.shape.at(-1)!, width)
}

function stageOf(context: DimensionContext): 'up' | 'down' | undefined {
  const { groups, name, parameters, surroundings } = context
  if (parameters.stage === 'up' || parameters.stage === 'down') return parameters.stage
  if (groups.down !== undefined || /(?:stage_?|moe|gemm)2(?!\d)/i.test(name)) return 'down'
  if (groups.up !== undefined || /(?:stage_?|moe|gemm)1(?!\d)/i.test(name)) return 'up'
  if (/swi_?glu|silu|gelu|_act/i.test(name)) return 'up'
  return surroundings.moeStage
}

/** Fused operators whose weights are shuffled still record the widths as values. */
function ofValues(
  context: DimensionContext,
  tokens: number,
  topk: number,
  stage: 'up' | 'down',
  hidden: number,
): Dimensions {
  const { args } = context
  const inter = args.number('intermediate_size')
  const groups = args.number('local_num_experts', 'num_experts')
  const types = gemmTypes(context, args.tensor('hidden_states'), args.tensor('w1'))
  if (types === undefined) return NO_DTYPE
  if (!isCount(inter) || !isCount(groups)) return 'widths of the experts are not in the trace'
  const total = args.number('num_experts') ?? groups
  // Ranks hold a part of the experts, so that only that part of the rows is theirs, on average.
  const m = Math.round((tokens * topk * groups) / total)
  const own = Math.max(1, Math.round((topk * groups) / total))
  return {
    op: 'grouped_gemm',
    groups,
    topk: own,
    m,
    ...(stage === 'up' ? { n: 2 * inter, k: hidden } : { n: hidden, k: inter }),
    ...types,
  }
}

/** A whole layer of experts in one kernel. */
export function moe(context: DimensionContext): Dimensions {
  const { args } = context
  const hidden = args.tensor('hidden_states')
  const up = args.tensor('w1')
  const down = args.tensor('w2')
  const topk = topkOf(context)
  if (hidden === undefined || up?.shape.length !== 3 || down?.shape.length !== 3) return NO_SHAPES
  if (!isCount(topk)) return 'experts per token are not in the trace'
  const types = gemmTypes(context, hidden, up)
  if (types === undefined) return NO_DTYPE
  const width = size(hidden, -1)!
  const pack = packing(up, up.shape[2]!, width)
  return {
    op: 'moe',
    tokens: elementsOf(hidden) / width,
    hidden: width,
    inter: down.shape[2]! * pack,
    topk,
    experts: up.shape[0]!,
    ...quantised(types),
  }
}

/** Copying tokens to their experts, or summing what the experts made of them. */
export function permute(context: DimensionContext): Dimensions {
  const { args } = context
  const topk = topkOf(context)
  const states = args.tensor('hidden_states', 'input')
  if (states === undefined) return NO_SHAPES
  if (states.dtype === undefined) return NO_DTYPE
  // Quantised tokens go in; what the experts return has 16 bits.
  const dtype = dtypeBytes(states.dtype) < 2 ? 'bf16' : states.dtype
  const hidden = size(states, -1)!
  if (states.shape.length === 3) {
    // [tokens, topk, hidden], as it is before the sum over experts.
    const [tokens, count] = states.shape as [number, number, number]
    return { op: 'moe_permute', tokens, hidden, topk: count, dtype }
  }
  if (!isCount(topk)) return 'experts per token are not in the trace'
  const rows = context.surroundings.moeTokens ?? elementsOf(states) / hidden
  return { op: 'moe_permute', tokens: rows, hidden, topk, dtype }
}
