// Pointwise operations by their arguments and by the launch: names, types, bytes and grids worked out by hand.
import { describe, expect, it } from 'vitest'
import { type Circumstances, dimensionsOf } from '../../fixtures/dimensions.js'
import { list, op, s, t } from '../../fixtures/hand-made.js'
import { functionName } from './elementwise.js'

type Args = Parameters<typeof dimensionsOf>[2]
const NO_SHAPES = 'the trace holds no tensor shapes for this kernel'
const NO_DTYPE = 'the trace names no element type'
const launched = (blocks: number, threads = 128) => ({
  grid: [blocks, 1, 1] as [number, number, number],
  block: [threads, 1, 1] as [number, number, number],
})

describe('the function', () => {
  const called = (more: { operator?: string; function?: string; parameter?: string }) =>
    functionName({
      event: more.operator === undefined ? {} : { op: op(more.operator) },
      groups: { function: more.function },
      parameters: more.parameter === undefined ? {} : { function: more.parameter },
    } as unknown as Parameters<typeof functionName>[0])

  it.each([
    [{ operator: 'aten::mul' }, 'mul'],
    [{ operator: 'aten::mul_' }, 'mul'],
    [{ operator: 'aten::_foreach_add_' }, 'add'],
    [{ operator: 'aten::_softmax' }, 'softmax'],
    [{ operator: 'acme::mul', function: 'MulFunctor' }, 'mul'],
    [{ function: 'CUDAFunctor_add' }, 'add'],
    [{ function: 'pow_tensor_scalar_kernel_impl' }, 'pow'],
    [{ function: 'sqrt_kernel_cuda' }, 'sqrt'],
    [{ function: 'clamp_kernel' }, 'clamp'],
    [{ operator: 'aten::mul', parameter: 'gate' }, 'gate'],
    [{}, 'unknown'],
  ])('of %j is %s', (more, expected) => {
    expect(called(more)).toBe(expected)
  })
})

describe('inputs and results', () => {
  const pointwise = (names: string, args: Args, more: Circumstances = {}) =>
    dimensionsOf('elementwise', names, args, more)

  it('have the size of the result, or of the broadcast of the inputs', () => {
    expect(pointwise('a b', [t('4,1 fp32'), t('1,6 fp32')])).toMatchObject({
      elements: 24,
      readBytes: 40,
    })
    expect(pointwise('a >out', [t('6 fp32'), t('4,6 fp32')])).toMatchObject({
      elements: 24,
      readBytes: 24,
    })
    expect(pointwise('a ~b', [t('6 fp32'), t('4,6 fp32')])).toMatchObject({
      elements: 24,
      readBytes: 24 + 96,
    })
    expect(pointwise('a', [t(' fp32')])).toMatchObject({ elements: 1 })
  })

  it('count inputs where each is whole and of one type, else bytes', () => {
    const call = { op: 'elementwise', function: 'unknown', elements: 24, dtype: 'fp32' }
    expect(pointwise('a', [t('24 fp32')])).toEqual(call)
    expect(pointwise('a b', [t('24 fp32'), t('24 fp32')])).toEqual({ ...call, inputs: 2 })
    // A number on the device is no input to be read for each element.
    expect(pointwise('a b', [t('24 fp32'), t(' fp64')])).toEqual(call)
    expect(pointwise('a b', [t('24 fp32'), t('24 bf16')])).toEqual({ ...call, readBytes: 144 })
    const stored = { ...t('4,6 fp32'), strides: [0, 1] }
    expect(pointwise('a', [stored])).toEqual({ ...call, readBytes: 24 })
  })

  it('have the type of the largest input that is not a mask, else of the name', () => {
    expect(pointwise('a b', [t('2 fp64'), t('4,2 bf16')])).toMatchObject({ dtype: 'bf16' })
    expect(pointwise('a b', [t('8 bool'), t('8 fp16')])).toMatchObject({ dtype: 'fp16' })
    expect(pointwise('a', [t('8 bool')])).toMatchObject({ dtype: 'bool' })
    expect(pointwise('a', [t('8')])).toBe(NO_DTYPE)
    expect(pointwise('a', [t('8')], { groups: { dtype: 'half' } })).toMatchObject({ dtype: 'fp16' })
  })

  it.each(['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'isnan', 'isinf', 'logical_and', 'signbit'])(
    '%s writes booleans, or what its result is',
    (name) => {
      const parameters = { function: name }
      expect(pointwise('a', [t('8 fp32')], { parameters })).toMatchObject({ outDtype: 'bool' })
      expect(pointwise('a >out', [t('8 fp32'), t('8 uint8')], { parameters })).toMatchObject({
        outDtype: 'uint8',
      })
    },
  )

  it('of other functions are written in the type that is read', () => {
    expect(pointwise('a >out', [t('8 fp32'), t('8 fp32')])).not.toHaveProperty('outDtype')
    expect(pointwise('a >out', [t('8 fp32'), t('8 bf16')])).toMatchObject({ outDtype: 'bf16' })
  })
})

describe('elements by the launch', () => {
  const VECTOR = 'at::native::vectorized_elementwise_kernel<4, FUNCTOR, std::array<char*, 2ul> >'
  const by = (functor: string, more: Circumstances = {}, kernel = VECTOR) =>
    dimensionsOf('launch', '', [], {
      event: launched(10),
      name: kernel.replace('FUNCTOR', functor),
      ...more,
    })
  const elements = (dimensions: ReturnType<typeof by>) =>
    (dimensions as { call?: { elements: number } }).call?.elements

  it('are four for each thread of wide types, and unknown of narrow ones since std::array', () => {
    for (const type of ['float', 'double', 'int', 'long', 'unsigned int']) {
      expect(elements(by(`at::native::AbsFunctor<${type}>`))).toBe(5120)
    }
    const narrow = by('at::native::AbsFunctor<c10::BFloat16>')
    expect(narrow).toBe(NO_SHAPES)
    const old = VECTOR.replace('std::array<char*, 2ul>', 'at::detail::Array<char*, 2>')
    expect(elements(by('at::native::AbsFunctor<c10::BFloat16>', {}, old))).toBe(5120)
    expect(by('at::native::AbsFunctor<float>', { event: {} })).toBe(NO_SHAPES)
  })

  it('are threads times work where the name carries both', () => {
    for (const kernel of [
      'at::native::elementwise_kernel<64, 8, at::native::gpu_kernel_impl<FUNCTOR>(at::TensorIteratorBase&, int)::{lambda(int)#1}>',
      'at::native::elementwise_kernel_manual_unroll<64, 8, at::native::gpu_kernel_impl_nocast<FUNCTOR>(at::TensorIteratorBase&, int)::{lambda(int)#1}>',
    ]) {
      expect(by('at::native::AbsFunctor<c10::Half>', {}, kernel)).toEqual({
        call: { op: 'elementwise', function: 'unknown', elements: 5120, dtype: 'fp16', inputs: 1 },
        note: 'elements from the grid, at most 511 too many',
      })
    }
  })

  it.each([
    ['at::native::AbsFunctor<float>', 1, 'std::array<char*, 2ul>'],
    ['at::native::AbsFunctor<float>', 3, 'std::array<char*, 4ul>'],
    ['at::native::AbsFunctor<float>', 2, 'at::detail::Array<char*, 3>'],
    ['at::native::BinaryFunctor<float, float, float>', 2, ''],
    ['at::native::CUDAFunctor_add<float>', 2, ''],
    ['f()::{lambda(float, float, float)#1}', 3, ''],
    ['f()::{lambda(float)#1}', 1, ''],
  ])('%s reads %i', (functor, inputs, array) => {
    const kernel = `at::native::vectorized_elementwise_kernel<4, FUNCTOR, ${array === '' ? 'int' : array} >`
    expect(by(functor, {}, kernel)).toMatchObject({ call: { inputs } })
  })

  it('fill and draw without an input', () => {
    expect(by('at::native::FillFunctor<float>', { op: 'fill' })).toMatchObject({
      call: { op: 'fill', elements: 5120, dtype: 'fp32' },
    })
  })

  it('stand for shapes that the grid cannot cover, at most eight times its elements', () => {
    const shaped = (count: number, event = launched(1)) =>
      dimensionsOf('elementwise', 'a', [t(`${count} fp32`)], {
        event,
        name: VECTOR.replace('FUNCTOR', 'at::native::AbsFunctor<float>'),
      })
    expect(shaped(8 * 512)).toMatchObject({ elements: 4096 })
    expect(shaped(8 * 512 + 1)).toMatchObject({ call: { elements: 512 } })
    expect(shaped(8 * 512 + 1, launched(2))).toMatchObject({ elements: 4097 })
  })
})

describe('lists of tensors', () => {
  const each = (args: Args, more: Circumstances = {}) =>
    dimensionsOf('foreach', 'self b', args, more)

  it('count elements of the first, bytes of all, and the largest piece of one block', () => {
    expect(each([list('100 fp32', '50 fp32'), list('100 bf16', '50 bf16')])).toEqual({
      op: 'elementwise',
      function: 'unknown',
      elements: 150,
      dtype: 'fp32',
      readBytes: 900,
      chunk: 100,
    })
    expect(each([list('65537 fp32')])).toMatchObject({ elements: 65537, chunk: 65536 })
    expect(each([])).toBe(NO_SHAPES)
    expect(each([list('0 fp32')])).toMatchObject({ elements: 0 })
  })

  it('take several launches, each with its share of the pieces', () => {
    // 4 pieces of 65,536: a launch over 3 has three quarters.
    const whole = list('131072 fp32', '131072 fp32')
    expect(each([whole], { event: launched(3) })).toMatchObject({
      elements: 196608,
      readBytes: 786432,
    })
    expect(each([whole], { event: launched(9) })).toMatchObject({ elements: 262144 })
  })

  it('have the type that their functor names where the list has none', () => {
    const untyped = list('100', '50')
    expect(each([untyped])).toBe(NO_DTYPE)
    expect(each([untyped], { name: 'UnaryOpFunctor<c10::Half, 1>' })).toMatchObject({
      dtype: 'fp16',
      readBytes: 300,
    })
    expect(each([list('100'), list('100 bf16')])).toBe(NO_DTYPE)
  })
})

describe('fills and joins', () => {
  const filled = (names: string, args: Args, more: Circumstances = {}) =>
    dimensionsOf('fill', names, args, { op: 'fill', ...more })

  it('have as many elements as their target, or as a range has steps', () => {
    expect(filled('self', [t('4,6 bf16')])).toEqual({ op: 'fill', elements: 24, dtype: 'bf16' })
    expect(filled('self', [t('4,6 bf16')], { op: 'random' })).toMatchObject({ op: 'random' })
    const range = (...values: (number | string)[]) =>
      filled('start end step >out', [...values.map((value) => s(value)), t('0 int64')])
    expect(range(2, 12, '')).toEqual({ op: 'fill', elements: 10, dtype: 'int64' })
    expect(range(2, 12, 3)).toMatchObject({ elements: 4 })
    expect(range(12, 2, 1)).toMatchObject({ elements: 0 })
    expect(range(12, 2, -5)).toMatchObject({ elements: 2 })
    expect(range(2, 12, 0)).toBe(NO_SHAPES)
    expect(range('', 12, 1)).toBe(NO_SHAPES)
    expect(filled('self', [t('4')])).toBe(NO_DTYPE)
    expect(filled('', [t('4 fp16')])).toMatchObject({ elements: 4, dtype: 'fp16' })
  })

  it('join all parts, in the usual type of a width where none is recorded', () => {
    const joined = (args: Args, groups = {}) => dimensionsOf('cat', 'tensors', args, { groups })
    expect(joined([list('4,6 fp16', '2,6 fp16')])).toEqual({
      op: 'cat',
      elements: 36,
      dtype: 'fp16',
      inputs: 2,
    })
    for (const [width, dtype] of [
      ['1', 'uint8'],
      ['2', 'bf16'],
      ['4', 'fp32'],
      ['8', 'int64'],
    ]) {
      expect(joined([list('4')], { width })).toEqual({
        call: { op: 'cat', elements: 4, dtype, inputs: 1 },
        note: 'element type by its width in the name',
      })
    }
    expect(joined([list('4')], { dtype: 'half' })).toMatchObject({ dtype: 'fp16' })
    expect(joined([list('4')], { width: '16' })).toBe(NO_DTYPE)
    expect(joined([])).toBe(NO_SHAPES)
  })
})
