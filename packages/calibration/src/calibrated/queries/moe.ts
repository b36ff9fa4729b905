// Fused mixtures of experts, on one rank.
import type { EstimateOptions } from '@flowsim/perf-model'
import { type Dtype, dtypeBytes, type OpCallOf } from '@flowsim/trace-schema'
import list from './kinds.json' with { type: 'json' }
import type { Resolved } from './resolved.js'
import { withType } from './with-type.js'

const BY_TYPE: Record<string, readonly string[]> = list.moe.byType

function moeKind(call: OpCallOf<'moe'>): string {
  const weight = dtypeBytes(call.weightDtype ?? call.dtype)
  const input = dtypeBytes(call.dtype)
  if (weight < 1) {
    if (input === 1) return 'mxfp4_a8'
    if (input < 1) return 'nvfp4'
    return call.weightDtype === 'int4' ? 'w4a16' : 'mxfp4_a16'
  }
  if (weight < 2) return input >= 2 ? 'w8a16' : call.scaling === 'block' ? 'fp8_block' : 'fp8'
  return 'bf16'
}

/** Exponent of the power law in a name such as `power_law_1.2`; 0 for a balanced load. */
function exponent(distribution: string | undefined): number {
  const found = distribution === undefined ? null : /power_law_([\d.]+)/.exec(distribution)
  return found === null ? 0 : Number(found[1])
}

// Types of activations that no expert kernel was measured with.
const UNMEASURED: readonly Dtype[] = ['fp64', 'fp32', 'tf32', 'int8', 'int4']

export function moeQuery(call: OpCallOf<'moe'>, { l2 }: EstimateOptions): Resolved {
  const tensorParallel = call.tensorParallel ?? 1
  const like = UNMEASURED.includes(call.dtype) ? withType(call, 'bf16') : undefined
  return {
    family: 'moe',
    kinds: BY_TYPE[like === undefined ? moeKind(call) : 'bf16']!,
    ...(like !== undefined && { like }),
    query: {
      tokens: call.tokens,
      hidden: call.hidden,
      inter: call.inter / tensorParallel,
      topk: Math.min(call.topk, call.experts),
      experts: call.experts,
      tensorParallel,
      expertParallel: Math.min(call.expertParallel ?? 1, call.experts),
      alpha: exponent(call.distribution),
      warm: l2 === 'warm',
    },
  }
}
