// What a broadcast operand (stride 0) really moves: it is stored once, however often it is read.
import { opWork, type TensorArg } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { kernel, list, op, s, t } from '../../fixtures/hand-made.js'
import { classify } from '../classify/classify.js'

const NVJET = 'nvjet_tst_128x128_64x6_2x1_v_bz_TNT'
const COPY =
  'void at::native::elementwise_kernel<128, 4, at::native::gpu_kernel_impl_nocast<at::native::direct_copy_kernel_cuda(at::TensorIteratorBase&)::{lambda(c10::BFloat16)#1}>(at::TensorIteratorBase&)::{lambda(int)#1}>(int)'
const GATHER =
  'void at::native::_scatter_gather_elementwise_kernel<128, 8, at::native::_cuda_scatter_gather_internal_kernel<false, at::native::OpaqueType<2> >::operator()<at::native::TensorAssign>(int)::{lambda(int)#1}>(int)'
const INDEX =
  'void at::native::index_elementwise_kernel<128, 4, at::native::gpu_index_kernel<at::native::index_kernel_impl<at::native::OpaqueType<2> >(at::TensorIteratorBase&)::{lambda(int)#1}>(long)'
const FOREACH =
  'void at::native::(anonymous namespace)::multi_tensor_apply_kernel<at::native::(anonymous namespace)::TensorListMetadata<1>, at::native::(anonymous namespace)::BinaryOpScalarFunctor<float, 1, 1, 0>, std::multiplies<float>, float>(int)'

const strided = (text: string, ...strides: number[]) => ({ ...t(text), strides })
const call = (name: string, operator: ReturnType<typeof op>) =>
  classify(kernel(name, operator)).call

describe('a broadcast operand is read once', () => {
  it('by a copy that expands it', () => {
    const target = strided('2,8,64,128 bf16', 65536, 8192, 128, 1)
    const source = strided('2,8,64,128 bf16', 8192, 0, 128, 1)
    const found = call(COPY, op('aten::copy_', target, source, s(false)))!
    expect(found).toMatchObject({ op: 'copy', elements: 131072, readBytes: 2 * 64 * 128 * 2 })
    expect(opWork(found).writeBytes).toBe(131072 * 2)
    expect(call(COPY, op('aten::copy_', target, target, s(false)))).not.toHaveProperty('readBytes')
  })

  it('by a gather, whose index then takes rows', () => {
    const table = t('1000,64 bf16')
    const index = strided('32,64 int64', 1, 0)
    expect(call(GATHER, op('aten::gather', table, s(0), index, s(false)))).toEqual({
      op: 'gather',
      rows: 32,
      cols: 64,
      dtype: 'bf16',
    })
    const each = strided('32,64 int64', 64, 1)
    expect(call(GATHER, op('aten::gather', table, s(-1), each, s(false)))).toMatchObject({
      rows: 32,
      cols: 64,
    })
  })

  it('by an index, whose parts are broadcast to each other', () => {
    const [rows, cols]: TensorArg[] = [
      { shape: [8, 1], dtype: 'int64' },
      { shape: [1, 16], dtype: 'int64' },
    ]
    const parts = { ...list(), tensors: [rows!, cols!] }
    const found = call(INDEX, op('aten::index', t('1000,1000,4 bf16'), parts as never))
    expect(found).toMatchObject({ op: 'gather', rows: 8 * 16, cols: 4 })
  })

  it('by a batched product whose weights are shared', () => {
    const shared = strided('16,128,256 bf16', 0, 256, 1)
    expect(call(NVJET, op('aten::bmm', t('16,32,128 bf16'), shared))).toEqual({
      op: 'matmul',
      m: 16 * 32,
      n: 256,
      k: 128,
      dtype: 'bf16',
    })
  })
})

describe('a list of tensors', () => {
  it('has the type that the functor names, where none is recorded', () => {
    expect(call(FOREACH, op('aten::_foreach_mul_', list('64,2', '16'), s(0.5)))).toEqual({
      op: 'elementwise',
      function: 'mul',
      elements: 144,
      dtype: 'fp32',
      readBytes: 576,
      chunk: 128,
    })
  })

  it('that is too long for one launch is shared out by the blocks of each', () => {
    const many = op('aten::_foreach_mul_', list('65536', '65536', '65536', '65536'), s(0.5))
    const launch = kernel(FOREACH, many, { grid: [1, 1, 1] })
    expect(classify(launch).call).toMatchObject({
      elements: 65_536,
      readBytes: 4 * 65_536,
      chunk: 65_536,
    })
  })
})
