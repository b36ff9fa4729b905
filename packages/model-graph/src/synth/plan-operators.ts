// The operators and kernels of each operation of a step.
import type { GraphOp } from '../graph.js'
import { type OperatorPlan, type PlanContext, simpleKernel } from './plan.js'
import { planAttention, planKvWrite, planRope } from './plan-attention.js'
import { isCommunication, planCommunication } from './plan-communication.js'
import {
  planCat,
  planElementwise,
  planEmbedding,
  planGather,
  planOther,
  planQuantize,
  planSampling,
  planTopk,
} from './plan-data.js'
import { planExpertPart, planMoe, planRoute } from './plan-experts.js'
import { planBmm, planMatmul } from './plan-gemm.js'
import { planActivation, planGatedActivation, planLayernorm, planRmsnorm } from './plan-norm.js'

/**
 * How an operation looks in a profile.
 * @param tokens - tokens of the step on this device
 */
export function planOperators(op: GraphOp, tokens: number, context: PlanContext): OperatorPlan[] {
  const { call } = op
  if (isCommunication(call)) {
    const { model, layout } = context
    const cols = op.varies === 'samples' ? layout.share(model.vocab, layout.tensor) : model.hidden
    return planCommunication(call, cols)
  }
  if (op.name.startsWith('expert_') && call.op !== 'quantize') return planExpertPart(op, context)
  switch (call.op) {
    case 'matmul':
      return planMatmul(call, context)
    case 'bmm':
      return planBmm(call, context)
    case 'attention':
      return planAttention(call, context)
    case 'kv_cache_write':
      return planKvWrite(call, op, context)
    case 'rope':
      return planRope(call)
    case 'rmsnorm':
      return planRmsnorm(call)
    case 'layernorm':
      return planLayernorm(call)
    case 'silu_mul':
    case 'gelu_mul':
      return planGatedActivation(call)
    case 'gelu':
    case 'silu':
    case 'relu':
      return planActivation(call)
    case 'elementwise':
      return planElementwise(call, context)
    case 'embedding':
      return planEmbedding(call)
    case 'gather':
      return planGather(call, tokens)
    case 'sampling': {
      const { dtype } = context.model
      return planSampling(call, dtype === 'fp16' || dtype === 'fp32' ? dtype : 'bf16')
    }
    case 'quantize':
      return planQuantize(call)
    case 'cat':
      return planCat(call, op, context)
    case 'topk':
      return planTopk(call)
    case 'moe':
      return planMoe(call, op, context)
    case 'moe_route':
      return planRoute(call)
    case 'other':
      return planOther(call)
    default:
      return [{ name: null, args: [], parents: [], kernels: [simpleKernel(call.op, 1, 128)] }]
  }
}
