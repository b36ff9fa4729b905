// Attention by FlashInfer: prompts without earlier keys on ragged tensors, others on the paged cache;
// latent attention on its compressed cache. The length of `kv_indices` is the number of keys, as
// with pages of one token.
import type { Dtype, OpCallOf } from '@flowsim/trace-schema'
import type { GraphOp } from '../graph.js'
import { localKvHeads } from '../kv-heads.js'
import {
  CUDA_TYPES,
  layerKind,
  NONE,
  type OperatorPlan,
  type PlanContext,
  scalar,
  simpleKernel,
  tensor,
} from './plan.js'

const WORKSPACES = [tensor([402_653_184], 'uint8'), tensor([8_388_608], 'uint8')]
/** Tokens that the cache has room for. */
const CACHE_TOKENS = 1_048_576

const SHORT: Partial<Record<Dtype, string>> = { bf16: 'bf16', fp16: 'f16', fp8_e4m3: 'e4m3' }
const CUTLASS: Partial<Record<Dtype, string>> = {
  bf16: 'cutlass::bfloat16_t',
  fp16: 'cutlass::half_t',
  fp8_e4m3: 'cutlass::float_e4m3_t',
}

/** An attention kernel. */
export function planAttention(call: OpCallOf<'attention'>, context: PlanContext): OperatorPlan[] {
  if (call.variant === 'mla') return [planLatent(call, context)]
  return [call.phase === 'decode' ? planDecode(call) : planPrefill(call, context)]
}

function planPrefill(call: OpCallOf<'attention'>, context: PlanContext): OperatorPlan {
  const { heads, kvHeads, headDim, headDimV = headDim, dtype } = call
  const queries = Math.round(call.batch * call.queryLen)
  const keys = Math.round(call.batch * call.kvLen)
  const kv = call.kvDtype ?? dtype
  const base = `batch_prefill_with_kv_cache_${types(dtype, kv)}_head_dim_qk_${headDim}_head_dim_vo_${headDimV}_posenc_0_use_swa_${call.window === undefined ? 'False' : 'True'}_use_logits_cap_False_f16qk_False${context.generation === 'ampere' ? '' : '_sm90'}`
  const ragged = keys === queries
  const q = tensor([queries, heads, headDim], dtype)
  const out = tensor([queries, heads, headDimV], dtype)
  const indptr = tensor([call.batch + 1], 'int32')
  const plan = tensor([9], 'int64')
  const args = ragged
    ? [
        ...WORKSPACES,
        plan,
        q,
        tensor([keys, kvHeads, headDim], kv),
        tensor([keys, kvHeads, headDimV], kv),
        indptr,
        indptr,
        out,
      ]
    : [
        ...WORKSPACES,
        plan,
        q,
        tensor([CACHE_TOKENS, 1, kvHeads, headDim], kv),
        tensor([CACHE_TOKENS, 1, kvHeads, headDimV], kv),
        indptr,
        indptr,
        tensor([keys], 'int32'),
        tensor([call.batch], 'int32'),
        out,
      ]
  const rest = [
    NONE,
    scalar(call.causal ? 1 : 0),
    scalar(0),
    scalar((call.window ?? 0) - 1),
    scalar(true),
  ]
  return {
    name: `${base}::${ragged ? 'ragged_run' : 'paged_run'}`,
    args: [...args, ...rest],
    parents: [],
    kernels: [
      context.generation === 'ampere'
        ? simpleKernel(
            pagedKernel(CUDA_TYPES[dtype] ?? 'float'),
            (queries / 64) * kvHeads,
            128,
            240,
          )
        : {
            ...simpleKernel(
              hopperKernel(headDim, headDimV, CUTLASS[dtype] ?? 'float', ragged),
              context.computeUnits,
              384,
              168,
            ),
            sharedMemory: 213_072,
          },
    ],
  }
}

function planDecode(call: OpCallOf<'attention'>): OperatorPlan {
  const { heads, kvHeads, headDim, headDimV = headDim, dtype } = call
  const kv = call.kvDtype ?? dtype
  const tokens = Math.round(call.batch * call.queryLen)
  const keys = Math.round(call.batch * call.kvLen)
  const q = tensor([tokens, heads, headDim], dtype)
  const group = Math.max(1, Math.round(heads / kvHeads))
  const threads = Math.max(1, Math.round(headDim / 8))
  return {
    name: `batch_decode_with_kv_cache_${types(dtype, kv)}_head_dim_qk_${headDim}_head_dim_vo_${headDimV}_posenc_0_use_swa_${call.window === undefined ? 'False' : 'True'}_use_logits_cap_False::run`,
    args: [
      ...WORKSPACES,
      tensor([10], 'int64'),
      q,
      tensor([CACHE_TOKENS, 1, kvHeads, headDim], kv),
      tensor([CACHE_TOKENS, 1, kvHeads, headDimV], kv),
      tensor([call.batch + 1], 'int32'),
      tensor([keys], 'int32'),
      tensor([call.batch], 'int32'),
      tensor([tokens, heads, headDimV], dtype),
      NONE,
      scalar(0),
      scalar((call.window ?? 0) - 1),
    ],
    parents: [],
    kernels: [
      {
        ...simpleKernel(
          `void flashinfer::BatchDecodeWithPagedKVCacheKernel<(flashinfer::PosEncodingMode)0, 2u, 4u, 8u, ${threads}u, ${group}u, 8u, flashinfer::DefaultAttention<false, false, false, false>, Params>(Params)`,
          call.batch,
          threads,
          96,
        ),
        grid: [call.batch, kvHeads, 1],
        block: [threads, group, 8],
        sharedMemory: 33_792,
      },
    ],
  }
}

function planLatent(call: OpCallOf<'attention'>, context: PlanContext): OperatorPlan {
  const { heads, headDim, headDimV = headDim, dtype } = call
  const kv = call.kvDtype ?? dtype
  const rope = headDim - headDimV
  const tokens = Math.round(call.batch * call.queryLen)
  const causal = call.phase === 'prefill'
  const type = CUDA_TYPES[dtype] ?? 'float'
  return {
    name: `batch_mla_attention_${types(dtype, kv)}_head_dim_ckv_${headDimV}_head_dim_kpe_${rope}_profiler_False_sm90::run`,
    args: [
      ...WORKSPACES,
      tensor([18], 'int64'),
      tensor([tokens, heads, headDimV], dtype),
      tensor([tokens, heads, rope], dtype),
      tensor([CACHE_TOKENS, 1, headDimV], kv),
      tensor([CACHE_TOKENS, 1, rope], kv),
      tensor([Math.round(call.batch * call.kvLen)], 'int32'),
      tensor([tokens, heads, headDimV], dtype),
      NONE,
      scalar(causal ? 1 : 0),
      scalar(heads),
      scalar(1),
    ],
    parents: [],
    kernels: [
      {
        ...simpleKernel(
          `void flashinfer::mla::hopper::BatchMLAPageAttentionHopperKernel<flashinfer::mla::hopper::HopperKernelTraits<${causal}, 2u, ${headDimV}u, ${rope}u, 64u, 64u, ${type}, ${type}, ${type}, int>, flashinfer::MLAParams<${type}, ${type}, ${type}, int> >(flashinfer::MLAParams<${type}, ${type}, ${type}, int>)`,
          1,
          256,
          224,
        ),
        grid: [2, Math.floor(context.computeUnits / 2), 1],
        sharedMemory: 222_016,
      },
    ],
  }
}

/** The write of keys and values to the cache. */
export function planKvWrite(
  call: OpCallOf<'kv_cache_write'>,
  op: GraphOp,
  context: PlanContext,
): OperatorPlan[] {
  const { tokens, width, dtype } = call
  const cache = call.cacheDtype ?? dtype
  const { mixer } = layerKind(context, op)
  const slots = tensor([tokens], 'int64')
  const type = CUDA_TYPES[dtype] ?? 'float'
  if (mixer.type !== 'attention') {
    const rope = mixer.type === 'mla' ? mixer.ropeDim : 0
    return [
      {
        name: '_C_cache_ops::concat_and_cache_mla',
        args: [
          tensor([tokens, width - rope], dtype),
          tensor([tokens, rope], dtype),
          tensor([CACHE_TOKENS / 64, 64, width], cache),
          slots,
        ],
        parents: [],
        kernels: [
          simpleKernel(
            `void vllm::concat_and_cache_mla_kernel<${type}, ${CUDA_TYPES[cache] ?? type}, (vllm::Fp8KVCacheDataType)0>(${type} const*, ${type} const*, ${type}*, long const*, int, int, int, int, int, int, int, float const*)`,
            tokens,
            512,
          ),
        ],
      },
    ]
  }
  const kvHeads = localKvHeads(mixer.kvHeads, context.layout.tensor)
  const headDim = width / (2 * kvHeads)
  const states = tensor([tokens, kvHeads, headDim], dtype)
  const pages = tensor([CACHE_TOKENS / 16, 16, kvHeads, headDim], cache)
  return [
    {
      name: '_C_cache_ops::reshape_and_cache_flash',
      args: [states, states, pages, pages, slots, NONE, NONE, NONE],
      parents: [],
      kernels: [
        simpleKernel(
          `void vllm::reshape_and_cache_flash_kernel<${type}, ${CUDA_TYPES[cache] ?? type}, (vllm::Fp8KVCacheDataType)0>(${type} const*, ${type} const*, ${type}*, ${type}*, long const*, long, long, long, long, long, int, int, int, float const*, float const*)`,
          tokens,
          512,
        ),
      ],
    },
  ]
}

/** Rotation of queries and keys. */
export function planRope(call: OpCallOf<'rope'>): OperatorPlan[] {
  const { tokens, heads, kvHeads, headDim, dtype } = call
  const q = tensor([tokens, heads, headDim], dtype)
  const k = tensor([tokens, kvHeads, headDim], dtype)
  const type = CUDA_TYPES[dtype] ?? 'float'
  const threads = Math.max(1, Math.round(headDim / 8))
  return [
    {
      name: 'sgl_kernel::apply_rope_pos_ids_cos_sin_cache',
      args: [
        q,
        k,
        q,
        k,
        tensor([131_072, headDim], 'fp32'),
        tensor([tokens], 'int64'),
        scalar(false),
        scalar(0),
      ],
      parents: [],
      kernels: [
        {
          ...simpleKernel(
            `void flashinfer::BatchQKApplyRotaryPosIdsCosSinCacheHeadParallelismKernel<false, ${headDim}u, 8u, ${threads}u, ${type}, long>(${type}*, ${type}*, ${type}*, ${type}*, float*, long*, unsigned int, unsigned int, unsigned int, unsigned int, unsigned long, unsigned long, unsigned long, unsigned long, unsigned long, unsigned long, unsigned long, unsigned long)`,
            1,
            threads,
            26,
          ),
          grid: [Math.ceil(tokens / 16), heads + kvHeads, 1],
          block: [threads, 16, 1],
        },
      ],
    },
  ]
}

function types(dtype: Dtype, kv: Dtype): string {
  const q = SHORT[dtype] ?? dtype
  return `dtype_q_${q}_dtype_kv_${SHORT[kv] ?? kv}_dtype_o_${q}_dtype_idx_i32`
}

function hopperKernel(headDim: number, headDimV: number, type: string, ragged: boolean): string {
  const params = ragged ? 'RaggedParams' : 'PagedParams'
  const traits = `flashinfer::AttentionKernelTraits<true, ${headDim}, ${headDimV}, 128, 128, 2, ${type}, ${type}, ${type}, int, flashinfer::StandardAttention>`
  const mainloop = ragged
    ? `flashinfer::CollectiveMainloop<${params}::AdditionalParams, ${traits}, true>`
    : `flashinfer::SparseCollectiveMainloop<${params}::AdditionalParams, ${traits}, true>`
  const epilogue = `flashinfer::CollectiveEpilogue<${traits} >`
  const scheduler = 'flashinfer::BatchPrefillPersistentTileScheduler<int>'
  return `void flashinfer::PrefillWithKVCacheKernel<${mainloop}, ${epilogue}, ${traits}, false, true, ${scheduler}, false>(${mainloop}::Params, ${epilogue}::Params, ${scheduler}::Params)`
}

function pagedKernel(type: string): string {
  return `void flashinfer::BatchPrefillWithPagedKVCacheKernel<flashinfer::KernelTraits<(flashinfer::MaskMode)1, 64u, 1u, 4u, 8u, 8u, 4u, 1u, (flashinfer::PosEncodingMode)0, ${type}, ${type}, ${type}, float, int, flashinfer::DefaultAttention<false, false, false, false> >, PagedParams>(PagedParams)`
}
