// The small kernels of a transformer layer in serving engines: norms, rotary position, activations,
// quantisation, the key/value cache.
import type { KernelRule } from '../rule.js'

export const TRANSFORMER: readonly KernelRule[] = [
  // Cache. First, since fused kernels that write it also rotate and normalise.
  {
    id: 'cache.write',
    kernel:
      /reshape_and_cache|concat_and_cache_\w*mla|set_(?:mla_)?kv_(?:buffer|cache|scale)\w*|store_kv_?cache|store_kvcache|store_cache|append_paged_kv|AppendPagedKVCache|copy_all_layer_kv_cache|_?fused_?(?:qk_)?rope_\w*cache|fuse_qk_rope_concat_and_cache|applyMLARopeAndAssignQKV|applyBiasRopeUpdateKVCache|kv_cache_(?:write|store|update)\w*|RopeQuantize\w*|indexer_k_quant_and_cache|_set_k_and_s|concat_mla_absorb|write_kv\w*|ConcatKVCache\w*|KCacheScatter\w*|update_kv_?cache|quantize_and_store\w*|_fwd_kernel_destindex_copy_kv|\w*KVInsert\w*|_shuffle_insert_kernel/i,
    op: 'kv_cache_write',
    tensors: '>kv_buffer loc cache_k_nope cache_k_rope',
    examples: [
      'set_mla_kv_buffer_kernel',
      'void vllm::reshape_and_cache_flash_kernel<__hip_bfloat16, __hip_bfloat16, (vllm::Fp8KVCacheDataType)0>(__hip_bfloat16 const*, __hip_bfloat16 const*, __hip_bfloat16*, __hip_bfloat16*, long const*, long, long, long, long, long, int, int, int, float const*, float const*, int)',
      'void vllm::concat_and_cache_mla_kernel<__nv_bfloat16, __nv_bfloat16, (vllm::Fp8KVCacheDataType)0>(__nv_bfloat16 const*, __nv_bfloat16 const*, __nv_bfloat16*, long const*, int, int, int, int, int, int, int, float const*)',
      'void tensorrt_llm::kernels::applyMLARopeAndAssignQKVKernelGeneration<__nv_bfloat16, 256, 512, 64, tensorrt_llm::kernels::KVBlockArray>(__nv_bfloat16*)',
      'void flashinfer::RopeQuantizeKernel<true, 8u, __nv_bfloat16, int, __nv_fp8_e4m3>(__nv_bfloat16*)',
      'fuse_qk_rope_concat_and_cache_mla_per_head_kernel',
    ],
  },
  {
    id: 'cache.move',
    kernel:
      /gather_cache|gather_and_maybe_dequant|cp_gather|copy_blocks_kernel|swap_blocks|transfer_kv|transfer_kernel\w*|downcast_fp8|concat_and_cast_mha_k|concat_mla_\w*|memcpy_triton|_triton_memcpy|convert_fp8_kernel|alloc_(?:extend|decode)_kernel|get_key_and_value_cache|kv_cache_(?:load|copy|gather)\w*|_gather_kv|load_kv_layer/i,
    op: 'copy',
    family: 'data_movement',
    examples: [
      'memcpy_triton_kernel',
      'void vllm::gather_cache<c10::BFloat16, c10::BFloat16>(c10::BFloat16 const*)',
      'concat_and_cast_mha_k_kernel',
      'void transfer_kernel_impl<&get_global_offset_lf<char const> >(void const*, void*)',
    ],
  },
  {
    id: 'cache.indices',
    kernel:
      /create_(?:flashinfer|flashmla|chunked_prefix|mla|flash)\w*_(?:kv_)?indices\w*|write_req_to_token_pool|compute_position|create_chunked_prefix_cache|get_last_loc|_?compute_slot_mapping|assign_(?:req_to_token|extend_cache|draft_cache)\w*|prepare_(?:inputs|swa|pos_seq)\w*|_copy_page_indices|advance_step|generate_draft_decode_kv_indices|filter_finished_cache|_?block_table\w*|_gather_block_tables|update_\w*metadata\w*|_build_\w*indices\w*|_expand_(?:page_indices|idx)\w*|_?compute_\w*(?:indices|seq_lens|positions)\w*|_\w*local_seq_lens\w*|_post_update\w*|_apply_write\w*|_prepare_\w+|_chunk_metadata\w*|_hash_ids\w*|computeSeqAndPaddingOffsets|BatchIndices\w*|_?convert_req_index_to_global_index|normal_decode_set_metadata|_pack_seq\w*|_unpack_seq\w*|get_num_kv_splits|get_target_cache_loc|align_evict_mask|alloc_kernel/i,
    op: 'gather',
    family: 'data_movement',
    dimensions: 'none',
    examples: [
      'create_flashinfer_kv_indices_triton',
      'write_req_to_token_pool_triton',
      'compute_position_kernel',
      'create_chunked_prefix_cache_kv_indices',
      '_compute_slot_mapping_kernel',
      'get_last_loc_kernel',
    ],
  },
  // Rotary position.
  {
    id: 'rope',
    kernel:
      /\brope\w*|_rope\w*|Rope\w*|kn_entry_\w*sbhd\w*|rotary|RotaryPosIds|apply_rot|BatchQKApplyRotary|mrope|yarn_\w*kernel/i,
    op: 'rope',
    examples: [
      'void flashinfer::BatchQKApplyRotaryPosIdsCosSinCacheHeadParallelismKernel<true, 64u, 8u, 8u, __nv_bfloat16, long>(__nv_bfloat16*, __nv_bfloat16*, __nv_bfloat16*, __nv_bfloat16*, float*, long*, unsigned int, unsigned int, unsigned int, unsigned int, unsigned long, unsigned long, unsigned long, unsigned long, unsigned long, unsigned long)',
      'void vllm::rotary_embedding_kernel<c10::BFloat16, true>(long const*, c10::BFloat16*, c10::BFloat16*, c10::BFloat16 const*, int, long, long, long, int, int, int)',
      '_triton_mrope_forward',
      '_rope_kernel_sbhd_cached_indirect',
    ],
  },
  // Normalisation.
  {
    // The fifth template argument of AITER's kernel says whether it adds.
    id: 'norm.aiter_rms',
    kernel: /add_rmsnorm_quant_kernel<[^<>]*?, \d+, \d+, false\b/,
    op: 'rmsnorm',
    library: 'aiter',
    examples: [
      '_ZN5aiter24add_rmsnorm_quant_kernelIDF16bDF16bLi64ELi8ELb0ELb0ELb1ELi1EEEvPT0_PT_PfS4_S4_S4_diiiiiiib',
    ],
  },
  {
    id: 'norm.fused_add_rms',
    kernel:
      /(?:fused_?add|add|FusedAdd|with_?add|residual)\w*_?rms_?norm\w*|FusedAddRMSNorm|Rmsnorm2dFusedAddEnumE1|Rmsnorm2dFusedAddEnum\)1|add_rmsnorm\w*/i,
    op: 'rmsnorm',
    parameters: { residual: true },
    examples: [
      'void flashinfer::norm::FusedAddRMSNormKernel<8u, __nv_bfloat16>(__nv_bfloat16*, __nv_bfloat16*, __nv_bfloat16*, unsigned int, unsigned int, unsigned int, float, float)',
      'fused_dual_residual_rmsnorm_kernel',
      '_ZN5aiter24add_rmsnorm_quant_kernelIDF16bDF16bLi256ELi16ELb1ELb0ELb1ELi1EEEvPT0_PT_PfS4_S4_S4_diiiiiiib',
      'std::enable_if<((8)>(0))&&vllm::_typeConvert<c10::BFloat16>::exists, void>::type vllm::fused_add_rms_norm_kernel<c10::BFloat16, 8>(c10::BFloat16*, long, c10::BFloat16*, c10::BFloat16 const*, float, int, int)',
      'kernel_cutlass_kernel_flashinfernormkernelsfused_add_rmsnormFusedAddRMSNormKernel_object_at__tensorptrbf16gmemalign128o30723072',
    ],
  },
  {
    id: 'norm.rms',
    kernel:
      /rms_?norm\w*|RMSNorm\w*|Rmsnorm2d\w*|rms_norm|T5LayerNorm|_?l2norm_fwd|l2_?norm\w*kernel|qk_?norm|QKNorm|fused_rms\w*|_rms_\w*kernel/i,
    op: 'rmsnorm',
    examples: [
      'void flashinfer::norm::RMSNormKernel<8u, __nv_bfloat16>(__nv_bfloat16*, __nv_bfloat16*, __nv_bfloat16*, unsigned int, unsigned int, unsigned int, float, float)',
      'void vllm::rms_norm_kernel<c10::BFloat16, 8>(c10::BFloat16*, c10::BFloat16 const*, long, c10::BFloat16 const*, float, int, int)',
      'fused_rmsnorm_kernel',
      '_rms_norm_kernel',
      'l2norm_fwd_kernel',
      'kernel_cutlass_kernel_flashinfernormkernelsrmsnormRMSNormKernel_object_at__tensorptrbf16gmem',
    ],
  },
  {
    id: 'norm.layer',
    kernel:
      /generalLayerNorm|layernorm2d\w*|Layernorm2d\w*|_?layer_?norm_fwd\w*|_layer_norm_\w+|^_?layer_?norm\w*(?:kernel|triton)\w*|fused_layer_?norm|ln_fwd_kernel|transformer_engine::\w*:*ln_\w+|cuApplyLayerNorm|adaln|norm_scale_shift/i,
    op: 'layernorm',
    examples: [
      'void layer_norm::ln_fwd_kernel<layer_norm::Kernel_traits<__nv_bfloat16, 4096u> >(layer_norm::FwdParams)',
      '_layer_norm_fwd_1pass_kernel',
      'layer_norm_fwd_kernel',
      '_ZN7ck_tile6kentryILi1ENS_14Layernorm2dFwdINS_29Layernorm2dFwdPipelineOnePassIfEEEEJEEEvDpT1_',
    ],
  },
  // Gated activations.
  {
    id: 'activation.silu_mul',
    kernel:
      /act_and_mul\w*<.*silu|silu_?(?:and_?)?mul\w*|act_and_mul_kernel<[^<]*\(.*ActivationKind\)0|swi_?glu\w*|_?silu_mul\w*|mul_and_silu|liger_swiglu|scaled_act_and_mul\w*<.*silu|swigluoai\w*|fused_silu\w*|::(?!gelu|act_)\w+_and_mul_kernel/i,
    op: 'silu_mul',
    examples: [
      'void flashinfer::activation::act_and_mul_kernel<__nv_bfloat16, &(silu(float const&))>(__nv_bfloat16*, __nv_bfloat16 const*, int)',
      'void vllm::act_and_mul_kernel<c10::BFloat16, &(c10::BFloat16 vllm::silu_kernel<c10::BFloat16>(c10::BFloat16 const&)), true>(c10::BFloat16*, c10::BFloat16 const*, int)',
      '_ZN7sgl_hip10activation18act_and_mul_kernelI14__hip_bfloat16TnPFT_RKS3_EXadL_Z4siluIS2_ES3_S5_EEEEvPS3_PS4_i',
      '_swiglu_fwd_kernel',
      'void (anonymous namespace)::act_and_mul_kernel<__nv_bfloat16, ((anonymous namespace)::ActivationKind)0, true, false>((anonymous namespace)::ActivationParams)',
    ],
  },
  {
    id: 'activation.gelu_mul',
    kernel: /act_and_mul\w*<.*gelu|gelu_?(?:tanh_)?(?:and_?)?mul\w*|geglu\w*|act_and_mul_kernel/i,
    op: 'gelu_mul',
    parameters: { op: 'gelu_mul' },
    examples: [
      'void flashinfer::activation::act_and_mul_kernel<__nv_bfloat16, &(gelu(float const&))>(__nv_bfloat16*, __nv_bfloat16 const*, int)',
      '_geglu_tanh_forward_kernel',
    ],
  },
  {
    id: 'activation.other',
    kernel:
      /vllm::activation_kernel|gelu_(?:new|fast|quick)_kernel|relu2_\w*kernel|_?relu_?squared\w*/i,
    op: 'gelu',
    examples: [
      'void vllm::activation_kernel<c10::Half, &(c10::Half vllm::gelu_new_kernel<c10::Half>(c10::Half const&))>(c10::Half*, c10::Half const*, int)',
    ],
  },
  // Quantisation.
  {
    id: 'quantize.fp4',
    kernel:
      /cvt_fp16_to_fp4\w*|quantize_with_block_size|nvfp4_quant\w*|NVFP4Quantize\w*|fp4_quant\w*|mxfp4_quant\w*|_dynamic_mxfp4_quant\w*|scaled_fp4\w*|per_1x32_\w*quant\w*|dynamic_per_group_scaled_quant\w*|block_scale_interleave|fused_\w*fp4_quant\w*|MXFP4Quant\w*/i,
    op: 'quantize',
    parameters: { outDtype: 'fp4_e2m1' },
    examples: [
      'void vllm::cvt_fp16_to_fp4<__nv_bfloat16, false>(int, int, __nv_bfloat16 const*, float const*, unsigned int*, unsigned int*)',
      'void tensorrt_llm::kernels::quantize_with_block_size<(tensorrt_llm::BlockScaleQuantizationType)0, __nv_bfloat16, 16, false>(int, int, int, int, __nv_bfloat16 const*, float const*, unsigned int*, unsigned int*, tensorrt_llm::QuantizationSFLayout)',
      'kernel_cutlass_kernel_flashinferquantizationkernelsnvfp4_quantizeNVFP4QuantizeSwizzledKernel_object_at_',
      '_dynamic_mxfp4_quant_kernel',
    ],
  },
  {
    id: 'quantize',
    kernel:
      /per_token_(?:group_)?(?:\w*_)?quant\w*|per_tensor_quant\w*|_?static_quant\w*|scaled_fp8_quant\w*|scaled_int8_quant\w*|dynamic_(?:per_token|scaled)\w*quant\w*|quant_(?:fp8|int8|per)\w*|smooth_?quant\w*|\bquantize_\w*kernel|Quantize(?!d_)\w*Kernel|scaled_quant\w*|segmented_max_reduction|per_token_cast\w*|_?fp8_quant\w*|perTokenQuant\w*|quantizedKernel|data_to_scale|kQuantizeBlockwise|act_quant\w*|_quantize_(?!linear|matmul|gemm)\w+|group_quant\w*|fused_flatten_\w*quant\w*|scale_1x128\w*|_downcast_to_\w*fp8|mxfp8_\w*quant\w*/i,
    op: 'quantize',
    parameters: { outDtypeDefault: 'fp8_e4m3' },
    examples: [
      'void per_token_group_quant_8bit_kernel<__nv_bfloat16, c10::Float8_e4m3fn, true>(__nv_bfloat16 const*, void*, float*, int, int, int, float, float, float, int, int)',
      '_per_token_group_quant_fp8',
      'void vllm::dynamic_per_token_scaled_fp8_quant_kernel<c10::BFloat16, c10::Float8_e4m3fn>(c10::Float8_e4m3fn*, float*, c10::BFloat16 const*, float const*, int)',
      'void vllm::segmented_max_reduction<c10::BFloat16, c10::Float8_e4m3fn>(float*, c10::BFloat16 const*, long)',
      '_static_quant_fp8',
      'void per_tensor_quant_fp8_kernel<__nv_bfloat16>(__nv_bfloat16 const*, c10::Float8_e4m3fn*, float const*, long)',
    ],
  },
  {
    id: 'dequantize',
    kernel:
      /dequant\w*|Dequantize\w*|awq_dequantize|reconstruct_\w*kernel|gptq_marlin_repack|awq_marlin_repack|shuffle_4bit\w*|kDequantizeBlockwise|unpack_\w*int4/i,
    op: 'quantize',
    parameters: { outDtype: 'bf16' },
    dimensions: 'none',
    examples: [
      'void vllm::awq::dequantize_weights(int*, __half*, int*, __half*, int)',
      'void kDequantizeBlockwise<__nv_bfloat16, 512, 64, 8, 1>(float*, unsigned char*, float*, __nv_bfloat16*, int, int)',
      'void dequantize_block_q4_K<c10::Half>(void const*, c10::Half*)',
    ],
  },
  // Other.
  {
    id: 'hadamard',
    kernel: /hadamard\w*|hadacore/i,
    op: 'elementwise',
    dimensions: 'transform',
    parameters: { function: 'hadamard' },
    examples: [
      'void (anonymous namespace)::fast_hadamard_transform_kernel<(anonymous namespace)::FastHadamardKernelTraits<16, 7, __nv_bfloat16> >(HadamardParamsBase)',
    ],
  },
  {
    id: 'embedding.fused',
    kernel:
      /get_masked_input\w*|_?vocab_parallel_embed\w*|embedding_lookup\w*kernel|lookupEmbedding/i,
    op: 'elementwise',
    parameters: { function: 'mask_vocabulary' },
    examples: ['get_masked_input_and_mask_kernel'],
  },
]
