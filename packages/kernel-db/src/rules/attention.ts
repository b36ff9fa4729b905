// Attention of every library, and the kernels around it: combining splits, scheduling, metadata.
import type { KernelRule } from '../rule.js'

export const ATTENTION: readonly KernelRule[] = [
  // Kernels that help attention come first: their names contain those of the kernels they help.
  {
    id: 'attention.combine',
    kernel:
      /flash_fwd_splitkv_combine|FlashAttnFwdCombine|ForwardCombine|flash_fwd_mla_combine|splitkv_mla_combine|FmhaFwdSplitKVCombine|fmhaReductionKernel|paged_attention_v2_reduce|paged_attention_ll4mi_reduce|VariableLength(?:Merge|Attention)\w*Kernel|reduce_segments|_fwd_kernel_stage2|_splitK_reduce|kn_mla_reduce|mla_reduce_v1|MlaReduction|Sm100MlaReduction|pa_reduce|combine_attn_partials/,
    op: 'attention',
    auxiliary: true,
    examples: [
      'void pytorch_flash::flash_fwd_splitkv_combine_kernel<pytorch_flash::Flash_fwd_kernel_traits<128, 64, 128, 4, false, false, cutlass::bfloat16_t>, 4, 1, true>(pytorch_flash::Flash_fwd_params)',
      'void flashinfer::PersistentVariableLengthMergeStatesKernel<8u, 16u, 8u, 4u, __nv_bfloat16, __nv_bfloat16, int>(__nv_bfloat16*, float*, int*, __nv_bfloat16*, float*, unsigned int, unsigned int*, unsigned int)',
      'void paged_attention_ll4mi_reduce_kernel<__hip_bfloat16, __hip_bfloat16, 128, 128, 256, 3, false>(__hip_bfloat16*, float const*, float const*, __hip_bfloat16 const*, int const*, int const*, int, int, float const*)',
      'void vllm::paged_attention_v2_reduce_kernel<__nv_bfloat16, 128, 128, 512>(__nv_bfloat16*, float const*, float const*, __nv_bfloat16 const*, int const*, int)',
      'reduce_segments',
      '_fwd_kernel_stage2',
      'kn_mla_reduce_v1',
    ],
  },
  {
    id: 'attention.prepare',
    kernel:
      /prepare_varlen_num_blocks|get_mla_metadata|get_\w*mla_metadata|flash_bwd_dot_do_o|FlashAttnBwdPreprocess|FlashAttentionBackwardPreprocess|flash_bwd_convert_d|FlashAttnBwdPostprocess|FlashAttentionBackwardPostprocess|flash_bwd_clear|FmhaBwdOGradDotO|FmhaBwdConvertQGrad|bwd_preprocess|fmha_bwd_\w*(?:odo|dq_(?:convert|shuffle))|schedule_metadata|get_paged_mqa_logits_metadata|smxx_paged_mqa_logits_metadata|PrepareVarlen|flashinfer_plan/,
    op: 'attention',
    auxiliary: true,
    examples: [
      'flash::prepare_varlen_num_blocks_kernel(int, int, int, int const*, int const*, int const*, int const*, int const*, int const*, int, int, int, int, int, cutlass::FastDivmod, cutlass::FastDivmod, int*, int*, bool)',
      'void pytorch_flash::flash_bwd_dot_do_o_kernel<true, pytorch_flash::Flash_bwd_kernel_traits<128, 64, 64, 8, 4, 2, 2, false, false, cutlass::bfloat16_t> >(pytorch_flash::Flash_bwd_params)',
      'get_mla_metadata_kernel(GetDecodingMetadataParams)',
      'bwd_preprocess',
    ],
  },
  {
    id: 'attention.merge_states',
    kernel:
      /merge_attn_states|merge_\w*attn_out|merge_state|MergeStatesKernel|MergeStateKernel|AttentionSum/i,
    op: 'elementwise',
    family: 'attention',
    parameters: { function: 'merge_attention_states' },
    examples: [
      'void merge_attn_states_kernel<__nv_bfloat16, 128u>(__nv_bfloat16*, float*, __nv_bfloat16 const*, float const*, __nv_bfloat16 const*, float const*, unsigned int, unsigned int, unsigned int)',
      'void flashinfer::MergeStateKernel<8u, __nv_bfloat16, __nv_bfloat16>(__nv_bfloat16*, float*, __nv_bfloat16*, float*, __nv_bfloat16*, float*, unsigned int, unsigned int)',
    ],
  },
  // Latent attention.
  {
    id: 'flashinfer.mla',
    kernel:
      /flashinfer::mla::\w*:*\w*BatchMLAPage\w*AttentionHopperKernel<flashinfer::mla::hopper::HopperKernelTraits<(?<causal>true|false)/,
    op: 'attention',
    library: 'flashinfer',
    dimensions: 'latentAttention',
    examples: [
      'void flashinfer::mla::hopper::BatchMLAPageAttentionHopperKernel<flashinfer::mla::hopper::HopperKernelTraits<false, 2u, 512u, 64u, 64u, 64u, __nv_bfloat16, __nv_bfloat16, __nv_bfloat16, int>, flashinfer::MLAParams<__nv_bfloat16, __nv_bfloat16, __nv_bfloat16, int> >(flashinfer::MLAParams<__nv_bfloat16, __nv_bfloat16, __nv_bfloat16, int>)',
    ],
  },
  {
    id: 'mla',
    kernel:
      /BatchMLAPaged?Attention|BatchDecodeWithPagedKVCacheKernelMLA|splitkv_mla|flash_?mla|FlashMLA|Sm\d+\w*FmhaMla\w*|(?<![a-z])mla_(?:a\d|dec|stage|fwd|prefill|pfl)\w*|mla_\w*qh\d+|MlaDecode(?!\w*Cache)|_mla_decode|(?<!cache_(?:ds_)?)mla_kernel|cutlass_mla|xqa_mla|sparse_attn_(?:fwd|decode)|(?:tilelang|nsa)_sparse_\w+|sparse_mla|flash_fwd_\w*sparse/i,
    op: 'attention',
    dimensions: 'latentAttention',
    examples: [
      'void flash::flash_fwd_splitkv_mla_kernel<Flash_fwd_kernel_traits_mla<576, 64, 64, 8, cutlass::bfloat16_t, 512>, true, flash::SharedStorageMLA<Flash_fwd_kernel_traits_mla<576, 64, 64, 8, cutlass::bfloat16_t, 512> > >(Flash_fwd_mla_params)',
      'void flashinfer::mla::BatchMLAPagedAttentionKernel<flashinfer::mla::KernelTraits<true, 2u, true, 512u, 64u, 64u, 32u, __nv_bfloat16, __nv_bfloat16, __nv_bfloat16, int>, flashinfer::MLAParams<__nv_bfloat16, __nv_bfloat16, __nv_bfloat16, int> >(flashinfer::MLAParams<__nv_bfloat16, __nv_bfloat16, __nv_bfloat16, int>)',
      'mla_a8w8_qh16_qseqlen1_gqaratio16_ps',
      'void cutlass::device_kernel<cutlass::fmha::kernel::Sm100FmhaMlaKernelTmaWarpspecialized<cute::tuple<cute::C<128>, cute::C<128> >, cutlass::bfloat16_t, float> >(cutlass::fmha::kernel::Sm100FmhaMlaKernelTmaWarpspecialized::Params)',
    ],
  },
  // FlashAttention 2, 3 and 4.
  {
    id: 'flash_attention.backward',
    kernel:
      /flash_bwd_\w*kernel|FlashAttnBwd|flash_bwd(?:_sm\d+)?FlashAttentionBackward|FmhaBwdDQDKDV|fmha_bwd_hd|\bbwd_kernel_d(?:q|k_dv|kdv)|fmha_cutlassB|_attn_bwd|bprop_\w*|sdpa_\w*bprop|^_bwd_kernel(?:_dkdv|_dq)?$|^parallel_(?:nsa|path|parallax|\w*attn)_\w*bwd\w*/,
    op: 'attention',
    library: 'flash_attention',
    parameters: { direction: 'backward' },
    examples: [
      'void pytorch_flash::flash_bwd_dq_dk_dv_loop_seqk_parallel_kernel<pytorch_flash::Flash_bwd_kernel_traits<128, 64, 64, 8, 4, 2, 2, false, false, cutlass::bfloat16_t>, false, true, false, true, true, true, false>(pytorch_flash::Flash_bwd_params)',
      'bwd_kernel_dk_dv',
      'fmha_cutlassB_bf16_aligned_128x128_k128_sm80(PyTorchMemEffAttention::AttentionBackwardKernel<cutlass::arch::Sm80, cutlass::bfloat16_t, true, false, true, 128, 128, 128, false, false>::Params)',
    ],
  },
  {
    id: 'flash_attention',
    kernel:
      /flash_fwd_(?:splitkv_)?kernel|FlashAttnFwdSm\d+|compute_attn_ws|flash_attn\w*FlashAttentionForward|flash_fwd(?:_sm\d+)?FlashAttentionForward|cute_flash_attn|flash::enable_sm90/,
    op: 'attention',
    library: 'flash_attention',
    examples: [
      'void pytorch_flash::flash_fwd_kernel<pytorch_flash::Flash_fwd_kernel_traits<64, 128, 128, 4, false, false, cutlass::bfloat16_t, pytorch_flash::Flash_kernel_traits<64, 128, 128, 4, cutlass::bfloat16_t> >, false, false, false, false, false, true, false>(pytorch_flash::Flash_fwd_params)',
      'void flash::flash_fwd_splitkv_kernel<Flash_fwd_kernel_traits<128, 64, 128, 4, false, false, cutlass::bfloat16_t, Flash_kernel_traits<128, 64, 128, 4, cutlass::bfloat16_t> >, false, false, false, false, true, false, true, false>(flash::Flash_fwd_params)',
      'void cutlass::device_kernel<flash::enable_sm90_or_later<flash::FlashAttnFwdSm90<flash::CollectiveMainloopFwdSm90<2, cute::tuple<cute::C<1>, cute::C<1>, cute::C<1> >, cute::tuple<cute::C<128>, cute::C<80>, cute::C<256> >, 256, cutlass::bfloat16_t, float, cutlass::arch::Sm90, false, false, false, true, true, false, false, true, true> > > >(flash::Params)',
      'kernel_cutlass_kernel_flash_attncuteflash_fwd_sm100FlashAttentionForwardSm100_object_at__tensorptrbf16gmem',
    ],
  },
  {
    id: 'flashinfer.prefill',
    kernel:
      /flashinfer::\w*:*(?:\w*Prefill\w*KVCache\w*Kernel|PODWith\w*|BlockBatchPagedAttentionPersistent\w*|PersistentKernelTemplate|FP8Prefill\w*)/,
    op: 'attention',
    library: 'flashinfer',
    examples: [
      'void flashinfer::PrefillWithKVCacheKernel<flashinfer::CollectiveMainloop<RaggedParams::AdditionalParams, flashinfer::AttentionKernelTraits<true, 192, 128, 128, 128, 2, cutlass::bfloat16_t, cutlass::bfloat16_t, cutlass::bfloat16_t, int, flashinfer::StandardAttention>, true>, flashinfer::CollectiveEpilogue<int>, flashinfer::BatchPrefillTileScheduler<int>, true, true>(RaggedParams)',
      'void flashinfer::BatchPrefillWithPagedKVCacheKernel<flashinfer::KernelTraits<(flashinfer::MaskMode)0, 16u, 1u, 2u, 8u, 8u, 1u, 4u, (flashinfer::PosEncodingMode)0, __nv_bfloat16, __nv_bfloat16, __nv_bfloat16, float, int, flashinfer::DefaultAttention<false, false, false, false> >, PagedParams>(PagedParams)',
      'void flashinfer::BatchPrefillWithRaggedKVCacheKernel<flashinfer::KernelTraits<(flashinfer::MaskMode)1, 128u, 2u, 4u, 4u, 8u, 4u, 1u, (flashinfer::PosEncodingMode)0, __nv_bfloat16, __nv_bfloat16, __nv_bfloat16, float, int, flashinfer::DefaultAttention<false, false, false, false> >, RaggedParams>(RaggedParams)',
    ],
  },
  {
    id: 'flashinfer.decode',
    kernel: /flashinfer::\w*:*\w*Decode\w*KVCache\w*Kernel/,
    op: 'attention',
    library: 'flashinfer',
    examples: [
      'void flashinfer::BatchDecodeWithPagedKVCacheKernel<(flashinfer::PosEncodingMode)0, 2u, 4u, 8u, 16u, 1u, 8u, flashinfer::DefaultAttention<false, false, false, false>, Params>(Params)',
    ],
  },
  {
    id: 'trtllm.fmha',
    kernel:
      /fmhaSm\d+\w*Kernel|fmha_v2_\w+|masked_multihead_attention|mmha_|kernel_mha|xqa_kernel|\bxqa\w*/,
    op: 'attention',
    library: 'tensorrt_llm',
    examples: [
      'fmhaSm100fKernel_QkvBfloat16OBfloat16H128PagedKvCausalP64VarSeqQ128Kv128PersistentContext',
      'fmhaSm100aKernel_QkvE4m3OBfloat16HQk576HV512HVPerCta256PagedKvDenseP32MultiCtasKvVarSeqQ8Kv128StaticSwapsAbForGen',
      'fmha_v2_flash_attention_bf16_64_128_S_q_paged_kv_128_causal_tma_ws_sm90_kernel',
      'void tensorrt_llm::kernels::mmha::masked_multihead_attention_kernel<unsigned short, unsigned short, 128, 256, tensorrt_llm::kernels::KVBlockArray>(tensorrt_llm::kernels::Multihead_attention_params<unsigned short>)',
      'kernel_mha',
    ],
  },
  {
    id: 'cudnn.attention',
    kernel: /^cudnn_\w*(?:sdpa|flash|mha)\w*/,
    op: 'attention',
    library: 'cudnn',
    examples: [
      'cudnn_generated_fort_native_sdpa_sm90_flash_fprop_wgmma_f16_knob_7_64x128x128_4x1x1_kernel0_0',
    ],
  },
  {
    id: 'efficient_attention',
    kernel: /fmha_cutlassF|PyTorchMemEffAttention|_fwd_kernel_splitK|xformers\w*attention/i,
    op: 'attention',
    library: 'xformers',
    examples: [
      'fmha_cutlassF_bf16_aligned_64x128_rf_sm80(PyTorchMemEffAttention::AttentionKernel<cutlass::bfloat16_t, cutlass::arch::Sm80, true, 64, 128, 128, true, true>::Params)',
    ],
  },
  {
    id: 'cutlass.fmha',
    kernel: /cutlass::fmha::kernel|Sm\d+FmhaFwd\w*|fmha_kernel|cutlass\w*fmha/i,
    op: 'attention',
    library: 'cutlass',
    examples: [
      'void cutlass::device_kernel<cutlass::fmha::kernel::Sm100FmhaFwdKernelTmaWarpspecialized<cute::tuple<int, int, int>, cutlass::fmha::collective::Sm100FmhaFwdMainloopTmaWarpspecialized<cutlass::bfloat16_t> > >(cutlass::fmha::Params)',
    ],
  },
  {
    id: 'rocm.flash_attention',
    kernel:
      /^attn_fwd(?:_\w+)?$|\bFmha(?:Fwd|BatchPrefill)\w*Kernel|\bfmha_(?:fwd|v3)\w*|^_?attn_fwd|sage_?fwd|_attn_fwd\b|SageAttn|qk_int_sv_f\d+|_attn_fwd_inner|^_attention_fwd/i,
    op: 'attention',
    library: 'aotriton',
    examples: [
      'attn_fwd',
      '_ZN7ck_tile6kentryILi2ENS_13FmhaFwdKernelINS_28BlockFmhaPipelineQRKSVSAsyncINS_24BlockFmhaPipelineProblemIDF16bEEEENS_17Default2DEpilogueIfEEEEJEEEvDpT1_',
      '_ZN5aiter37fmha_fwd_hd128_bf16_causal_rtna_groupE',
      'fmha_fwd_hd128_bf16_rtz',
    ],
  },
  // Attention over a paged cache.
  {
    id: 'vllm.unified_attention',
    kernel: /^kernel_unified_attention_[23]d|^kernel_paged_attention_2d|^_?unified_attention/,
    op: 'attention',
    library: 'vllm',
    examples: [
      'kernel_unified_attention_2d',
      'kernel_unified_attention_3d',
      'kernel_paged_attention_2d',
    ],
  },
  {
    id: 'paged_attention',
    kernel:
      /paged_attention|PagedAttention|\bpa_(?:bf16|fp16|fwd|decode|a16|a8|ps)\w*|paged_\w*attn|_paged_attn/i,
    op: 'attention',
    library: 'vllm',
    examples: [
      'void vllm::paged_attention_v1_kernel<__nv_bfloat16, __nv_bfloat16, 128, 16, 128, (vllm::Fp8KVCacheDataType)0, false>(__nv_bfloat16*, __nv_bfloat16 const*, __nv_bfloat16 const*, __nv_bfloat16 const*, int, float, int const*, int const*, int, float const*, int, int, int, float const*, float const*, int, int, int, int, int)',
      'void paged_attention_ll4mi_QKV_mfma16_kernel<0, __hip_bfloat16, __hip_bfloat16, (vllm::Fp8KVCacheDataType)0, 1, 128, 256, false, 4, 1, ck_tile::ComposedAttention<0u, false> >(__hip_bfloat16 const*)',
      'pa_bf16_pertokenFp8_gqa8_2tg_4w',
    ],
  },
  {
    id: 'triton.attention',
    kernel:
      /^_fwd_kernel(?:_\w*(?:attn|attention|unified|alibi|stage1)\w*|_stage1)?$|^_fwd_grouped_kernel_stage1|^_decode_att\w*|^_flash_attn\w*|flex_attention|^_?(?:extend|prefill|decode|context)_attention\w*|^_attn_fwd|^triton_\w*attention|^_fwd_kernel_aligned|_decode_grouped_att|^parallel_(?:nsa|path|parallax|\w*attn)_\w*fwd\w*/,
    op: 'attention',
    library: 'triton',
    examples: [
      '_fwd_kernel',
      '_fwd_grouped_kernel_stage1',
      '_fwd_kernel_stage1',
      '_fwd_kernel_unified',
      'triton_tem_fused_flex_attention_0',
      '_fwd_kernel_flash_attn_v2',
    ],
  },
  {
    id: 'sparse_attention.scores',
    kernel: /mqa_logits|fp8_index|indexer_\w*logits|lightning_indexer|_index_score/i,
    op: 'attention',
    dimensions: 'none',
    examples: [
      'void deep_gemm::sm90_fp8_paged_mqa_logits<1u, 64u, 128u, 64u, 3u, 256u, 64u, 128u, 512u>(unsigned int, unsigned long, unsigned int const*, float*, unsigned int const*, unsigned int const*, CUtensorMap_st, CUtensorMap_st, CUtensorMap_st, CUtensorMap_st)',
    ],
  },
]
