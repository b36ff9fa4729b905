import { describe, expect, it } from 'vitest'
import { kernel, op, t } from '../../fixtures/hand-made.js'
import { classify } from '../classify/classify.js'

/** Templates as DeepGEMM wrote them over time. */
const sm90 = (sizes: string, groups: number, type: number) =>
  `void deep_gemm::sm90_fp8_gemm_1d2d_impl<(cute::UMMA::Major)0, ${sizes}, ${groups}u, 128u, 128u, 128u, 128u, 128u, 128u, 4u, 128u, 256u, 1u, false, 132u, (deep_gemm::GemmType)${type}, deep_gemm::epilogue::transform::EpilogueIdentity>(float*)`
const sm100First = (sizes: string, groups: number, type: number) =>
  `void deep_gemm::sm100_fp8_gemm_1d1d_impl<(cute::UMMA::Major)0, (cute::UMMA::Major)0, ${sizes}, 128u, 112u, 128u, ${groups}u, 128u, 128u, 128u, 6u, 2u, 128u, 128u, 2u, true, 148u, (deep_gemm::GemmType)${type}, false, cutlass::bfloat16_t>(int*)`
const sm100Now = (sizes: string, groups: number, type: number, weights = 'float_e4m3_t') =>
  `void deep_gemm::sm100_fp8_fp4_gemm_1d1d_impl<(cute::UMMA::Major)0, (cute::UMMA::Major)0, 128u, 32u, ${sizes}, 128u, 128u, 128u, ${groups}u, 128u, 128u, 128u, 8u, 128u, 128u, 2u, true, 148u, true, (deep_gemm::GemmType)${type}, false, cutlass::float_e4m3_t, cutlass::${weights}, cutlass::bfloat16_t>(int*)`

describe('DeepGEMM', () => {
  it.each([
    ['sm90', sm90],
    ['sm100, first', sm100First],
    ['sm100, now', sm100Now],
  ])('%s tells n, k and groups by the name, and m by the kernel before', (_, name) => {
    const rowsOfWidth = (columns: number) => (columns === 6144 ? 512 : undefined)
    const answer = (groups: number, type: number) =>
      classify(kernel(name('0u, 768u, 6144u', groups, type)), { rowsOfWidth })
    expect(answer(129, 2)).toMatchObject({
      call: { op: 'grouped_gemm', groups: 129, m: 512, n: 768, k: 6144, dtype: 'fp8_e4m3' },
      missing: 'm is the rows of the kernel before that wrote 6144 columns',
    })
    expect(answer(1, 0).call).toMatchObject({ op: 'matmul', m: 512, n: 768, k: 6144 })
    expect(classify(kernel(name('0u, 768u, 6144u', 1, 0))).missing).toBe(
      'm is not in the trace; the name gives n = 768, k = 6144',
    )
  })

  it('has weights of 4 bits where the name says so', () => {
    const name = sm100Now('64u, 4096u, 2048u', 256, 1, 'detail::float_e2m1_unpacksmem_t')
    expect(classify(kernel(name)).call).toMatchObject({
      groups: 256,
      m: 64,
      n: 4096,
      k: 2048,
      dtype: 'fp8_e4m3',
      weightDtype: 'fp4_e2m1',
    })
  })

  it('goes by the operator where its shapes are recorded', () => {
    const operator = op(
      'sglang::deep_gemm_fp8_fp8_bf16_nt',
      t('8,16384 fp8_e4m3'),
      t('8,32 int32'),
      t('6144,16384 fp8_e4m3'),
      t('6144,32 int32'),
      t('8,6144 bf16'),
    )
    expect(classify(kernel(sm100Now('0u, 0u, 0u', 1, 0), operator)).call).toMatchObject({
      op: 'matmul',
      m: 8,
      n: 6144,
      k: 16384,
      dtype: 'fp8_e4m3',
    })
  })
})
