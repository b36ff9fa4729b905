import { describe, expect, it } from 'vitest'
import { kernel, op, s, t } from '../../fixtures/hand-made.js'
import { classify } from '../classify/classify.js'

const FORWARD = 'void implicit_convolve_sgemm<float, float, 1024, 5, 5, 3, 3, 3, 1, false>(int)'
const call = (name: string, operator: ReturnType<typeof op>) =>
  classify(kernel(name, operator)).call

describe('convolutions', () => {
  it('have the size of the result from stride, padding and dilation', () => {
    expect(
      call(
        FORWARD,
        op(
          'aten::cudnn_convolution',
          t('32,3,224,224 fp32'),
          t('64,3,7,7 fp32'),
          s('[3, 3]'),
          s('[2, 2]'),
          s('[1, 1]'),
          s(1),
        ),
      ),
    ).toEqual({
      op: 'conv',
      batch: 32,
      inChannels: 3,
      outChannels: 64,
      inputSize: [224, 224],
      outputSize: [112, 112],
      kernelSize: [7, 7],
      groups: 1,
      dtype: 'fp32',
    })
  })

  it('are of one image where the input has no batch', () => {
    const [stride, padding, dilation] = [s('[1, 1]'), s('[1, 1]'), s('[1, 1]')]
    const tensors = [t('3,32,24 fp32'), t('16,3,3,3 fp32')] as const
    const operator = op('aten::cudnn_convolution', ...tensors, padding, stride, dilation, s(1))
    expect(call(FORWARD, operator)).toMatchObject({
      ...{ batch: 1, inChannels: 3, outChannels: 16 },
      ...{ inputSize: [32, 24], outputSize: [32, 24] },
    })
  })

  it('tell the two gradients apart', () => {
    const backward = op(
      'aten::convolution_backward',
      t('32,64,112,112 fp32'),
      t('32,3,224,224 fp32'),
      t('64,3,7,7 fp32'),
      s('[0]'),
      s('[2, 2]'),
      s('[3, 3]'),
      s('[1, 1]'),
      s(false),
      s('[0, 0]'),
      s(1),
    )
    expect(
      call(
        'void cutlass__5x_cudnn::Kernel<cutlass_tensorop_s1688wgrad_optimized_tf32_64x64>(int)',
        backward,
      ),
    ).toMatchObject({ direction: 'weight_grad', dtype: 'tf32', outputSize: [112, 112] })
    expect(
      call(
        'void cutlass__5x_cudnn::Kernel<cutlass_tensorop_s1688dgrad_optimized_tf32_64x64>(int)',
        backward,
      ),
    ).toMatchObject({ direction: 'data_grad' })
  })

  it('need stride and padding', () => {
    const { call, missing } = classify(
      kernel(FORWARD, op('aten::cudnn_convolution', t('1,3,8,8 fp32'), t('4,3,3,3 fp32'))),
    )
    expect(call).toBeUndefined()
    expect(missing).toBe('stride and padding are not in the trace')
  })
})
