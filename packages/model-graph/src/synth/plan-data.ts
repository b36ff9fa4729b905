// Additions, look-ups, concatenation, quantisation, sampling, and work without an operator.
import type { OpCallOf } from '@flowsim/trace-schema'
import type { GraphOp } from '../graph.js'
import {
  ATEN_TYPES,
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

/** Element-wise work: additions as ATen runs them, the rest as Triton kernels. */
export function planElementwise(
  call: OpCallOf<'elementwise'>,
  { model }: PlanContext,
): OperatorPlan[] {
  const { elements, dtype } = call
  const type = ATEN_TYPES[dtype] ?? 'float'
  const rows = elements / model.hidden
  const shape = Number.isInteger(rows) ? [rows, model.hidden] : [elements]
  if (call.function !== 'add') {
    return [
      {
        name: null,
        args: [],
        parents: [],
        kernels: [
          {
            ...simpleKernel(`triton_poi_fused_${call.function}_0`, elements / 1024, 128),
            api: 'cuLaunchKernel',
          },
        ],
      },
    ]
  }
  const functor = `at::native::CUDAFunctor_add<${type}>`
  const kernel = (share: number): KernelPlan =>
    simpleKernel(
      `void at::native::vectorized_elementwise_kernel<4, ${functor}, std::array<char*, 3ul> >(int, ${functor}, std::array<char*, 3ul>)`,
      elements / 512,
      128,
      20,
      share,
    )
  const additions = Math.max(1, (call.inputs ?? 2) - 1)
  return Array.from({ length: additions }, () => ({
    name: 'aten::add',
    args: [tensor(shape, dtype), tensor(shape, dtype), scalar(1)],
    parents: [],
    kernels: [kernel(1 / additions)],
  }))
}

/** A look-up of rows in an embedding table. */
export function planEmbedding(call: OpCallOf<'embedding'>): OperatorPlan[] {
  const { tokens, hidden, vocab = hidden, dtype } = call
  const type = ATEN_TYPES[dtype] ?? 'float'
  return [
    {
      name: 'aten::index_select',
      args: [tensor([vocab, hidden], dtype), scalar(0), tensor([tokens], 'int64')],
      parents: ['aten::embedding'],
      kernels: [
        simpleKernel(
          `void at::native::(anonymous namespace)::indexSelectLargeIndex<${type}, long, unsigned int, 2, 2, -2, true>(at::cuda::detail::TensorInfo<${type}, unsigned int>, at::cuda::detail::TensorInfo<${type} const, unsigned int>, at::cuda::detail::TensorInfo<long const, unsigned int>, int, int, unsigned int, unsigned int, long)`,
          Math.min(1056, (tokens * hidden) / 128),
          128,
        ),
      ],
    },
  ]
}

/** The rows of the last tokens. */
export function planGather(call: OpCallOf<'gather'>, tokens: number): OperatorPlan[] {
  const { rows, cols, dtype } = call
  const kernel =
    'void at::native::vectorized_gather_kernel<16, long>(char*, char*, long*, int, long, long, long, long, bool)'
  return [
    {
      name: 'aten::index',
      args: [tensor([tokens, cols], dtype), NONE],
      parents: [],
      kernels: [{ ...simpleKernel(kernel, rows, 256), grid: [Math.max(1, rows), 2, 1] }],
    },
  ]
}

/** Logits to fp32, then the most likely token. */
export function planSampling(
  call: OpCallOf<'sampling'>,
  logits: 'bf16' | 'fp16' | 'fp32',
): OperatorPlan[] {
  const { rows, cols } = call
  const shape = [rows, cols]
  const copy =
    'at::native::direct_copy_kernel_cuda(at::TensorIteratorBase&)::{lambda()#3}::operator()() const::{lambda()#7}::operator()() const::{lambda(float)#1}'
  const offsets = 'TrivialOffsetCalculator<1, unsigned int>'
  const casts = 'at::native::memory::LoadWithCast<1>, at::native::memory::StoreWithCast<1>'
  const argmax =
    'at::native::ReduceOp<float, at::native::ArgMaxOps<float>, unsigned int, long, 4, 4>'
  return [
    {
      name: 'aten::copy_',
      args: [tensor(shape, 'fp32'), tensor(shape, logits), scalar(false)],
      parents: ['aten::_to_copy', 'aten::to'],
      kernels: [
        simpleKernel(
          `void at::native::unrolled_elementwise_kernel<${copy}, std::array<char*, 2ul>, 4, ${offsets}, ${offsets}, ${casts} >(int, ${copy}, std::array<char*, 2ul>, ${offsets}, ${offsets}, ${casts})`,
          (rows * cols) / 512,
          128,
          32,
          0.3,
        ),
      ],
    },
    {
      name: 'aten::argmax',
      args: [tensor(shape, 'fp32'), scalar(-1), scalar(false)],
      parents: [],
      kernels: [
        {
          ...simpleKernel(
            `void at::native::reduce_kernel<512, 1, ${argmax} >(${argmax})`,
            rows,
            512,
            32,
            0.7,
          ),
          sharedMemory: 8208,
        },
      ],
    },
  ]
}

/** Activations to a narrower type. */
export function planQuantize(call: OpCallOf<'quantize'>): OperatorPlan[] {
  const { rows, cols, dtype, outDtype, groupSize } = call
  const type = CUDA_TYPES[dtype] ?? 'float'
  const x = tensor([rows, cols], dtype)
  if (outDtype === 'fp4_e2m1') {
    return [
      {
        name: 'sgl_kernel::scaled_fp4_quant',
        args: [tensor([rows, cols / 2], 'uint8'), x],
        parents: [],
        kernels: [
          simpleKernel(
            `void cvt_fp16_to_fp4<${type}, false>(int, int, ${type} const*, float const*, unsigned int*, unsigned int*)`,
            rows,
            512,
          ),
        ],
      },
    ]
  }
  const out = ATEN_TYPES[outDtype] ?? 'signed char'
  if (groupSize === undefined) {
    return [
      {
        name: 'sgl_kernel::sgl_per_token_quant_fp8',
        args: [x, tensor([rows, cols], outDtype), tensor([rows, 1], 'fp32')],
        parents: [],
        kernels: [
          simpleKernel(
            `void per_token_quant_fp8_kernel<${type}, ${CUDA_TYPES[outDtype] ?? out}>(${type} const*, ${CUDA_TYPES[outDtype] ?? out}*, float*, long, long)`,
            rows,
            256,
          ),
        ],
      },
    ]
  }
  const groups = Math.ceil(cols / groupSize)
  return [
    {
      name: 'sgl_kernel::sgl_per_token_group_quant_fp8',
      args: [
        x,
        tensor([rows, cols], outDtype),
        tensor([rows, groups], 'fp32'),
        scalar(groupSize),
        scalar('1e-10'),
        scalar(-448),
        scalar(448),
      ],
      parents: [],
      kernels: [
        simpleKernel(
          `void per_token_group_quant_8bit_kernel<${type}, ${out}, true>(${type} const*, void*, float*, int, int, int, float, float, float, int, int)`,
          (rows * groups) / 16,
          256,
        ),
      ],
    },
  ]
}

/** Concatenation of the rotated and the other part of keys. */
export function planCat(call: OpCallOf<'cat'>, op: GraphOp, context: PlanContext): OperatorPlan[] {
  const { mixer } = layerKind(context, op)
  const { elements, dtype } = call
  const [nope, rope] = mixer.type === 'mla' ? [mixer.nopeDim, mixer.ropeDim] : [1, 1]
  const rows = elements / (nope + rope)
  const meta = 'at::native::(anonymous namespace)::OpaqueType<2u>'
  return [
    {
      name: 'aten::cat',
      args: [
        {
          kind: 'tensor_list',
          tensors: [
            { shape: [rows, nope], dtype, strides: [nope, 1] },
            { shape: [rows, rope], dtype, strides: [rope, 1] },
          ],
        },
        scalar(-1),
      ],
      parents: [],
      kernels: [
        simpleKernel(
          `void at::native::(anonymous namespace)::CatArrayBatchedCopy_aligned16_contig<${meta}, unsigned int, 2, 128, 1>(${meta}*, at::native::(anonymous namespace)::CatArrInputTensorMetadata<${meta}, unsigned int, 128, 1>, at::native::(anonymous namespace)::TensorSizeStride<unsigned int, 4u>, int, unsigned int)`,
          elements / 1024,
          128,
        ),
      ],
    },
  ]
}

/** The best keys of each row. */
export function planTopk(call: OpCallOf<'topk'>): OperatorPlan[] {
  const kernel =
    'void at::native::sbtopk::gatherTopK<float, unsigned int, 2, false>(at::cuda::detail::TensorInfo<float const, unsigned int>, unsigned int, unsigned int, bool, unsigned int, unsigned int, at::cuda::detail::TensorInfo<float, unsigned int>, unsigned int, at::cuda::detail::TensorInfo<long, unsigned int>, unsigned int, float*)'
  return [
    {
      name: 'aten::topk',
      args: [
        tensor([call.rows, call.cols], call.dtype),
        scalar(call.k),
        scalar(-1),
        scalar(true),
        scalar(false),
      ],
      parents: [],
      kernels: [simpleKernel(kernel, call.rows, 1024)],
    },
  ]
}

const OTHER_KERNELS: Record<string, string> = {
  gated_delta_rule: 'fused_recurrent_gated_delta_rule_fwd_kernel',
  lightning_attention: '_attn_fwd_lightning_attention',
  causal_conv1d: '_causal_conv1d_fwd_kernel',
  sparse_attention_indexer: 'sm90_fp8_mqa_logits',
}

/** Work without an operation, as a Triton kernel. */
export function planOther(call: OpCallOf<'other'>): OperatorPlan[] {
  const kernel = simpleKernel(OTHER_KERNELS[call.name] ?? call.name, 132, 128)
  return [{ name: null, args: [], parents: [], kernels: [{ ...kernel, api: 'cuLaunchKernel' }] }]
}
