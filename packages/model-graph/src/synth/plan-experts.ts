// Experts as SGLang's Triton path runs them: the router's top-k, alignment of tokens to blocks, two
// grouped GEMMs by `fused_moe_kernel` around the activation, and the weighted sum.
import type { Dtype, OpCallOf, OperatorArg } from '@flowsim/trace-schema'
import type { ExpertFeedForward } from '../blocks/feed-forward.js'
import type { GraphOp } from '../graph.js'
import {
  CUDA_TYPES,
  type KernelPlan,
  layerKind,
  NONE,
  type OperatorPlan,
  type PlanContext,
  scalar,
  simpleKernel,
  tensor,
} from './plan.js'
import { gatedKernel } from './plan-norm.js'

const OPERATOR = 'sglang::inplace_fused_experts'
const BLOCK_M = 64

/** The choice of experts for each token. */
export function planRoute(call: OpCallOf<'moe_route'>): OperatorPlan[] {
  const { tokens, experts, topk } = call
  const chosen = tensor([tokens, topk], 'int32')
  return [
    {
      name: 'sgl_kernel::topk_softmax',
      args: [tensor([tokens, topk], 'fp32'), chosen, chosen, tensor([tokens, experts], 'fp32')],
      parents: [],
      kernels: [
        simpleKernel(
          `void topkGatingSoftmax<4, ${experts}, 4, 16>(float const*, bool const*, float*, int, int*, int*, int, int, int)`,
          tokens / 8,
          128,
        ),
      ],
    },
  ]
}

/** The fused operation: all its kernels. */
export function planMoe(call: OpCallOf<'moe'>, op: GraphOp, context: PlanContext): OperatorPlan[] {
  const shape = expertShape(op, context)
  const rows = Math.ceil((call.tokens * shape.topk) / context.layout.expert)
  const type = CUDA_TYPES[context.model.dtype] ?? '__nv_bfloat16'
  const args = expertArgs(call.tokens, shape, call.weightDtype ?? call.dtype)
  return [
    align(call.tokens, shape, 0.02),
    {
      name: OPERATOR,
      args,
      parents: [],
      kernels: [
        gemmKernel(rows, shape.up, shape.local, 0.6),
        gatedKernel(rows, shape.inter, type, true, 0.04),
        gemmKernel(rows, shape.hidden, shape.local, 0.3),
        sumKernel(call.tokens, 0.04),
      ],
    },
  ]
}

/** One part of the experts where they are several operations. */
export function planExpertPart(op: GraphOp, context: PlanContext): OperatorPlan[] {
  const shape = expertShape(op, context)
  const { call } = op
  const part = (kernels: KernelPlan[], tokens: number, dtype: Dtype): OperatorPlan[] => [
    {
      name: OPERATOR,
      args: expertArgs(tokens, shape, dtype),
      parents: [],
      call: OPERATOR,
      kernels,
    },
  ]
  const tokensOf = (rows: number) => Math.round((rows * context.layout.expert) / shape.topk)
  switch (call.op) {
    case 'moe_permute':
      return [align(call.tokens * context.layout.expert, shape, 1)]
    case 'grouped_gemm':
      return part(
        [gemmKernel(call.m, call.n, call.groups, 1)],
        tokensOf(call.m),
        call.weightDtype ?? call.dtype,
      )
    case 'silu_mul':
    case 'gelu_mul':
      return part(
        [
          gatedKernel(
            call.rows,
            call.cols,
            CUDA_TYPES[call.dtype] ?? 'float',
            call.op === 'silu_mul',
          ),
        ],
        tokensOf(call.rows),
        call.dtype,
      )
    case 'reduce':
      return part(
        [sumKernel(call.rows / shape.hidden, 1)],
        Math.round((call.rows / shape.hidden) * context.layout.expert),
        call.dtype,
      )
    default:
      return []
  }
}

interface ExpertShape {
  local: number
  experts: number
  topk: number
  hidden: number
  inter: number
  /** Width of the first GEMM: gate and up together where there is a gate. */
  up: number
}

function expertShape(op: GraphOp, context: PlanContext): ExpertShape {
  const ffn = layerKind(context, op).ffn as ExpertFeedForward
  const { expert, moeTensor, share } = context.layout
  const inter = share(ffn.inter, moeTensor)
  return {
    local: share(ffn.experts, expert),
    experts: ffn.experts,
    topk: ffn.topk,
    hidden: context.model.hidden,
    inter,
    up: ffn.gated ? 2 * inter : inter,
  }
}

function expertArgs(tokens: number, shape: ExpertShape, weight: Dtype): OperatorArg[] {
  const { local, topk, hidden, inter, up } = shape
  const packed = weight === 'int4' || weight === 'fp4_e2m1' ? 2 : 1
  const stored = packed === 2 ? 'uint8' : weight
  return [
    tensor([tokens, hidden], 'bf16'),
    tensor([local, up, hidden / packed], stored),
    tensor([local, hidden, inter / packed], stored),
    tensor([tokens, topk], 'fp32'),
    tensor([tokens, topk], 'int32'),
    NONE,
    scalar(false),
    scalar(weight === 'fp8_e4m3'),
    scalar(weight === 'int8'),
    scalar(false),
    scalar(weight === 'int4'),
    scalar(false),
  ]
}

function align(tokens: number, { experts, topk }: ExpertShape, share: number): OperatorPlan {
  const blocks = Math.ceil((tokens * topk) / BLOCK_M) + experts
  return {
    name: 'sgl_kernel::moe_align_block_size',
    args: [
      tensor([tokens, topk], 'int32'),
      scalar(experts),
      scalar(BLOCK_M),
      tensor([blocks * BLOCK_M], 'int32'),
      tensor([blocks], 'int32'),
      tensor([1], 'int32'),
    ],
    parents: [],
    kernels: [
      simpleKernel(
        'void moe_align_block_size_kernel<int>(int const*, int*, int*, int*, int, int, unsigned long, int*, bool, int)',
        1,
        1024,
        28,
        0.7 * share,
      ),
      simpleKernel(
        'void count_and_sort_expert_tokens_kernel<int>(int const*, int*, int*, unsigned long)',
        (tokens * topk) / 256,
        256,
        16,
        0.3 * share,
      ),
    ],
  }
}

function gemmKernel(rows: number, n: number, groups: number, share: number): KernelPlan {
  const blocks = (Math.ceil(rows / BLOCK_M) + groups) * Math.ceil(n / 128)
  return {
    ...simpleKernel('fused_moe_kernel', blocks, 128, 64, share),
    sharedMemory: 24_576,
    api: 'cuLaunchKernel',
  }
}

function sumKernel(tokens: number, share: number): KernelPlan {
  return {
    ...simpleKernel('_moe_sum_reduce_kernel', tokens, 256, 30, share),
    api: 'cuLaunchKernel',
  }
}
