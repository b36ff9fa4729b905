// DeepGEMM bakes shapes into the name; 0 stands for a size given at run time. Templates: deepseek-ai/DeepGEMM,
// deep_gemm/include/deep_gemm/impls.
import type { KernelRule } from '../rule.js'

export const DEEPGEMM: readonly KernelRule[] = [
  {
    id: 'deepgemm.fp8',
    kernel:
      /deep_gemm::fp8_gemm_kernel<(?<n>\d+)u, (?<k>\d+)u, (?:\d+u, ){5}(?<groups>\d+)u, (?:\w+, ){5}\(deep_gemm::GemmType\)0>/,
    op: 'matmul',
    library: 'deepgemm',
    parameters: { dtype: 'fp8_e4m3', weightDtype: 'fp8_e4m3' },
    examples: [
      'void deep_gemm::fp8_gemm_kernel<3072u, 1536u, 256u, 96u, 128u, 0u, 64u, 1u, 3u, 128u, 128u, 2u, true, (deep_gemm::GemmType)0>(__nv_bfloat16*, float*, int*, unsigned int, CUtensorMap_st, CUtensorMap_st, CUtensorMap_st, CUtensorMap_st)',
    ],
  },
  {
    id: 'deepgemm.fp8_grouped',
    kernel:
      /deep_gemm::fp8_gemm_kernel<(?<n>\d+)u, (?<k>\d+)u, (?:\d+u, ){5}(?<groups>\d+)u, (?:\w+, ){5}\(deep_gemm::GemmType\)[1-9]/,
    op: 'grouped_gemm',
    library: 'deepgemm',
    dimensions: 'gemm',
    parameters: { dtype: 'fp8_e4m3', weightDtype: 'fp8_e4m3', grouped: true },
    examples: [
      'void deep_gemm::fp8_gemm_kernel<4096u, 7168u, 128u, 160u, 128u, 0u, 64u, 32u, 4u, 128u, 128u, 2u, false, (deep_gemm::GemmType)1>(__nv_bfloat16*, float*, int*, unsigned int, CUtensorMap_st, CUtensorMap_st, CUtensorMap_st, CUtensorMap_st)',
    ],
  },
  {
    // Newer templates begin with the granularity of the scales; groups come after the tile here.
    id: 'deepgemm.sm100_grouped_fp4',
    kernel:
      /deep_gemm::sm100_fp8(?:_fp4)?_gemm_1d1d_impl<(?:\(cute::UMMA::Major\)\d, ){2}(?:\d+u, \d+u, (?=(?:\d+u, ){14}(?:true|false)))?(?:0u|(?<m>\d+)u), (?:0u|(?<n>\d+)u), (?:0u|(?<k>\d+)u), (?:\d+u, ){3}(?<groups>\d+)u, .*\(deep_gemm::GemmType\)[1-9], \w+, cutlass::float_e4m3_t, cutlass::[\w:]*e2m1/,
    op: 'grouped_gemm',
    library: 'deepgemm',
    dimensions: 'gemm',
    parameters: { dtype: 'fp8_e4m3', weightDtype: 'fp4_e2m1', grouped: true },
    examples: [
      'void deep_gemm::sm100_fp8_fp4_gemm_1d1d_impl<(cute::UMMA::Major)0, (cute::UMMA::Major)0, 128u, 32u, 0u, 4096u, 2048u, 128u, 128u, 128u, 256u, 128u, 128u, 128u, 8u, 128u, 128u, 2u, true, 148u, true, (deep_gemm::GemmType)1, false, cutlass::float_e4m3_t, cutlass::detail::float_e2m1_unpacksmem_t, cutlass::bfloat16_t>(int*)',
    ],
  },
  {
    id: 'deepgemm.sm100_grouped',
    kernel:
      /deep_gemm::sm100_fp8(?:_fp4)?_gemm_1d1d_impl<(?:\(cute::UMMA::Major\)\d, ){2}(?:\d+u, \d+u, (?=(?:\d+u, ){14}(?:true|false)))?(?:0u|(?<m>\d+)u), (?:0u|(?<n>\d+)u), (?:0u|(?<k>\d+)u), (?:\d+u, ){3}(?<groups>\d+)u, .*\(deep_gemm::GemmType\)[1-9]/,
    op: 'grouped_gemm',
    library: 'deepgemm',
    dimensions: 'gemm',
    parameters: { dtype: 'fp8_e4m3', weightDtype: 'fp8_e4m3', grouped: true },
    examples: [
      'void deep_gemm::sm100_fp8_fp4_gemm_1d1d_impl<(cute::UMMA::Major)0, (cute::UMMA::Major)0, 32u, 32u, 0u, 768u, 6144u, 128u, 128u, 128u, 129u, 128u, 128u, 128u, 8u, 128u, 128u, 2u, true, 148u, true, (deep_gemm::GemmType)2, false, cutlass::float_e4m3_t, cutlass::float_e4m3_t, cutlass::bfloat16_t, deep_gemm::epilogue::transform::EpilogueIdentity>(int*, unsigned int, unsigned int, unsigned int, CUtensorMap_st, CUtensorMap_st, CUtensorMap_st, CUtensorMap_st, CUtensorMap_st)',
    ],
  },
  {
    id: 'deepgemm.sm100',
    kernel:
      /deep_gemm::sm100_fp8(?:_fp4)?_gemm_1d1d_impl<(?:\(cute::UMMA::Major\)\d, ){2}(?:\d+u, \d+u, (?=(?:\d+u, ){14}(?:true|false)))?(?:0u|(?<m>\d+)u), (?:0u|(?<n>\d+)u), (?:0u|(?<k>\d+)u), (?:\d+u, ){3}1u, .*\(deep_gemm::GemmType\)0/,
    op: 'matmul',
    library: 'deepgemm',
    parameters: { dtype: 'fp8_e4m3', weightDtype: 'fp8_e4m3' },
    examples: [
      'void deep_gemm::sm100_fp8_fp4_gemm_1d1d_impl<(cute::UMMA::Major)0, (cute::UMMA::Major)0, 128u, 128u, 0u, 0u, 0u, 16u, 128u, 128u, 1u, 128u, 128u, 128u, 12u, 128u, 128u, 2u, true, 148u, true, (deep_gemm::GemmType)0, false, cutlass::float_e4m3_t, cutlass::float_e4m3_t, cutlass::bfloat16_t, deep_gemm::epilogue::transform::EpilogueIdentity>(int*, unsigned int, unsigned int, unsigned int, CUtensorMap_st, CUtensorMap_st, CUtensorMap_st, CUtensorMap_st, CUtensorMap_st)',
    ],
  },
  {
    id: 'deepgemm.grouped',
    kernel:
      /deep_gemm::sm\d+_\w*gemm\w*_impl<(?:\(cute::UMMA::Major\)\d, )*(?:0u, |(?<m>\d+)u, )(?:0u, |(?<n>\d+)u, )(?:0u, |(?<k>\d+)u, )(?<groups>\d+)u?.*\(deep_gemm::GemmType\)[1-9]/,
    op: 'grouped_gemm',
    library: 'deepgemm',
    dimensions: 'gemm',
    parameters: { dtype: 'fp8_e4m3', weightDtype: 'fp8_e4m3', grouped: true },
    examples: [
      'void deep_gemm::sm90_fp8_gemm_1d2d_impl<(cute::UMMA::Major)0, 0u, 4096u, 7168u, 32u, 128u, 128u, 128u, 128u, 128u, 128u, 4u, 128u, 256u, 1u, false, 132u, (deep_gemm::GemmType)2, deep_gemm::epilogue::transform::EpilogueIdentity>(float*, int*, unsigned int, unsigned int, unsigned int, CUtensorMap_st, CUtensorMap_st, CUtensorMap_st, CUtensorMap_st)',
    ],
  },
  {
    id: 'deepgemm.prenorm',
    kernel: /deep_gemm::sm\d+_tf32_hc_prenorm_gemm_impl<(?<n>\d+)u, (?<k>\d+)u/,
    op: 'matmul',
    library: 'deepgemm',
    parameters: { dtype: 'bf16', weightDtype: 'fp32' },
    examples: [
      'void deep_gemm::sm100_tf32_hc_prenorm_gemm_impl<24u, 16384u, 64u, 32u, 64u, 2u, 128u, 12u, 128u, 128u>(unsigned int, CUtensorMap_st, CUtensorMap_st, CUtensorMap_st, float*)',
    ],
  },
  {
    id: 'deepgemm',
    kernel:
      /deep_gemm::sm90_fp8_gemm\w*_impl<(?:\(cute::UMMA::Major\)\d, )*(?:0u, |(?<m>\d+)u, )(?:0u, |(?<n>\d+)u, )(?:0u, |(?<k>\d+)u, )1u|deep_gemm::sm\d+_fp8\w*|deep_gemm::fp8_\w+/,
    op: 'matmul',
    library: 'deepgemm',
    parameters: { dtype: 'fp8_e4m3', weightDtype: 'fp8_e4m3' },
    examples: [
      'void deep_gemm::sm90_fp8_gemm_1d2d_impl<(cute::UMMA::Major)0, 0u, 4096u, 1024u, 1u, 256u, 128u, 128u, 128u, 128u, 128u, 3u, 128u, 256u, 2u, true, 132u, (deep_gemm::GemmType)0, deep_gemm::epilogue::transform::EpilogueIdentity>(float*, int*, unsigned int, unsigned int, unsigned int, CUtensorMap_st, CUtensorMap_st, CUtensorMap_st, CUtensorMap_st)',
    ],
  },
  {
    id: 'deepgemm.other',
    kernel: /deep_gemm::\w*gemm\w*/,
    op: 'matmul',
    library: 'deepgemm',
    examples: [
      'void deep_gemm::sm90_bf16_gemm_impl<(cute::UMMA::Major)0, (cute::UMMA::Major)0, 0u, 2048u, 7168u, 1u, 128u, 128u, 64u>(int*, unsigned int, unsigned int, unsigned int)',
    ],
  },
  {
    id: 'deepgemm.helper',
    kernel: /deep_gemm::(?:transpose|pack|get_mn_major|smxx|layout)\w*/,
    op: 'copy',
    library: 'deepgemm',
    auxiliary: true,
    examples: [
      'void deep_gemm::transpose_fp32<512u, 64u, 56u>(float const*, float*, unsigned int)',
    ],
  },
]
