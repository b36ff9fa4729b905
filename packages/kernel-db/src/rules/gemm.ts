// Matrix products: quantised weights, cuBLAS and nvjet, CUTLASS, hipBLASLt and Tensile,
// Composable Kernel, Triton, LoRA. Helpers (split-K sums, epilogues) first, for they share names.
import type { KernelRule } from '../rule.js'

export const GEMM: readonly KernelRule[] = [
  {
    id: 'gemm.split_k_sum',
    kernel:
      /splitKreduce_kernel|ReduceSplitK|splitk_?reduce|split_?k_reduction|_PostGSU|_GSU\d*_?(?:Reduce|Sum)|gemmk1_reduce|_gemm\w*_reduce_kernel|reduce_split_k|StreamKReduc|_reduce_splitk|DeviceSplitKReduce/i,
    op: 'matmul',
    library: 'cublas',
    auxiliary: true,
    examples: [
      'void cublasLt::splitKreduce_kernel<32, 16, int, float, __nv_bfloat16, float, false, float, __nv_bfloat16, __nv_bfloat16, true, false, false>(cublasLt::cublasSplitKParams<float>, float const*, __nv_bfloat16 const*, float*, __nv_bfloat16*, float const*, float const*, __nv_bfloat16 const*, float const*, void*, long, float*, int*)',
      'void splitKreduce_kernel<float, float, float, float, true, false, false>(cublasSplitKParams<float>, float const*, float const*, float*, float const*, float const*, float const*, float const*, float*, void*, long, float*, int*)',
      'void cutlass_cudnn_train::Kernel<cutlass_cudnn_train::reduction::kernel::ReduceSplitK<cutlass_cudnn_train::MatrixShape<4, 128> > >(cutlass_cudnn_train::reduction::kernel::ReduceSplitK::Params)',
      'Cijk_BB_PostGSU8_VW4',
      '_gemm_a8w8_blockscale_reduce_kernel',
    ],
  },
  {
    id: 'cublas.helper',
    kernel:
      /epilogue::impl::globalKernel|^scal_kernel|cublasLt::\w*(?:epilogue|transform|scale)\w*|reduce_1Block_kernel|cublasGetVecRow|cublas\w*memset/i,
    op: 'matmul',
    library: 'cublas',
    auxiliary: true,
    examples: [
      'void epilogue::impl::globalKernel<float, float, float, true, true>(int, int, long, float*, cublasLtEpilogue_t, int, float*, long, void*, long, long, long, float*, long, int*)',
      'void scal_kernel<float, float, 1, false, 6, 5, 5, 3>(cublasTransposeParams<float>, float const*, float*, float const*)',
      'void reduce_1Block_kernel<float, 128, 7, cublasGemvTensorStridedBatched<float>, cublasGemvTensorStridedBatched<float>, cublasGemvTensorStridedBatched<float> >(float const*, float, cublasGemvTensorStridedBatched<float>, int)',
    ],
  },
  // Small-batch kernels of DeepSeek models, with shapes in the name.
  {
    id: 'dsv3.fused_a',
    kernel: /fused_a_gemm_kernel<\d+, (?<n>\d+), (?<k>\d+),/,
    op: 'matmul',
    library: 'sgl_kernel',
    parameters: { dtype: 'bf16' },
    examples: [
      'void fused_a_gemm_kernel<1, 2112, 7168, 16, 16, 256, 12>(__nv_bfloat16*, __nv_bfloat16 const*, __nv_bfloat16 const*, int)',
    ],
  },
  {
    id: 'dsv3.router',
    kernel:
      /router_gemm_kernel\w*<(?<dtype>\w+),(?: \w+,)? \d+, \d+, (?<m>\d+), (?<n>\d+), (?<k>\d+)>/,
    op: 'matmul',
    library: 'sgl_kernel',
    examples: [
      'void router_gemm_kernel_bf16_output<__nv_bfloat16, 128, 8, 1, 256, 7168>(__nv_bfloat16*, __nv_bfloat16 const*, __nv_bfloat16 const*)',
      'void flashinfer::trtllm_dsv3_router_gemm::router_gemm_kernel<__nv_bfloat16, float, 128, 8, 16, 256, 7168>(float*, __nv_bfloat16 const*, __nv_bfloat16 const*)',
    ],
  },
  // Quantised weights.
  {
    id: 'gemm.fp8_triton',
    kernel:
      /^_?w8a8_(?:block|triton)\w*|^_mxfp8_\w*matmul\w*|^_?(?:fp8|int8|a8w8|mxfp[48]|nvfp4)_\w*(?:matmul|gemm|mm)\w*|^_scaled_mm_kernel|^scaled_mm_kernel/,
    op: 'matmul',
    library: 'triton',
    parameters: { quantized: true },
    tensors: 'a b >out scale_a scale_b',
    examples: [
      '_w8a8_block_fp8_matmul',
      '_w8a8_triton_block_scaled_mm',
      '_mxfp8_block_scaled_matmul_kernel',
      '_w8a8_block_int8_matmul',
    ],
  },
  {
    id: 'gemm.marlin',
    kernel:
      /marlin\w*::Marlin|^Marlin|marlin_gemm|Marlin_24|machete|gptq\w*::?gemm\w*|gemm_half_q_half|gptq_gemm|awq_gemm|gemm_forward_4bit|allspark|ampere_hgemm_W8A16|fpA_intB|tinygemm_m16n8k16|kgemm_4bit|gemv_4bit|_awq_gemm|w4a16\w*gemm|hqq_\w*gemm|qserve_\w*gemm|dense_kernel0|_int4_\w*gemm/i,
    op: 'matmul',
    library: 'marlin',
    parameters: { weightDtype: 'int4' },
    examples: [
      'void marlin::Marlin<__nv_bfloat16, 1125899906842624l, 256, 1, 8, 8, false, 4, 8, false>(int4 const*, int4 const*, int4*, int4*, int4 const*, unsigned short const*, int4 const*, int const*, int, int, int, int, int*, bool, bool, int)',
      'void gptq_marlin::Marlin<__half, 4, 256, 1, 8, 8, 4, false, 8, false>(int4 const*, int4 const*, int4*)',
      'void vllm::gptq::gemm_half_q_half_gptq_4bit_kernel<true, 1>(__half const*, unsigned int const*, unsigned int const*, __half const*, __half*, int, int, int, int, int const*)',
      'void vllm::awq::gemm_forward_4bit_cuda_m16nXk32<128>(int, int, __half*, int*, __half*, int*, int, int, int, __half*)',
      'void cutlass::device_kernel<machete::MacheteKernelTemplate<cutlass::bfloat16_t> >(machete::Params)',
      'awq_gemm_kernel',
    ],
  },
  {
    id: 'gemm.gguf',
    kernel: /\bmul_mat_(?:vec_)?q\w*|mul_mat_(?:iq|q)\d\w*|^moe_q\d_K/,
    op: 'matmul',
    library: 'gguf',
    examples: [
      'void mul_mat_q4_K<c10::Half, false>(void const*, void const*, c10::Half*, int, int, int, int, int)',
      'void mul_mat_vec_q<c10::Half, 256, 32, block_q4_K, 2>(void const*, void const*, c10::Half*, int, int, int)',
    ],
  },
  {
    id: 'gemm.fp4_batched',
    kernel: /_batched_gemm_a(?:fp4|4|16)w(?:fp4|4)\w*/,
    op: 'bmm',
    library: 'aiter',
    parameters: { weightDtype: 'fp4_e2m1' },
    examples: ['_batched_gemm_a16wfp4_kernel'],
  },
  {
    id: 'gemm.fp4',
    kernel:
      /DeviceGemmFp4\w*|f4gemm_\w*|_gemm_a(?:fp4|4|16)w(?:fp4|4)\w*|_gemm_afp4wfp4\w*|fp4_gemm|blockscaled_gemm/i,
    op: 'matmul',
    library: 'cutlass',
    parameters: { dtype: 'fp4_e2m1', weightDtype: 'fp4_e2m1' },
    examples: [
      'void cutlass::device_kernel<flashinfer::gemm::DeviceGemmFp4GemmSm100_bfloat16_128_128_256_1_1_1_1SM>(flashinfer::gemm::Params)',
      '_ZN5aiter41f4gemm_bf16_per1x32Fp4_BpreShuffle_96x256E',
      '_gemm_afp4wfp4_kernel',
      'kernel_cutlass_kernel_flashinfergemmkernelsdense_blockscaled_gemm_sm100Sm100BlockScaledPersistentDenseGemmKernel_object_at_',
    ],
  },
  // NVIDIA's libraries.
  {
    id: 'cublas.nvjet',
    kernel: /^nvjet_/,
    op: 'matmul',
    library: 'cublas',
    examples: [
      'nvjet_tst_256x128_64x4_1x2_h_bz_coopA_TNT',
      'nvjet_sm100_tst_64x8_64x16_4x1_v_bz_splitK_TNT',
      'nvjet_qqtst_128x256_128x6_2x1_v_bz_bias_TNT',
    ],
  },
  {
    id: 'cublas.xmma',
    kernel:
      /^sm\d+_xmma_gemm_|^cutlass3x_sm\d+_|^(?:volta|turing|ampere|maxwell|hopper|blackwell|sm\d+)_\w*gemm\w*|^(?:\w+_)?[sdhcz]gemm_\w+/,
    op: 'matmul',
    library: 'cublas',
    examples: [
      'sm90_xmma_gemm_bf16bf16_bf16f32_f32_tn_n_tilesize128x128x64_warpgroupsize1x1x1_execute_segment_k_off_kernel__5x_cublas',
      'ampere_sgemm_32x32_sliced1x4_tn',
      'ampere_bf16_s16816gemm_bf16_64x64_sliced1x2_ldg8_f2f_stages_64x5_tn',
      'cutlass3x_sm100_simt_sgemm_f32_f32_f32_f32_f32_128x64x16_1x1x1_3_tnn_align1_bias_f32_relu',
      'void sgemm_largek_lds64<true, true, 6, 3, 4, 5, 2, 66>(float*, float const*, float const*, int, int, int, int, int, int, float const*, float const*, float, float, int, int, int*, int*)',
      'ampere_gcgemm_64x64_nt',
    ],
  },
  {
    id: 'cublas.gemv',
    kernel:
      /\bgemv\w*|gemvx::kernel|gemmSN_\w+|gemmk1_kernel|\bdot_kernel<|gemm_kernel\w*x\w*core|^magma_\w*gemm/i,
    op: 'matmul',
    library: 'cublas',
    examples: [
      'std::enable_if<!(false), void>::type internal::gemvx::kernel<int, int, __nv_bfloat16, __nv_bfloat16, __nv_bfloat16, float, false, true, true, false, 7, false, cublasGemvParamsEx<int, cublasGemvTensorStridedBatched<__nv_bfloat16 const>, cublasGemvTensorStridedBatched<__nv_bfloat16 const>, cublasGemvTensorStridedBatched<__nv_bfloat16>, float> >(cublasGemvParamsEx<int>)',
      'void gemv2T_kernel_val<int, int, __nv_bfloat16, __nv_bfloat16, __nv_bfloat16, float, 128, 16, 2, 2, false, false, cublasGemvParamsEx<int, cublasGemvTensorStridedBatched<__nv_bfloat16 const> > >(cublasGemvParamsEx<int>, float, float)',
      'void gemmSN_NN_kernel<float, 256, 4, 2, 8, 4, 4, false, cublasGemvTensorStridedBatched<float const>, cublasGemvTensorStridedBatched<float const>, cublasGemvTensorStridedBatched<float> >(cublasGemmSmallNParams<float>)',
      'void dot_kernel<float, 128, 0, cublasDotParams<cublasGemvTensor<float const>, cublasGemvTensorStridedBatched<float> > >(cublasDotParams<float>)',
    ],
  },
  {
    id: 'cutlass.conv',
    kernel:
      /conv::kernel|(?<wgrad>Conv\w*Wgrad|wgrad_)|(?<dgrad>Conv\w*Dgrad|dgrad_)|(?:fprop|ImplicitGemm|implicit_gemm)/,
    op: 'conv',
    library: 'cudnn',
    examples: [
      'sm80_xmma_fprop_implicit_gemm_indexed_tf32f32_tf32f32_f32_nhwckrsc_nchw_tilesize128x128x16_stage4_warpsize2x2x1_g1_tensor16x8x8_execute_kernel_cudnn_infer',
      'void cutlass_cudnn_infer::Kernel<cutlass_tensorop_s1688dgrad_optimized_tf32_64x128_32x3_nhwc_align4>(cutlass_tensorop_s1688dgrad_optimized_tf32_64x128_32x3_nhwc_align4::Params)',
      '_ZN19cutlass_cudnn_train6KernelINS_4conv6kernel23ImplicitGemmConvolutionINS_4gemm9GemmShapeILi128ELi128ELi32EEEEEEEvNT_6ParamsE',
      'sm90_xmma_fprop_implicit_gemm_bf16bf16_bf16f32_f32_nhwckrsc_nhwc_tilesize128x64x64_warpgroupsize1x1x1_g1_execute_segment_k_off_kernel__5x_cudnn',
    ],
  },
  {
    id: 'cutlass.gemm',
    kernel:
      /cutlass(?:_\w+)?::(?:Kernel2?|device_kernel)<(?!.*(?:reduction::|[nN]orm))|cutlass_\d+_\w*gemm|cutlass\w*::gemm|GemmUniversal|cutlass_[23]x_gemm|kernel_cutlass_\w*(?:[gG]emm|matmul)|cutlass_scaled_mm|Sm\d+\w*Gemm/,
    op: 'matmul',
    library: 'cutlass',
    examples: [
      'void cutlass::Kernel2<cutlass_80_wmma_tensorop_bf16_s161616gemm_bf16_32x32_128x2_tn_align8>(cutlass_80_wmma_tensorop_bf16_s161616gemm_bf16_32x32_128x2_tn_align8::Params)',
      'void cutlass::Kernel<cutlass_80_tensorop_s1688gemm_256x64_16x4_nn_align4>(cutlass_80_tensorop_s1688gemm_256x64_16x4_nn_align4::Params)',
      'void cutlass::device_kernel<cutlass::gemm::kernel::GemmUniversal<cute::tuple<int, int, int, int>, cutlass::gemm::collective::CollectiveMma<cutlass::gemm::MainloopSm90TmaGmmaWarpSpecializedFP8> > >(cutlass::gemm::kernel::Params)',
      'void cutlass::Kernel2<vllm::enable_sm89_to_sm90<cutlass::gemm::kernel::DefaultGemm<cutlass::float_e4m3_t> > >(cutlass::Params)',
    ],
  },
  // AMD's libraries.
  {
    id: 'tensile',
    kernel: /^(?:Custom_)?Cijk_/,
    op: 'matmul',
    library: 'hipblaslt',
    examples: [
      'Cijk_Alik_Bljk_BBS_BH_Bias_HA_S_SAV_UserArgs_MT256x192x64_MI16x16x1_SN_LDSB1_AFC1_AFEM1_AFEM1_ASEM1_CLR1_CADS0_DTLA0_DTLB0_DTVA0_DTVB0_EPS0_FDSI0_GRPM1_GRVWA8_GRVWB8_GSUAMBSK_GLS0_ISA942_IU1_K1',
      'Cijk_Ailk_Bjlk_SB_MT64x64x16_MI32x32x1x2_SE_1LDSB0_APM1_AF0EM1_AF1EM1_AMAS3_ASAE01_ASCE01_ASEM1_BL1_BS1_DTL0',
    ],
  },
  {
    id: 'rocm.gemm',
    kernel:
      /rocblas_\w*(?:gem[mv]|dot)\w*|wvSplitK\w*|wv_splitk_\w*|LLGemm1|bf16gemm_\w*|\bi8gemm_\w+|f8_?gemm\w*|\ba8w8\w*gemm\w*|kernel_\w*gemm\w*_xdl\w*|kernel_gemm_\w*|kernel_batched_gemm\w*|ck_tile::\w*Gemm\w*|ck::\w*gemm\w*|DeviceGemm\w*|GridwiseGemm|flatmm\w*|FlatmmKernel|_batched_gemm_\w*|skinny_gemm|^_gemm_a\d+\w*/i,
    op: 'matmul',
    library: 'rocm',
    examples: [
      'void wvSplitK_hf_sml_<__hip_bfloat16, 64, 2, 16, 8, 2, 4>(int, int, int, __hip_bfloat16 const*, __hip_bfloat16 const*, __hip_bfloat16*, int, int)',
      '_ZN5aiter39bf16gemm_fp32bf16_tn_96x64_splitk_cleanE',
      'void ck::kernel_gemm_xdl_cshuffle_v3_multi_d_b_preshuffle<ck::GridwiseGemmMultiD_xdl_cshuffle_v3_b_preshuffle<ck::tensor_layout::gemm::RowMajor>, true>(ck::Argument)',
      'void rocblas_gemvt_warp_reduce_kernel<false, 1024, int, float, float, float>(int, int, float)',
      '_gemm_a8w8_blockscale_kernel',
      '_batched_gemm_a8w8_a_per_token_group_prequant_w_per_batched_tensor_quant_kernel',
    ],
  },
  // Adapters.
  {
    id: 'lora',
    kernel:
      /sgmv_\w+|bgmv_\w+|_lora_(?:shrink|expand)\w*|_sgemm_lora\w*|_qkv_lora\w*|_gate_up_lora\w*|lora_\w*kernel|_fused_moe_lora\w*|punica/i,
    op: 'grouped_gemm',
    family: 'gemm',
    library: 'lora',
    dimensions: 'gemm',
    examples: [
      '_lora_shrink_kernel',
      '_lora_expand_kernel',
      '_sgmv_shrink_kernel',
      '_bgmv_expand_slice_kernel',
      '_sgemm_lora_a_kernel',
      '_qkv_lora_b_kernel',
    ],
  },
  // Triton.
  {
    id: 'triton.gemm',
    kernel:
      /^triton_(?:tem|mm|bmm)_|^triton_\w*_(?:mm|bmm|addmm)_(?:tem|template)|^_?(?:matmul|mm|bmm|gemm)(?:_\w*)?_kernel\w*$|^_?(?:matmul|gemm)_(?:kernel|persistent)\w*|^_matmul_partition_k|^_matmul_launch/,
    op: 'matmul',
    library: 'triton',
    tensors: 'a b >out',
    examples: [
      'triton_tem_fused_mm_3',
      'matmul_kernel',
      'matmul_kernel_persistent',
      '_gemm_kernel',
      'triton_tem_fused_addmm_relu_12',
    ],
  },
]
