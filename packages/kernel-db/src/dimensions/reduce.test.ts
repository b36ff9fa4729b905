import { describe, expect, it } from 'vitest'
import { kernel, op, s, t } from '../../fixtures/hand-made.js'
import { classify } from '../classify/classify.js'

const MEAN =
  'void at::native::reduce_kernel<512, 1, at::native::ReduceOp<float, at::native::MeanOps<float, float, float, float>, unsigned int, float, 4, 4> >(int)'
const result = (name: string, operator: ReturnType<typeof op>) => classify(kernel(name, operator))

describe('reductions', () => {
  it('leave as many results as the other dimensions have', () => {
    const { call } = result(MEAN, op('aten::mean', t('16,559,1024 fp32'), s('[-1]'), s(true)))
    expect(call).toEqual({
      op: 'reduce',
      function: 'mean',
      rows: 8944,
      cols: 1024,
      dtype: 'fp32',
    })
    expect(
      result(MEAN, op('aten::mean', t('4,5,6 fp32'), s('[0, 2]'), s(false))).call,
    ).toMatchObject({
      rows: 5,
      cols: 24,
    })
  })

  it('of everything leave one', () => {
    expect(result(MEAN, op('aten::mean', t('4,5 fp32'), s(''))).call).toMatchObject({
      rows: 1,
      cols: 20,
    })
  })

  it('are not guessed where the profiler recorded no values', () => {
    const { call, missing } = result(MEAN, op('aten::mean', t('4,5 fp32'), s(''), s(''), s('')))
    expect(call).toBeUndefined()
    expect(missing).toBe('the reduced dimension is not in the trace')
  })

  it('return numbers of places, or booleans', () => {
    const ARGMAX =
      'void at::native::reduce_kernel<512, 1, at::native::ReduceOp<float, at::native::ArgMaxOps<float>, unsigned int, long, 4> >(int)'
    expect(
      result(ARGMAX, op('aten::argmax', t('4,129280 fp32'), s(-1), s(false))).call,
    ).toMatchObject({ function: 'argmax', rows: 4, outDtype: 'int64' })
  })
})

describe('pooling', () => {
  it('has a result for each window', () => {
    const POOL = 'void at::native::(anonymous namespace)::max_pool_forward_nchw<float, float>(int)'
    expect(
      result(
        POOL,
        op(
          'aten::max_pool2d_with_indices',
          t('32,64,112,112 fp32'),
          s('[3, 3]'),
          s('[2, 2]'),
          s('[1, 1]'),
          s('[1, 1]'),
          s(false),
        ),
      ).call,
    ).toEqual({ op: 'pool', rows: 32 * 64 * 56 * 56, cols: 9, dtype: 'fp32' })
  })
})
