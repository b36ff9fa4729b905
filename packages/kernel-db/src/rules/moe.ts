// Mixture of experts: routing, sorting tokens by expert, grouped GEMMs, summing what experts return.
import type { KernelRule } from '../rule.js'

export const MOE: readonly KernelRule[] = [
  // Choosing experts.
  {
    id: 'moe.route',
    kernel:
      /topkGating|customMoeRouting|moe_fused_gate|moeTopK|moeSoftmax|fused_moe_router|grouped_topk|group_idx_and_topk|topk_with_k2|topk_softmax|topkSoftmax|biased_grouped|deepseek_v3_topk|routing(?:Main|Custom|DeepSeek|Renormalize|Llama4)\w*|routingTopK|moe_topk|topk_gating|hash_topk|noAuxTcKernel|fused_topk_deepseek|^_topk_forward|gating_topk|moe_gate\w*kernel/i,
    op: 'moe_route',
    examples: [
      'void moe_fused_gate_kernel<float, 32, 256, 8, 4, 24, 6>(void*, void*, float*, int*, long, long, long, long, double)',
      'void topkGatingSoftmax<4, 128, 4, 16>(float const*, bool const*, float*, int, int*, int*, int, int, int)',
      'void vllm::moe::topkGatingSoftmax<8, 128, 4, 16, 32, int, float>(float const*, bool const*, float*, int, int*, int*, int, int, int)',
      'void moeTopK<256>(float const*, bool const*, float*, int*, int, int, int, int, bool, float const*)',
      'fused_moe_router_kernel',
      'fused_moe_router_large_bs_kernel',
      '_topk_forward',
      'void moe::dev::routing::routingDeepSeek::routingMainKernel<moe::dev::routing::routingDeepSeek::KernelParams<float, __nv_bfloat16, 256, 32, 8, true> >(moe::dev::routing::routingDeepSeek::KernelParams<float, __nv_bfloat16, 256, 32, 8, true>)',
      'void aiter::grouped_topk_opt_sort_kernel<__hip_bfloat16, float, float __vector(4), 8, true, true, false>(__hip_bfloat16*, __hip_bfloat16 const*, float*, int*, unsigned long, int, int, int, int, int, float)',
    ],
  },
  // Sorting and counting.
  {
    id: 'moe.align',
    kernel: /moe_align_block_size|moe_align_kernel|align_block_size/,
    op: 'sort',
    family: 'moe',
    dimensions: 'align',
    examples: [
      'void moe_align_block_size_kernel<long>(long const*, int*, int*, int*, int, int, unsigned long, int*, bool, int)',
      'void moe_align_block_size_small_batch_expert_kernel<long>(long const*, int*, int*, int*, int, int, unsigned long)',
      'void vllm::moe::moe_align_block_size_kernel<int>(int const*, int*, int*, int*, int, int, int, int, unsigned long, int*, int)',
    ],
  },
  {
    id: 'moe.sort',
    kernel: /MoeSorting\w*Kernel|moe_sort\w*|fused_\w*quant_moe_sort/,
    op: 'sort',
    family: 'moe',
    library: 'ck',
    dimensions: 'align',
    examples: [
      '_ZN7ck_tile6kentryILi1ENS_16MoeSortingKernelINS_17MoeSortingProblemIifLi8EEEEEJEEEvDpT1_',
      'void ck_tile::kentry<1, ck_tile::MoeSortingMultiPhaseKernel_P0_v1<ck_tile::MoeSortingProblemMp<int, float, 1> > >()',
    ],
  },
  {
    id: 'moe.bookkeeping',
    kernel:
      /count_and_sort_expert_tokens|_expt_data_(?:compute|memset)|_combined_routing_(?:compute|memset|fused)|_routing_(?:compute|memset)\w*|_sum_bitmatrix_(?:rows|memset)|_bitmatrix_\w+|ExpertPrefixSum|mergePrefix|expert_prefix_sum|BuildExpertMaps|compute_?Strides\w*|compute_problem_sizes|compute_expert_\w*offsets|compute_arg_sorts|get_group_gemm_starts|memsetExpertIds|moeOutputMemset|computeCountAndIndice|computeCumsumDevice|moveIndiceDevice|routing(?:Indices|Init|Histogram|Scores)\w*|compute_(?:seg_indptr|src2dst|masked_m)\w*|deepep_(?:compute|run_moe)\w*|ep_scatter_1|moe_ep_\w*(?:preproc|cumsum)|_tma_align_input_scale|expert_tokens_\w+|count_expert_num_tokens|_zero_experts\w*|build_expert_map|reorder_topk_ids|_ragged_tensor_metadata_\w+|_compute_writeback_idx|append_shared_experts|_routing_clear_bitmatrix/i,
    op: 'sort',
    family: 'moe',
    auxiliary: true,
    examples: [
      'void count_and_sort_expert_tokens_kernel<long>(long const*, int*, int*, unsigned long)',
      '_combined_routing_compute',
      '_combined_routing_memset',
      '_sum_bitmatrix_rows',
      '_compute_writeback_idx',
      '_ragged_tensor_metadata_compute',
      '_fwd_kernel_ep_scatter_1',
      'compute_expert_blockscale_offsets(int const*, int*, int*, int*, long)',
      'void moe::dev::routing::routingIndicesClusterKernel<moe::dev::routing::routingDeepSeek::KernelParams<float, __nv_bfloat16, 256, 32, 8, true> >(moe::dev::routing::routingDeepSeek::KernelParams<float, __nv_bfloat16, 256, 32, 8, true>)',
      '_tma_align_input_scale_kernel',
      'compute_seg_indptr_triton_kernel',
    ],
  },
  // Tokens to experts and back.
  {
    id: 'moe.combine',
    kernel:
      /moe_sum|finalizeMoeRouting|moe::dev::finalize|_fwd_kernel_ep_gather|post_reorder|ep_gather|moe_unpermute|unpermute|apply_shuffle_mul_sum|_finalize_matmul|_reduce_grouped|finalizeKernel(?:VecLoad)?\b|moe_finalize|moe_reduction|_routed_scale_add|moe_combine|moe_stage2_reduce|^_unpermute_kernel/i,
    op: 'moe_permute',
    examples: [
      '_moe_sum_reduce_kernel',
      'void moe::dev::finalize::finalizeKernelVecLoad<moe::dev::finalize::KernelParams<cutlass::bfloat16_t, cutlass::bfloat16_t, 4, true> >(moe::dev::finalize::KernelParams<cutlass::bfloat16_t, cutlass::bfloat16_t, 4, true>)',
      '_finalize_matmul_scatter_bf16',
      '_fwd_kernel_ep_gather',
      'void vllm::moe::moe_sum_kernel<c10::BFloat16, 4>(c10::BFloat16*, c10::BFloat16 const*, int)',
      'void apply_shuffle_mul_sum_kernel<__nv_bfloat16>(__nv_bfloat16 const*, __nv_bfloat16*, int const*, int, int, int, __nv_bfloat16 const*)',
    ],
  },
  {
    id: 'moe.dispatch',
    kernel:
      /expandInputRows|ep_scatter|pre_reorder|deepep_permute|moe_permute|moe::dev::permute|permuteKernel|shuffleInputRows|shuffle_?rows|moe_dispatch|^_permute_kernel|^_sort_chunks_by_\w+|^_preprocess_after_permute|_fill_gateup_input/i,
    op: 'moe_permute',
    examples: [
      'void tensorrt_llm::kernels::expandInputRowsKernel<__nv_bfloat16, __nv_bfloat16>(__nv_bfloat16 const*, __nv_bfloat16*, float const*, float*, int const*, int const*, long, long const*, long, long)',
      '_fwd_kernel_ep_scatter_2',
      'pre_reorder_triton_kernel',
      'deepep_permute_triton_kernel',
    ],
  },
  {
    id: 'moe.activation',
    kernel:
      /doActivationKernel|doGatedActivation|moe::dev::activation|activationDeepSeek|silu_and_mul_(?:triton|masked|post_quant|quant\w*)|silu_mul_(?:fp8_)?quant\w*|_silu_and_mul_\w*post_quant|silu_and_mul_fp8|masked_m_silu_mul|gelu_and_mul_triton/i,
    op: 'silu_mul',
    fused: ['quantize'],
    examples: [
      'void tensorrt_llm::kernels::doActivationKernel<__nv_fp8_e4m3, __nv_bfloat16, tensorrt_llm::kernels::GatedActivation>(__nv_fp8_e4m3*, __nv_bfloat16 const*, float const*, bool, int const*, int, int, bool)',
      'void moe::dev::activation::activationDeepSeekKernel<moe::dev::activation::KernelParams<cutlass::float_e4m3_t, 4, true> >(moe::dev::activation::KernelParams<cutlass::float_e4m3_t, 4, true>)',
      'silu_and_mul_triton_kernel',
      '_silu_and_mul_post_quant_kernel',
    ],
  },
  // Experts' GEMMs. AITER's one-stage kernels run both, and the activation between them.
  {
    id: 'moe.whole',
    kernel: /\bfmoe_(?!stage|2stage)\w+|fused_moe_1stage|^_e2e_moe\w*/,
    op: 'moe',
    library: 'aiter',
    examples: [
      'fmoe_bf16_blockscaleFp8_g1u1_vs_silu_1tg_32x256',
      '_ZN5aiter47fmoe_fp8_blockscale_g1u1_novs_silu_1tg_ps_32x256E',
      '_e2e_moe_kernel',
    ],
  },
  {
    id: 'moe.fused_triton',
    kernel:
      /^_?fused_moe_kernel(?!_router)|^fused_moe_\w*kernel|^batched_triton_kernel|^_?moe_gemm\w*kernel|^grouped_gemm_triton\w*|^_grouped_gemm\w*|^_moe_\w*gemm/,
    op: 'grouped_gemm',
    library: 'triton',
    examples: [
      'fused_moe_kernel',
      'fused_moe_kernel_gptq_awq',
      'batched_triton_kernel',
      'grouped_gemm_triton_kernel',
    ],
  },
  {
    id: 'moe.matmul_ogs',
    kernel:
      /^_(?:p_)?matmul(?:_ogs)?_[NT]{3}_(?<outDtype>\w+?)x(?<dtype>\w+?)x(?<weightDtype>\w+?)_\d+x\d+x\d+x?\d*(?<up>_swiglu)?/,
    op: 'grouped_gemm',
    library: 'triton_kernels',
    examples: [
      '_matmul_ogs_NNT_bf16xbf16xmxfp4_128x128x128x1_swiglu',
      '_matmul_ogs_NNT_bf16xbf16xmxfp4_128x128x128x1',
      '_p_matmul_ogs_NTT_bf16xbf16xmxfp4_16x256x128x1_swiglu',
    ],
  },
  {
    // Weights come first: the product is computed transposed.
    id: 'moe.trtllm_bmm',
    kernel:
      /^bmm_(?<outDtype>[A-Za-z]+\d*(?:m\d)?)_(?<weightDtype>Bfloat16|Fp16|E4m3|E2m1|MxE4m3|MxE2m1|MxInt4)(?<dtype>Bfloat16|Fp16|E4m3|E2m1|MxE4m3|MxE2m1)_\w*?(?<up>_swiGlu|_relu2)?(?:_|$)/,
    op: 'grouped_gemm',
    library: 'trtllm_gen',
    examples: [
      'bmm_Bfloat16_E4m3E4m3_Fp32_t128x8x128u2_s8_et64x8_m64x8x32_c1x1x1_rM_TN_transOut_noShfl_dsFp8_schPd4x2x2x3_bN_rgTma_clmp_dynB_sm100f',
      'bmm_E2m1_E2m1E2m1_Fp32_Ab16_Bb16_Cb16_t128x16x512_s5_et128x16_m128x16x64_c1x1x1_rM_TN_transOut_schPd2x1x2x3_biasFp32M_bN_ldgsts_ldgstsSf_rgTma_clmp_swiGlu_dynB_sm100f',
      'bmm_Bfloat16_MxInt4Bfloat16_castBfloat16_Fp32_Ab32_t128x16x256u2_s3_et128x16_m256x16x16_c2x1x1_rM_BN_transOut_schPd2x1x2x3_bN_tma_tmaSf_rgTma_clmp_swiGlu_dynB_sm100f',
    ],
  },
  {
    id: 'moe.marlin',
    kernel: /marlin_moe|moe_wna16|MarlinMoE/i,
    op: 'grouped_gemm',
    library: 'marlin',
    dimensions: 'gemm',
    parameters: { weightDtype: 'int4' },
    examples: [
      'void marlin_moe_wna16::Marlin<1125899906909960l, 562949953487106l, 1125899906909960l, 2814749767106568l, 128, 4, 8, 4, false, 4, 2, false>(int4 const*, int4 const*, int4*, int4*)',
      'void vllm::moe::moe_wna16_gemm_kernel<__nv_bfloat16, 4, 128, 64, true>(__nv_bfloat16 const*, __nv_bfloat16*, unsigned int const*)',
    ],
  },
  {
    id: 'moe.cutlass_grouped',
    kernel:
      /GroupProblemShape|MoeProblemShape|Fused_?Moe_?Kernel|MoeFCGemm|GroupedGemm|grouped_gemm|GemmGrouped|gemm_grouped|MoERunner|run_fused_moe|moe_gemm|MoeGemm/i,
    op: 'grouped_gemm',
    library: 'cutlass',
    examples: [
      'void cutlass::device_kernel<cutlass::gemm::kernel::GemmUniversal<cutlass::gemm::GroupProblemShape<cute::tuple<int, int, int> >, cutlass::gemm::collective::CollectiveMma<int> > >(cutlass::gemm::kernel::GemmUniversal::Params)',
      '_ZN7cutlass13device_kernelINS_4gemm6kernel13GemmUniversalINS1_17GroupProblemShapeIN4cute5tupleIJiiiEEEEEEEEEvNT_6ParamsE',
      'void ck::kernel_moe_gemm<ck::GridwiseMoeGemm<ck::tensor_layout::gemm::RowMajor>, true>(ck::GridwiseMoeGemm::Argument)',
    ],
  },
  {
    id: 'moe.rocm',
    kernel:
      /kernel_moe_(?:mx)?gemm\w*|mfma_moe\d|FusedMoeGemm\w*|\bfmoe_stage\w+|moe_stage[12]\w*|moe_2stage\w*|Gridwise\w*Moe\w*|MoeFlatmm\w*|MoeGemm\w*|flatmm_moe|opus_moe\w*|\bgemm[12]_a\dw\d\w*/i,
    op: 'grouped_gemm',
    library: 'aiter',
    examples: [
      '_ZN5aiter48fmoe_stage1_bf16_pertokenFp8_g1u1_64x128_2tg_pf2E',
      'void ck::kernel_moe_mxgemm_2lds<ck::GridwiseMXGemm>(ck::Argument)',
    ],
  },
]
