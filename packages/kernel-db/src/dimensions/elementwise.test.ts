import { describe, expect, it } from 'vitest'
import { kernel, list, op, s, t } from '../../fixtures/hand-made.js'
import { classify } from '../classify/classify.js'

const ADD =
  'void at::native::vectorized_elementwise_kernel<4, at::native::CUDAFunctor_add<float>, std::array<char*, 3ul> >(int)'
const MUL =
  'void at::native::elementwise_kernel<128, 2, at::native::gpu_kernel_impl_nocast<at::native::BinaryFunctor<float, float, float, at::native::binary_internal::MulFunctor<float> > >(at::TensorIteratorBase&, at::native::BinaryFunctor<float, float, float, at::native::binary_internal::MulFunctor<float> > const&)::{lambda(int)#1}>(int)'
const call = (name: string, operator?: ReturnType<typeof op>, more = {}) =>
  classify(kernel(name, operator, more)).call

describe('pointwise operations', () => {
  it('read each input once', () => {
    expect(call(ADD, op('aten::add', t('8,1024 fp32'), t('8,1024 fp32'), s(1)))).toEqual({
      op: 'elementwise',
      function: 'add',
      elements: 8192,
      dtype: 'fp32',
      inputs: 2,
    })
  })

  it('read a broadcast input in its own size', () => {
    expect(call(MUL, op('aten::mul', t('8,1024 fp32'), t('8,1 fp32')))).toEqual({
      op: 'elementwise',
      function: 'mul',
      elements: 8192,
      dtype: 'fp32',
      readBytes: (8192 + 8) * 4,
      strided: true,
    })
  })

  it('of statistics work on channels, whatever their operator was given: the grid tells how many', () => {
    const lambda = '::{lambda()#1}::operator()() const::{lambda(float, float, float, float)#1}'
    const update = `void at::native::(anonymous namespace)::unrolled_elementwise_kernel_for_multi_outputs<3, at::native::(anonymous namespace)::batch_norm_update_stats_and_invert(at::Tensor const&, double)${lambda}, std::array<char*, 7ul>, TrivialOffsetCalculator<4, unsigned int> >(int)`
    const norm = op('aten::native_batch_norm', t('8,16,32,32 fp32'), t('16 fp32'))
    expect(call(update, norm, { grid: [1, 1, 1], block: [256, 1, 1] })).toMatchObject({
      op: 'elementwise',
      elements: 1024,
      dtype: 'fp32',
    })
  })

  it('do not take the type of a mask, and write booleans where they compare', () => {
    const WHERE =
      'void at::native::elementwise_kernel<128, 4, at::native::gpu_kernel_impl<at::native::(anonymous namespace)::where_kernel_impl(at::TensorIterator&)::{lambda()#1}>(int)::{lambda(int)#1}>(int)'
    expect(call(WHERE, op('aten::where', t('64 bool'), t('64 fp16'), t('64 fp16')))).toMatchObject({
      dtype: 'fp16',
    })
    expect(
      call(
        'void at::native::vectorized_elementwise_kernel<4, at::native::AUnaryFunctor<long, long, bool, at::native::(anonymous namespace)::CompareEqFunctor<long> >, std::array<char*, 2ul> >(int)',
        op('aten::eq', t('64 int64'), s(3)),
      ),
    ).toMatchObject({ function: 'eq', dtype: 'int64', outDtype: 'bool' })
  })

  it('count every tensor of a list', () => {
    expect(
      call(
        'void at::native::(anonymous namespace)::multi_tensor_apply_kernel<at::native::(anonymous namespace)::FusedOptimizerTensorListMetadata<4>, at::native::(anonymous namespace)::FusedAdamMathFunctor<float, 4, (at::native::ADAM_MODE)0, false> >(int)',
        op(
          'aten::_fused_adam_',
          list('1000 fp32', '24 fp32'),
          list('1000 fp32', '24 fp32'),
          list('1000 fp32', '24 fp32'),
          list('1000 fp32', '24 fp32'),
        ),
      ),
    ).toMatchObject({ op: 'elementwise', elements: 1024, readBytes: 4 * 1024 * 4 })
  })

  it('have their elements from the grid where nothing else tells, to within a block', () => {
    const { call, missing } = classify(
      kernel(ADD, undefined, { grid: [17888, 1, 1], block: [128, 1, 1] }),
    )
    expect(call).toEqual({
      op: 'elementwise',
      function: 'add',
      elements: 17888 * 512,
      dtype: 'fp32',
      inputs: 2,
    })
    expect(missing).toBe('elements from the grid, at most 511 too many')
    expect(
      classify(kernel(MUL, undefined, { grid: [100, 1, 1], block: [128, 1, 1] })).call,
    ).toEqual({
      op: 'elementwise',
      function: 'mul',
      elements: 100 * 128 * 2,
      dtype: 'fp32',
      inputs: 2,
      strided: true,
    })
  })

  it('have their elements from a grid that cannot cover the shapes of the operator', () => {
    const norm = op('aten::native_batch_norm', t('8,1024 fp32'), t('1024 fp32'))
    expect(call(ADD, norm, { grid: [2, 1, 1], block: [64, 1, 1] })).toMatchObject({ elements: 512 })
    // Narrow types have more elements in a thread.
    expect(call(ADD, norm, { grid: [4, 1, 1], block: [128, 1, 1] })).toMatchObject({
      elements: 8192,
    })
  })

  it('do not guess from the grid where the work of a thread is not known', () => {
    // Kernels on 16-bit types take as many elements a thread as fit into a load.
    const half = ADD.replace('float', 'c10::BFloat16')
    expect(call(half, undefined, { grid: [100, 1, 1], block: [128, 1, 1] })).toBeUndefined()
  })
})

describe('copies and constants', () => {
  const COPY =
    'void at::native::unrolled_elementwise_kernel<at::native::direct_copy_kernel_cuda(at::TensorIteratorBase&)::{lambda()#3}::operator()() const::{lambda()#7}::operator()() const::{lambda(float)#1}, std::array<char*, 2ul>, 4>(int)'

  it('change types', () => {
    expect(call(COPY, op('aten::copy_', t('64,32 fp32'), t('64,32 bf16'), s(false)))).toEqual({
      op: 'copy',
      elements: 2048,
      dtype: 'bf16',
      outDtype: 'fp32',
    })
  })

  it('are filled, counted, drawn', () => {
    const FILL =
      'void at::native::vectorized_elementwise_kernel<4, at::native::FillFunctor<int>, std::array<char*, 1ul> >(int)'
    expect(call(FILL, op('aten::fill_', t('33 int32'), s(0)))).toEqual({
      op: 'fill',
      elements: 33,
      dtype: 'int32',
    })
    const ARANGE =
      'void (anonymous namespace)::elementwise_kernel_with_index<int, at::native::arange_cuda_out(c10::Scalar const&, c10::Scalar const&, c10::Scalar const&, at::Tensor&)::{lambda()#1}::operator()() const::{lambda()#4}::operator()() const::{lambda(long)#1}>(int)'
    expect(call(ARANGE, op('aten::arange', s(0), s(559), s(1), t('0 int64')))).toMatchObject({
      op: 'fill',
      elements: 559,
    })
  })

  it('join, with the usual type of a width where the list has none', () => {
    const cat = (width: number) =>
      `void at::native::(anonymous namespace)::CatArrayBatchedCopy<at::native::(anonymous namespace)::OpaqueType<${width}u>, unsigned int, 4, 64, 64>(int)`
    expect(call(cat(2), op('aten::cat', list('8,32 fp16', '8,32 fp16'), s(-1)))).toEqual({
      op: 'cat',
      elements: 512,
      dtype: 'fp16',
      inputs: 2,
      strided: true,
    })
    const { call: untyped, missing } = classify(
      kernel(cat(2), op('aten::cat', list('8,32', '8,32'), s(-1))),
    )
    expect(untyped).toMatchObject({ dtype: 'bf16' })
    expect(missing).toBe('element type by its width in the name')
  })
})

describe('activations', () => {
  it('have their own names', () => {
    const GELU =
      'void at::native::vectorized_elementwise_kernel<4, at::native::GeluCUDAKernelImpl(at::TensorIteratorBase&, at::native::GeluType)::{lambda()#2}::operator()() const::{lambda()#4}::operator()() const::{lambda(c10::BFloat16)#1}, std::array<char*, 2ul> >(int)'
    expect(call(GELU, op('aten::gelu', t('64,3072 bf16'), s('none')))).toEqual({
      op: 'gelu',
      elements: 64 * 3072,
      dtype: 'bf16',
    })
  })

  it('are told by the operator where the kernel is shared', () => {
    const CLAMP =
      'void at::native::vectorized_elementwise_kernel<4, at::native::(anonymous namespace)::launch_clamp_scalar(at::TensorIteratorBase&, c10::Scalar, c10::Scalar, at::native::detail::ClampLimits)::{lambda()#1}::operator()() const::{lambda()#7}::operator()() const::{lambda(float)#1}, std::array<char*, 2ul> >(int)'
    const inside = (name: string, parent: string) =>
      classify(kernel(CLAMP, { ...op(name, t('64 fp32'), s(0)), parents: [parent] })).op
    expect(inside('aten::clamp_min_', 'aten::relu_')).toBe('relu')
    expect(inside('aten::clamp_min_', 'aten::clamp')).toBe('elementwise')
  })
})
