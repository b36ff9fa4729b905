// Operations with other weights: quantised, with the activations where the scheme says so, or another KV cache.
import { linearScheme, type SchemeName } from '@flowsim/model-graph'
import type { Dtype, KernelOperation, OpCall, OpCallOf } from '@flowsim/trace-schema'
import type { StepSizes } from './step-sizes.js'

/** Types to take; what is absent stays. */
export interface Precision {
  /** How linear layers are stored and multiplied. */
  weights?: SchemeName | undefined
  kv?: Dtype | undefined
}

/** The call in other types. */
export function retype(call: OpCall, { weights, kv }: Precision): OpCall {
  switch (call.op) {
    case 'matmul':
    case 'grouped_gemm':
    case 'moe':
      return weights === undefined ? call : retypeProduct(call, weights)
    case 'attention':
      return kv === undefined ? call : { ...call, kvDtype: kv }
    case 'kv_cache_write':
      return kv === undefined ? call : { ...call, cacheDtype: kv }
    default:
      return call
  }
}

function retypeProduct(
  call: OpCallOf<'matmul' | 'grouped_gemm' | 'moe'>,
  name: SchemeName,
): OpCall {
  const { weightDtype: _, scaling: __, outDtype, ...plain } = call
  const activations = outDtype ?? call.dtype
  const { weight, input = activations, scaling } = linearScheme(name)
  return {
    ...plain,
    dtype: input,
    ...(weight === input ? {} : { weightDtype: weight }),
    ...(input === activations ? {} : { outDtype: activations }),
    ...(scaling === undefined ? {} : { scaling }),
  } as OpCall
}

/** The kernel that narrows the rows of a product for the scheme; undefined where none is needed. */
export function quantizationOf(
  call: OpCall,
  { weights }: Precision,
): OpCallOf<'quantize'> | undefined {
  if (weights === undefined || (call.op !== 'matmul' && call.op !== 'grouped_gemm'))
    return undefined
  const { input, inputGroup } = linearScheme(weights)
  if (input === undefined || input === call.dtype) return undefined
  return {
    op: 'quantize',
    rows: call.m,
    cols: call.k,
    dtype: call.dtype,
    outDtype: input,
    ...(inputGroup === undefined ? {} : { groupSize: inputGroup }),
  }
}

/**
 * The products of a step whose weights have sizes that no other product of the step has: the LM head and the like,
 * which quantised models leave as they are.
 */
export function singleProducts(
  { kernels }: StepSizes,
  operations: readonly KernelOperation[],
): Set<number> {
  const bySizes = new Map<string, number[]>()
  for (const k of kernels) {
    const { call } = operations[k]!
    if (call?.op !== 'matmul') continue
    const key = `${call.n} ${call.k}`
    bySizes.set(key, [...(bySizes.get(key) ?? []), k])
  }
  const groups = [...bySizes.values()]
  return groups.some(({ length }) => length > 1)
    ? new Set(groups.filter(({ length }) => length === 1).flat())
    : new Set()
}
