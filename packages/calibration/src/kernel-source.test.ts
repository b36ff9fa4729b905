import { expect, it } from 'vitest'
import { sourceOfKernel, threadsOf } from './kernel-source.js'

it.each([
  'void at::native::vectorized_elementwise_kernel<4, at::native::CUDAFunctor_add<float>>(int)',
  'void (anonymous namespace)::softmax_warp_forward<float, float, float, 9, false, false>(float*)',
  'sm90_xmma_gemm_bf16bf16_bf16f32_f32_tn_n_tilesize128x128x64',
  'void cutlass::Kernel2<cutlass_80_tensorop_bf16_s16816gemm_relu_bf16_128x64_64x6_tn_align8>',
  'volta_sgemm_128x32_nt',
  'Cijk_Alik_Bljk_B_BS_BH_Bias_HA_S_SAV_UserArgs_MT128x224x64_MI16x16x1',
  'void pytorch_flash::flash_fwd_kernel<pytorch_flash::Flash_fwd_kernel_traits<64, 128, 128, 4>>',
  'void flash::flash_fwd_splitkv_kernel<Flash_fwd_kernel_traits<128, 64, 128, 4>>(flash::Flash_fwd_params)',
  'fmha_cutlassF_bf16_aligned_64x64_rf_sm80(PyTorchMemEffAttention::AttentionKernel::Params)',
])('%s is of PyTorch and its libraries', (name) => {
  expect(sourceOfKernel(name)).toBe('pytorch')
})

it('experts of Triton have their own rows', () => {
  expect(sourceOfKernel('fused_moe_kernel')).toBe('engine/triton')
})

it.each([
  'triton_poi_fused__unsafe_view_mul_silu_2',
  'void flashinfer::norm::FusedAddRMSNormKernel<8u, __nv_bfloat16>(__nv_bfloat16*)',
  'kernel_unified_attention_2d',
  'void cutlass::device_kernel<flash::enable_sm90<flash::FlashAttnFwdSm90<flash::CollectiveMainloop>>>',
  'cudnn_generated_fort_native_sdpa_sm90_flash_fprop_wgmma_f16_knob_7_64x64x64_4x1x1',
  'nvjet_tst_192x192_64x4_2x1_v_bz_coopB_TNN',
])('%s is what the tables of engines hold', (name) => {
  expect(sourceOfKernel(name)).toBe('engine')
})

it('the threads of a kernel are those of all blocks; unknown where its launch is not recorded', () => {
  expect(threadsOf({ grid: [2, 3, 1], block: [128, 2, 1] })).toBe(1536)
  expect(threadsOf({ grid: [0, 0, 0], block: [0, 0, 0] })).toBeUndefined()
  expect(threadsOf({ grid: [8, 1, 1], block: undefined })).toBeUndefined()
})
