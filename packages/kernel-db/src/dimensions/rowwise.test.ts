import { describe, expect, it } from 'vitest'
import { kernel, op, s, t } from '../../fixtures/hand-made.js'
import { classify } from '../classify/classify.js'

const call = (name: string, operator: ReturnType<typeof op>) =>
  classify(kernel(name, operator)).call

describe('normalisation', () => {
  it('has rows as wide as the weight', () => {
    expect(
      call(
        'void at::native::(anonymous namespace)::vectorized_layer_norm_kernel<float, float>(int)',
        op(
          'aten::native_layer_norm',
          t('8,128,768 fp32'),
          s('[768]'),
          t('768 fp32'),
          t('768 fp32'),
        ),
      ),
    ).toEqual({ op: 'layernorm', rows: 1024, cols: 768, dtype: 'fp32' })
    // Queries of all heads, each head a row.
    expect(
      call(
        'void flashinfer::norm::RMSNormKernel<8u, __nv_bfloat16>(int)',
        op('sgl_kernel::rmsnorm', t('64,4096 bf16'), t('64,4096 bf16'), t('128 bf16'), s(1e-6)),
      ),
    ).toEqual({ op: 'rmsnorm', rows: 2048, cols: 128, dtype: 'bf16' })
  })

  it('reads and writes a residual, and another type on the way out', () => {
    expect(
      call(
        'void flashinfer::norm::FusedAddRMSNormKernel<8u, __nv_bfloat16>(int)',
        op('sgl_kernel::fused_add_rmsnorm', t('64,4096 bf16'), t('64,4096 bf16'), t('4096 bf16')),
      ),
    ).toMatchObject({ rows: 64, cols: 4096, residual: true })
    expect(
      call(
        'void vllm::rms_norm_static_fp8_quant_kernel<c10::BFloat16, c10::Float8_e4m3fn>(int)',
        op(
          '_C::rms_norm_static_fp8_quant',
          t('64,4096 fp8_e4m3'),
          t('64,4096 bf16'),
          t('4096 bf16'),
          t('1 fp32'),
        ),
      ),
    ).toMatchObject({ op: 'rmsnorm', dtype: 'bf16', outDtype: 'fp8_e4m3' })
  })

  it('is over channels, or over groups of them', () => {
    const name = 'void at::native::batch_norm_collect_statistics_kernel<float>(int)'
    expect(call(name, op('aten::native_batch_norm', t('32,64,56,56 fp32')))).toEqual({
      op: 'batchnorm',
      rows: 64,
      cols: 32 * 56 * 56,
      dtype: 'fp32',
    })
    expect(
      call(
        'void at::native::(anonymous namespace)::RowwiseMomentsCUDAKernel<float>(int)',
        op('aten::group_norm', t('4,320,32,32 fp16'), s(32), t('320 fp16'), t('320 fp16'), s(1e-5)),
      ),
    ).toEqual({ op: 'groupnorm', rows: 128, cols: 10 * 32 * 32, dtype: 'fp16' })
  })
})

describe('rows', () => {
  it('of a softmax lie along its dimension', () => {
    const name = 'void (anonymous namespace)::softmax_warp_forward<float, float, float, 9>(int)'
    expect(call(name, op('aten::_softmax', t('8,512,12 fp32'), s(1), s(false)))).toMatchObject({
      rows: 96,
      cols: 512,
    })
    expect(call(name, op('aten::_softmax', t('8,512 fp32'), s(-1), s(false)))).toMatchObject({
      rows: 8,
      cols: 512,
    })
  })

  it('of a gated activation have half the width of the input', () => {
    const name =
      'void flashinfer::activation::act_and_mul_kernel<__nv_bfloat16, &(float silu<float>(float const&))>(int)'
    expect(
      call(name, op('sgl_kernel::silu_and_mul', t('64,2048 bf16'), t('64,4096 bf16'))),
    ).toEqual({
      op: 'silu_mul',
      rows: 64,
      cols: 2048,
      dtype: 'bf16',
    })
  })

  it('are quantised with a scale for each group', () => {
    const group = (scale: string, ...rest: ReturnType<typeof s>[]) =>
      call(
        '_per_token_group_quant_fp8',
        op(
          'sgl_kernel::sgl_per_token_group_quant_fp8',
          t('64,7168 bf16'),
          t('64,7168 fp8_e4m3'),
          t(scale),
          ...rest,
        ),
      )
    const quantize = {
      op: 'quantize',
      rows: 64,
      cols: 7168,
      dtype: 'bf16',
      outDtype: 'fp8_e4m3',
      groupSize: 128,
    }
    expect(group('64,56 fp32', s(128))).toEqual(quantize)
    expect(group('64,56 fp32')).toEqual(quantize)
  })

  it('are sorted, searched and summed', () => {
    expect(
      call(
        'void at::native::sbtopk::gatherTopK<float, unsigned int, 2, false>(int)',
        op('aten::topk', t('64,256 fp32'), s(8), s(-1), s(true), s(true)),
      ),
    ).toEqual({ op: 'topk', rows: 64, cols: 256, k: 8, dtype: 'fp32' })
    expect(
      call(
        'void at::native::bitonicSortKVInPlace<2, -1, 16, 16, float, long>(int)',
        op('aten::sort', t('4,1000 fp32'), s(true), s(-1), s(false)),
      ),
    ).toMatchObject({ op: 'sort', rows: 4, cols: 1000 })
    expect(
      call(
        'void at_cuda_detail::cub::DeviceScanKernel<int>(int)',
        op('aten::cumsum', t('33 int32'), s(0), s('')),
      ),
    ).toMatchObject({ op: 'scan', function: 'sum', rows: 1, cols: 33 })
  })

  it('of logits are sampled', () => {
    expect(
      call(
        'void flashinfer::sampling::TopKTopPSamplingFromProbKernel<1024u>(int)',
        op('sgl_kernel::top_k_top_p_sampling_from_probs', t('16,129280 fp32'), t('16 int32')),
      ),
    ).toEqual({ op: 'sampling', rows: 16, cols: 129280, dtype: 'fp32' })
  })
})
