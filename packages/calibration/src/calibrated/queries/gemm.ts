// Matrix products, alone, in batches and in groups: a query of so many products of a size.
import type { EstimateOptions } from '@flowsim/perf-model'
import { type Dtype, dtypeBytes, type OpCallOf } from '@flowsim/trace-schema'
import { endingIn } from './ending-in.js'
import list from './kinds.json' with { type: 'json' }
import type { Resolved } from './resolved.js'
import { withType } from './with-type.js'

type Products = OpCallOf<'matmul' | 'bmm' | 'grouped_gemm'>

const { byType, otherTypes, blockScaled, weightsOf8Bits, weightsOf4Bits } = list.gemm
const BY_TYPE: Partial<Record<Dtype, readonly string[]>> = byType

/** Batches of small multiplications are of other kernels: their own rows come first. */
const batched = endingIn('bmm')
/** Groups that have their own kernels. */
const grouped = endingIn('grouped')

export function matmulQuery(call: OpCallOf<'matmul'>, options: EstimateOptions): Resolved {
  return gemmOf(call, 1, call.m, options)
}

export function bmmQuery(call: OpCallOf<'bmm'>, options: EstimateOptions): Resolved {
  return gemmOf(call, call.batch, call.m, options)
}

/** Groups share out the rows. */
export function groupedGemmQuery(
  call: OpCallOf<'grouped_gemm'>,
  options: EstimateOptions,
): Resolved {
  const groups = Math.max(1, Math.min(call.activeGroups ?? call.groups, call.groups, call.m))
  return gemmOf(call, groups, Math.ceil(call.m / groups), options)
}

function gemmOf(call: Products, batch: number, m: number, options: EstimateOptions): Resolved {
  const kinds = kindsOf(call)
  return {
    family: 'gemm',
    kinds: kindsOfGroups(call.op, kinds),
    ...(call.dtype === 'fp64' && { like: withType(call, 'fp32') }),
    query: {
      batch,
      m,
      n: call.n,
      k: call.k,
      warm: options.l2 === 'warm',
      // Activations of 16 bits are not quantised.
      quantize: options.includesQuantization === true && dtypeBytes(call.dtype) < 2,
    },
  }
}

function kindsOf({ dtype, weightDtype, scaling }: Products): readonly string[] {
  if (weightDtype !== undefined && dtypeBytes(weightDtype) < dtypeBytes(dtype)) {
    return dtypeBytes(weightDtype) < 1 ? weightsOf4Bits : weightsOf8Bits
  }
  if (scaling === 'block' && dtypeBytes(dtype) === 1 && dtype !== 'int8') return blockScaled
  return BY_TYPE[dtype] ?? otherTypes
}

/** Rows of 32-bit batches are of one section with those of single multiplications. */
function kindsOfGroups(op: Products['op'], kinds: readonly string[]): readonly string[] {
  if (op === 'grouped_gemm') return grouped(kinds)
  return op === 'bmm' && kinds[0] !== 'fp32' ? batched(kinds) : kinds
}
