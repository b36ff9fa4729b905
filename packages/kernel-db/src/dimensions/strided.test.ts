import { expect, it } from 'vitest'
import { markStrided } from './strided.js'

const add = { op: 'elementwise', function: 'add', elements: 64, dtype: 'bf16', inputs: 2 } as const

it('marks calls whose kernel works out an address for each element', () => {
  for (const kernel of [
    'void at::native::elementwise_kernel<128, 4, at::native::gpu_kernel_impl_nocast<x>>(int)',
    'void at::native::elementwise_kernel_manual_unroll<128, 8, x>(int)',
    'void at::native::(anonymous namespace)::CatArrayBatchedCopy<OpaqueType<2u>, unsigned, 4>(x)',
  ]) {
    expect(markStrided(add, kernel)).toEqual({ ...add, strided: true })
  }
})

it('leaves calls of other kernels, and other operations, as they are', () => {
  for (const kernel of [
    'void at::native::vectorized_elementwise_kernel<4, x>(int)',
    'void at::native::unrolled_elementwise_kernel<x>(int)',
    'void at::native::(anonymous namespace)::CatArrayBatchedCopy_contig<OpaqueType<2u>, int>(x)',
  ]) {
    expect(markStrided(add, kernel)).toBe(add)
  }
  const softmax = { op: 'softmax', rows: 2, cols: 8, dtype: 'bf16' } as const
  expect(markStrided(softmax, 'void at::native::elementwise_kernel<128, 4, x>(int)')).toBe(softmax)
})
