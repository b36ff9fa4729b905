import { describe, expect, it } from 'vitest'
import { shortKernelName } from './short-kernel-name.js'

describe('the short name of a kernel', () => {
  it.each([
    [
      'void at::native::(anonymous namespace)::CatArrayBatchedCopy<float>(int)',
      'CatArrayBatchedCopy',
    ],
    [
      'void flashinfer::norm::FusedAddRMSNormKernel<8u, __nv_bfloat16>(int)',
      'FusedAddRMSNormKernel',
    ],
    ['nvjet_tst_192x192_64x4_2x1_v_bz_coopB_TNN', 'nvjet_tst_192x192_64x4_2x1_v_bz_coopB_TNN'],
    ['Memcpy HtoD (Pageable -> Device)', 'Memcpy HtoD'],
  ])('of %s is %s', (name, short) => {
    expect(shortKernelName(name)).toBe(short)
  })
})
