// Convolutions, batch normalisation, pooling and layout changes of cuDNN and MIOpen.
import type { KernelRule } from '../rule.js'

export const CONVOLUTION: readonly KernelRule[] = [
  {
    id: 'cudnn.layout',
    kernel:
      /nchwToNhwc|nhwcToNchw|nchwAddPadding|nhwcAddPadding|nchwToFoldedNhwc|nhwcToFoldedNhwc|foldedNhwcToNchw|genericTranspose|cudnn::\w*:*\w*(?:[tT]ranspose|[fF]old)\w*|tensorTransform/,
    op: 'copy',
    library: 'cudnn',
    auxiliary: true,
    examples: [
      'void cudnn::ops::nchwToNhwcKernel<float, float, float, false, true, (cudnnKernelDataType_t)2>(cudnn::ops::nchw2nhwc_params_t<float>, float const*, float*)',
      'void cudnn::engines_precompiled::nhwcToNchwKernel<__nv_bfloat16, __nv_bfloat16, float, true, false, (cudnnKernelDataType_t)0>(cudnn::engines_precompiled::nhwc2nchw_params_t<float>, __nv_bfloat16 const*, __nv_bfloat16*)',
    ],
  },
  {
    id: 'miopen.layout',
    kernel:
      /^batched_transpose_\w+|^SubTensorOp\w+|^Im2d2Col\w*|^Im3d2Col\w*|^Col2Im\w*|^transpose_[A-Z]+2[A-Z]+|^OpTensor\w*|^CastTensor\w*|^gcnAsmWinogradXform\w*/,
    op: 'copy',
    library: 'miopen',
    auxiliary: true,
    examples: [
      'batched_transpose_32x16_half',
      'SubTensorOpWithScalar1d',
      'SubTensorOpWithCastTensor1d',
      'Im2d2Col',
    ],
  },
  {
    id: 'cudnn.helper',
    kernel:
      /computeOffsets|reduce_wgrad|kern_precompute_indices|cudnn::\w*:*\w*(?:generateWinograd|scalePackedTensor|convertTensor)\w*|winograd\w*(?:transform|Tile)\w*|fft[12]d_(?:r2c|c2r)|flip_filter|compute_gemm_pointers|cudnn::cnn::kern_\w+|_execute_split_k_kernel/,
    op: 'conv',
    library: 'cudnn',
    auxiliary: true,
    examples: [
      'void cask_cudnn_infer::computeOffsetsKernel<false, false>(cask_cudnn_infer::ComputeOffsetsParams)',
      'void cudnn::cnn::reduce_wgrad_nchw_helper<float, float>(void*, void const*, float, int, int)',
      'void fft2d_r2c_32x32<float, false, 5u, true>(float2*, float const*, int, int, int, int, int, int, int, int, int, cudnn::reduced_divisor, bool, int2, int, int)',
      'sm80_xmma_wgrad_implicit_gemm_indexed_tf32f32_tf32f32_f32_nhwckrsc_nhwc_tilesize128x128x16_stage4_warpsize2x2x1_g1_tensor16x8x8_execute_split_k_kernel_cudnn_train',
    ],
  },
  {
    id: 'cudnn.batchnorm',
    kernel:
      /cudnn::(?:\w+::)*bn_\w+|bn_(?:fw|bw)_\w+|BatchNorm(?:Fwd|Bwd)\w*|MIOpenBatchNorm\w*|nhwc_batch_norm|batch_?norm_\w*kernel/,
    op: 'batchnorm',
    library: 'cudnn',
    examples: [
      'void cudnn::bn_bw_1C11_kernel_new<float, float, float2, 128, true, 1>(float, float, float, float, cudnnTensorStruct, float const*)',
      'void cudnn::bn_fw_tr_1C11_singleread<float, 512, true, 1, 2, 0>(cudnn::bn_fw_tr_1C11_args<float>)',
      'MIOpenBatchNormFwdTrainSpatialNorm',
      'void at::native::batch_norm_backward_kernel<c10::BFloat16, c10::BFloat16, float, int>(at::GenericPackedTensorAccessor<c10::BFloat16 const, 3ul, at::DefaultPtrTraits, int>)',
      'void at::native::batch_norm_collect_statistics_kernel<at::native::InvStd, float, float, float, int>(at::GenericPackedTensorAccessor<float const, 3ul>)',
    ],
  },
  {
    id: 'cudnn.pool',
    kernel: /cudnn::\w*:*pooling_\w+|mloPooling\w*|pooling_(?:fw|bw)_\w+/,
    op: 'pool',
    library: 'cudnn',
    examples: [
      'void cudnn::ops::pooling_fw_4d_kernel<float, float, cudnn::maxpooling_func<float, (cudnnNanPropagation_t)0>, 0, false>(cudnnTensorStruct, float const*)',
      'mloPoolingG',
    ],
  },
  {
    id: 'cudnn.conv',
    kernel:
      /scudnn_\w+|cudnn\w*::\w*:*(?:conv\w*|(?<wgrad>wgrad\w*)|(?<dgrad>dgrad\w*))|convolve_\w+|implicit_convolve|explicit_convolve|winograd\w*|conv2d_\w*kernel|conv_depthwise\w*|_depthwise_conv\w*|cudnn_generated\w*conv\w*|wgrad_alg\w*|dgrad_engine|depthwise_fprop|sm\d+_xmma_(?:(?<w2>wgrad)|(?<d2>dgrad)|fprop)/,
    op: 'conv',
    library: 'cudnn',
    examples: [
      'cudnn_infer_ampere_scudnn_128x64_relu_xregs_large_nn_v1',
      'cudnn_ampere_scudnn_128x64_relu_xregs_large_nn_v1',
      'void implicit_convolve_sgemm<float, float, 128, 5, 5, 3, 3, 3, 1, false, true, true>(int, int, int, float const*, int, float*, float const*)',
      'void at::native::(anonymous namespace)::conv_depthwise2d_forward_kernel<3, float, int>(at::GenericPackedTensorAccessor<float const, 4ul>)',
      'void cudnn::cnn::conv2d_grouped_direct_kernel<false, true, false, false, 0, 0, int, float, float, float, float, float, float>(cudnnTensorStruct)',
    ],
  },
  {
    id: 'miopen.conv',
    kernel:
      /^igemm_(?:(?<dgrad>bwd)|(?<wgrad>wrw)|fwd)_\w+|^(?:miopen|MIOpen)(?:Sp3Asm|GcnAsm)?\w*Conv\w*|gridwise_conv\w*|^naive_conv\w*|kernel_grouped_conv\w*|Gridwise\w*Conv\w*|kernel_batched_gemm_xdlops_bwd_weight|conv_\w*(?:xdl|wmma)\w*|ck_tile::\w*Conv\w*|^Conv_?Winograd\w*|xformWinograd\w*/,
    op: 'conv',
    library: 'miopen',
    examples: [
      'igemm_fwd_gtcx3_nhwc_bf16_bx0_ex1_bt256x64x8_wt64x16x4_ws1x1_wr2x2_ta1x1x8x1_1x8x1x32_tb1x1x2x1_1x8x1x32_me',
      'igemm_wrw_gtcx3_nhwc_bf16_bx0_ex1_bt64x64x64_wt32x32x8_ws1x1_wr1x1_ta1x4x1x4_1x16x1x16_tb1x4x1x4_1x16x1x16_gkgs',
      'miopenSp3AsmConv_v30_3_1_gfx9_fp16_dot2_stride1',
      'naive_conv_ab_nonpacked_fwd_nchw_half_double_half',
    ],
  },
  {
    id: 'miopen.tensor',
    kernel: /^Op[1-5]dTensor\w*/,
    op: 'elementwise',
    library: 'miopen',
    examples: ['Op2dTensorLite', 'Op1dTensorGeneric'],
  },
]
