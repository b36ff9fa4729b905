import { opWork } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { kernel, list, op, s, t } from '../../fixtures/hand-made.js'
import { classify } from '../classify/classify.js'

const call = (name: string, operator: ReturnType<typeof op>, more = {}) =>
  classify(kernel(name, operator, more)).call

describe('rows by number', () => {
  it('are gathered', () => {
    const INDEX =
      'void at::native::index_elementwise_kernel<128, 4, at::native::gpu_index_kernel<at::native::index_kernel_impl<at::native::OpaqueType<2> >(at::TensorIteratorBase&, c10::ArrayRef<long>, c10::ArrayRef<long>)::{lambda(char*, char const*, long)#1}>(at::TensorIteratorBase&)::{lambda(int)#1}>(int)'
    expect(call(INDEX, op('aten::index', t('8192,2880 bf16'), list('46 int64')))).toEqual({
      op: 'gather',
      rows: 46,
      cols: 2880,
      dtype: 'bf16',
    })
    expect(
      call(
        'void at::native::(anonymous namespace)::indexSelectLargeIndex<float, long, unsigned int, 2, 2, -2, true>(int)',
        op('aten::index_select', t('1000,64 fp32'), s(0), t('10 int64')),
      ),
    ).toMatchObject({ op: 'gather', rows: 10, cols: 64 })
  })

  it('are read once where they are taken twice', () => {
    const SELECT =
      'void at::native::(anonymous namespace)::indexSelectLargeIndex<float, long, unsigned int, 2, 2, -2, true>(int)'
    const taken = call(SELECT, op('aten::index_select', t('3,64 fp32'), s(0), t('10 int64')))
    expect(taken).toMatchObject({ op: 'gather', rows: 10, cols: 64, tableRows: 3 })
    expect(opWork(taken!)).toMatchObject({ readBytes: 3 * 64 * 4 + 80, writeBytes: 10 * 64 * 4 })
  })

  it('are looked up in an embedding', () => {
    expect(
      call(
        'void at::native::(anonymous namespace)::indexSelectLargeIndex<c10::BFloat16, long, unsigned int, 2, 2, -2, true>(int)',
        {
          ...op('aten::embedding', t('151936,1024 bf16'), t('16,559 int64'), s(-1)),
          parents: [],
        },
      ),
    ).toEqual({ op: 'embedding', tokens: 8944, hidden: 1024, vocab: 151936, dtype: 'bf16' })
  })

  it('are scattered', () => {
    const PUT =
      'void at::native::index_elementwise_kernel<128, 4, at::native::gpu_index_kernel<at::native::index_put_kernel_impl<at::native::OpaqueType<2> >(at::TensorIterator&, c10::ArrayRef<long>, c10::ArrayRef<long>)::{lambda(char*, char const*, long)#1}>(at::TensorIteratorBase&)::{lambda(int)#1}>(int)'
    expect(
      call(PUT, op('aten::index_put_', t('4096,576 bf16'), list('32 int64'), t('32,576 bf16'))),
    ).toMatchObject({ op: 'scatter', rows: 32, cols: 576 })
  })
})

describe('the cache', () => {
  it('takes keys and values of new tokens', () => {
    expect(
      call(
        'void vllm::reshape_and_cache_flash_kernel<__nv_bfloat16, unsigned char, (vllm::Fp8KVCacheDataType)1>(int)',
        op(
          '_C_cache_ops::reshape_and_cache_flash',
          t('8192,8,64 bf16'),
          t('8192,8,64 bf16'),
          t('900,16,8,64 uint8'),
          t('900,16,8,64 uint8'),
          t('8155 int64'),
        ),
      ),
    ).toEqual({
      op: 'kv_cache_write',
      tokens: 8155,
      width: 1024,
      dtype: 'bf16',
      cacheDtype: 'fp8_e4m3',
    })
  })
})

describe('rotary position', () => {
  it('counts heads by their width', () => {
    expect(
      call(
        'void vllm::rotary_embedding_kernel<c10::BFloat16, true>(int)',
        op(
          '_C::rotary_embedding',
          t('64 int64'),
          t('64,4096 bf16'),
          t('64,1024 bf16'),
          s(128),
          t('40960,128 bf16'),
          s(true),
        ),
      ),
    ).toEqual({ op: 'rope', tokens: 64, heads: 32, kvHeads: 8, headDim: 128, dtype: 'bf16' })
  })

  it('rotates as much of a head as the table is wide', () => {
    expect(
      call(
        'void flashinfer::BatchQKApplyRotaryPosIdsCosSinCacheKernel<false, 64u, 8u>(int)',
        op(
          'sgl_kernel::apply_rope_pos_ids_cos_sin_cache',
          t('16,32,192 bf16'),
          t('16,1,192 bf16'),
          t('16,32,192 bf16'),
          t('16,1,192 bf16'),
          t('163840,64 fp32'),
          t('16 int64'),
        ),
      ),
    ).toMatchObject({ tokens: 16, heads: 32, kvHeads: 1, headDim: 64 })
  })

  it('reads queries, keys and values in one tensor', () => {
    expect(
      call(
        'void tensorrt_llm::kernels::fusedQKNormRopeKernel<128, false>(int)',
        op('trtllm::fused_qk_norm_rope', t('24,5120 bf16'), s(32), s(4), s(4), s(128), s(1e-6)),
      ),
    ).toEqual({ op: 'rope', tokens: 24, heads: 32, kvHeads: 4, headDim: 128, dtype: 'bf16' })
  })
})
