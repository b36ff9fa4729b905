// Convolutions, collectives, reductions, pooling, rows and steps by their arguments, with sizes worked out by hand.
import type { KernelEvent } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { type Circumstances, dimensionsOf } from '../../fixtures/dimensions.js'
import { s, t } from '../../fixtures/hand-made.js'
import { paddedTokensOf, readStepLabel } from './step-label.js'

type Args = Parameters<typeof dimensionsOf>[2]
const NO_SHAPES = 'the trace holds no tensor shapes for this kernel'
const NO_DTYPE = 'the trace names no element type'

describe('convolutions', () => {
  const [X, W] = [t('4,6,20,30 bf16'), t('12,3,5,3 bf16')]
  const conv = (names: string, args: Args, more: Circumstances = {}) =>
    dimensionsOf('conv', names, args, more)
  const strided = (...values: Parameters<typeof s>[0][]) =>
    conv('input weight stride padding dilation groups', [X, W, ...values.map((each) => s(each))])

  it('count groups, stride, padding and dilation, each for each dimension', () => {
    expect(strided('[1, 1]', '[0, 0]', '[1, 1]', 2)).toEqual({
      op: 'conv',
      batch: 4,
      inChannels: 6,
      outChannels: 12,
      inputSize: [20, 30],
      outputSize: [16, 28],
      kernelSize: [5, 3],
      groups: 2,
      dtype: 'bf16',
    })
    expect(strided('[1, 1]', '[0, 0]', '[1, 1]', '')).toMatchObject({ groups: 1 })
    expect(strided('[2, 3]', '[0, 0]', '[1, 1]', 2)).toMatchObject({ outputSize: [8, 10] })
    expect(strided('[1, 1]', '[2, 1]', '[1, 1]', 2)).toMatchObject({ outputSize: [20, 30] })
    expect(strided('[1, 1]', '[0, 0]', '[2, 3]', 2)).toMatchObject({ outputSize: [12, 24] })
    // One number stands for all dimensions; no dilation is one.
    expect(strided(2, 1, '', 2)).toMatchObject({ outputSize: [9, 15] })
    expect(strided('', '[0, 0]', '', 2)).toBe('stride and padding are not in the trace')
    expect(strided('[1, 1]', '[]', '', 2)).toBe('stride and padding are not in the trace')
    expect(strided('[1, 1]', '[0, 0]', '[9, 1]', 2)).toBe('an empty convolution')
  })

  it('have the size that the result has; that of a transposed one is in its weight', () => {
    expect(conv('input weight >out', [X, W, t('4,12,7,8 bf16')])).toMatchObject({
      outputSize: [7, 8],
    })
    expect(conv('input weight >out', [X, W, t('7,8 bf16')])).toContain('stride and padding')
    const names = 'input weight >out transposed groups'
    const args = [X, t('6,4,5,3 bf16'), t('4,8,7,8 bf16'), s(true), s(2)]
    expect(conv(names, args)).toMatchObject({ outChannels: 8 })
  })

  it('of one image have no batch, and of one dimension one', () => {
    const single = [t('6,20,30 bf16'), W, t('12,7,8 bf16')]
    expect(conv('input weight >out', single)).toMatchObject({ batch: 1, inChannels: 6 })
    expect(
      conv('input weight >out', [t('4,6,20 bf16'), t('12,6,5 bf16'), t('4,12,16 bf16')]),
    ).toMatchObject({ batch: 4, inChannels: 6, inputSize: [20], outputSize: [16] })
    expect(conv('input weight', [X, t('12,3 bf16')])).toBe(NO_SHAPES)
    expect(conv('input', [X])).toBe(NO_SHAPES)
  })

  it('are of the type of the input, else of the weight; in tf32 where the kernel is', () => {
    const typed = (x: string, w: string, name?: string) =>
      conv('input weight >out', [t(`4,6,20,30${x}`), t(`12,6,5,3${w}`), t('4,12,7,8')], {
        ...(name === undefined ? {} : { name }),
      })
    expect(typed('', '')).toBe(NO_DTYPE)
    expect(typed('', ' fp16')).toMatchObject({ dtype: 'fp16' })
    for (const name of ['conv_tf32_kernel', 's1688cudnn']) {
      expect(typed(' fp32', ' fp32', name)).toMatchObject({ dtype: 'tf32', outDtype: 'fp32' })
      expect(typed(' bf16', ' bf16', name)).not.toHaveProperty('outDtype')
    }
  })

  it.each([
    ['wgrad_kernel', {}, 'weight_grad'],
    ['miopenSp3AsmConv_wrw', {}, 'weight_grad'],
    ['conv_bwd_weight', {}, 'weight_grad'],
    ['dgrad_kernel', {}, 'data_grad'],
    ['conv_bwd_data', {}, 'data_grad'],
    ['kernel', { wgrad: '' }, 'weight_grad'],
    ['kernel_tn_', { dgrad: '' }, 'data_grad'],
    ['gemm_tn_x', {}, 'weight_grad'],
    ['gemm_tn', {}, 'weight_grad'],
    ['gemm_TNN', {}, 'weight_grad'],
    ['gemm_nn', {}, 'data_grad'],
  ])('%s with the groups %j is the %3$s of a backward pass', (name, groups, direction) => {
    const args = [t('4,12,7,8 bf16'), X, W]
    const backward = conv('grad_output input weight', args, { name, groups })
    expect(backward).toMatchObject({ direction, outputSize: [7, 8] })
    const forward = conv('>out input weight', args, { name, groups })
    expect(forward).not.toHaveProperty('direction')
    const parameters = { direction: 'backward' }
    expect(conv('>out input weight', args, { name, groups, parameters })).toMatchObject({
      direction,
    })
  })
})

describe('collectives', () => {
  type Message = NonNullable<KernelEvent['collective']>
  const sent = (op: string, message: Partial<Message>, more: Circumstances = {}, args: Args = []) =>
    dimensionsOf('collective', 'input >out', args, {
      op: op as 'all_reduce',
      event: { collective: { dtype: 'bf16', groupSize: 4, ...message } as Message },
      ...more,
    })
  const X = t('10 bf16')

  it('count what all ranks hold of a gather or a scatter, and one message of the others', () => {
    for (const [op, message, elements] of [
      ['all_gather', { inElements: 10 }, 40],
      ['all_gather', { inElements: 10, outElements: 44 }, 44],
      ['reduce_scatter', { outElements: 10 }, 40],
      ['reduce_scatter', { inElements: 44, outElements: 10 }, 44],
      ['all_reduce', { inElements: 10 }, 10],
      ['all_reduce', { outElements: 11 }, 11],
      ['broadcast', { inElements: 10 }, 10],
    ] as const) {
      expect(sent(op, message)).toMatchObject({ op, elements, devices: 4, dtype: 'bf16' })
    }
    expect(sent('all_gather', {}, {}, [X])).toMatchObject({ elements: 40 })
    expect(sent('reduce_scatter', {}, {}, [X])).toMatchObject({ elements: 10 })
    expect(sent('all_reduce', {}, {}, [X])).toMatchObject({ elements: 10 })
    expect(sent('all_reduce', {})).toBe(NO_SHAPES)
  })

  it.each([
    ['reduce', 'reduce_scatter'],
    ['gather', 'all_gather'],
    ['scatter', 'broadcast'],
    ['send', 'send'],
    ['recv', 'recv'],
    ['all_to_all', 'all_to_all'],
  ] as const)('%s is %s, whatever the name of the kernel says', (kind, op) => {
    expect(sent('all_reduce', { kind, inElements: 8, outElements: 8 })).toMatchObject({ op })
  })

  it('that wait move nothing', () => {
    expect(sent('all_reduce', { kind: 'barrier' })).toEqual({ op: 'barrier', devices: 4 })
  })

  it('have ranks by their tensors only where these are a whole number of times as large', () => {
    const ranks = (op: string, input: string, out: string) => {
      const message = { dtype: 'bf16' } as Message
      const call = dimensionsOf('collective', 'input >out', [t(input), t(out)], {
        op: op as 'all_gather',
        event: { collective: message },
        surroundings: { worldSize: 16 },
      })
      return (call as { devices: number }).devices
    }
    expect(ranks('all_gather', '10 bf16', '80 bf16')).toBe(8)
    expect(ranks('reduce_scatter', '80 bf16', '10 bf16')).toBe(8)
    expect(ranks('all_gather', '10 bf16', '85 bf16')).toBe(16)
    expect(ranks('all_gather', '10 bf16', '10 bf16')).toBe(16)
    expect(ranks('all_reduce', '10 bf16', '80 bf16')).toBe(16)
  })

  it('have a type from the message, the tensor or the name, and a kind', () => {
    const untyped = { dtype: undefined, inElements: 8 } as unknown as Message
    expect(sent('all_reduce', untyped)).toBe(NO_DTYPE)
    expect(sent('all_reduce', untyped, { groups: { dtype: 'half' } })).toMatchObject({
      dtype: 'fp16',
    })
    expect(sent('all_reduce', untyped, {}, [t('8 fp32')])).toMatchObject({ dtype: 'fp32' })
    const unknown = { parameters: { kind: 'unknown' } }
    expect(sent('all_reduce', { inElements: 8 }, unknown)).toBe(
      'the kind of the collective is not in the trace',
    )
    expect(sent('all_reduce', { kind: 'send', inElements: 8 }, unknown)).toMatchObject({
      op: 'send',
    })
  })
})

describe('reductions', () => {
  const reduced = (shape: string, dim: string | undefined, more: Circumstances = {}) =>
    dimensionsOf('reduce', 'self dim', [t(shape), ...(dim === undefined ? [] : [s(dim)])], {
      event: { op: { name: 'aten::sum', args: [t('1'), t('1'), t('1')], parents: [] } },
      ...more,
    })

  it('run over the named dimensions', () => {
    expect(reduced('4,5,6 fp32', '1')).toEqual({
      op: 'reduce',
      function: 'sum',
      rows: 24,
      cols: 5,
      dtype: 'fp32',
    })
    expect(reduced('4,5,6 fp32', '[0, -1]')).toMatchObject({ rows: 5, cols: 24 })
    expect(reduced('4,5,6 fp32', '[]')).toMatchObject({ rows: 1, cols: 120 })
    expect(reduced('4,0 fp32', '1')).toMatchObject({ rows: 0, cols: 0 })
  })

  it('run over everything of one dimension, and of an overload without a place for another', () => {
    const unknown = 'the reduced dimension is not in the trace'
    expect(reduced('4,5 fp32', undefined)).toBe(unknown)
    expect(reduced('20 fp32', undefined)).toMatchObject({ rows: 1, cols: 20 })
    expect(reduced('1,1 fp32', undefined)).toMatchObject({ rows: 1, cols: 1 })
    expect(reduced('4,5 fp32', '')).toBe(unknown)
    const short = { event: { op: { name: 'aten::sum', args: [t('1'), t('1')], parents: [] } } }
    expect(reduced('4,5 fp32', undefined, short)).toMatchObject({ rows: 1, cols: 20 })
  })

  it.each([
    ['aten::any', 'bool'],
    ['aten::all', 'bool'],
    ['aten::argmax', 'int64'],
    ['aten::allclose', undefined],
    ['aten::sum', undefined],
  ])('%s gives %s', (name, outDtype) => {
    const call = reduced('4,5 fp32', '1', { event: { op: { name, args: [], parents: [] } } })
    expect((call as { outDtype?: string }).outDtype).toBe(outDtype)
  })
})

describe('pooling', () => {
  const pooled = (names: string, shape: string, ...values: Parameters<typeof s>[0][]) =>
    dimensionsOf('pool', `input ${names}`, [t(shape), ...values.map((value) => s(value))])

  it('has a result for each window', () => {
    const names = 'kernel_size stride padding'
    expect(pooled(names, '2,3,10,12 bf16', '[2, 3]', '[2, 3]', '[0, 0]')).toEqual({
      op: 'pool',
      rows: 2 * 3 * 5 * 4,
      cols: 6,
      dtype: 'bf16',
    })
    expect(pooled(names, '2,3,10,12 bf16', '[3, 3]', '[1, 2]', '[1, 0]')).toMatchObject({
      rows: 2 * 3 * 10 * 5,
      cols: 9,
    })
    // A stride that is left out is as long as the window; one number stands for two dimensions.
    expect(pooled(names, '2,3,10,12 bf16', 2, '', '')).toMatchObject({ rows: 180, cols: 4 })
    expect(pooled(names, '2,3,10,12 bf16', '', '', '')).toBe('the window is not in the trace')
  })

  it('to a size has windows as large as that needs', () => {
    expect(pooled('output_size', '2,3,8,8 bf16', '[2, 4]')).toMatchObject({ rows: 48, cols: 8 })
    expect(pooled('output_size', '2,3,8,8 bf16', '[16, 16]')).toMatchObject({ rows: 1536, cols: 1 })
  })

  it('backward has the results that it goes back from', () => {
    const args = [t('2,3,8,8 bf16'), t('2,3,2,4 bf16')]
    const call = dimensionsOf('pool', 'input grad_output', args)
    expect(call).toMatchObject({ rows: 48, cols: 8 })
  })
})

describe('rows', () => {
  const norm = (names: string, args: Args, more: Circumstances = {}) =>
    dimensionsOf('norm', names, args, { op: 'rmsnorm', ...more })
  const X = t('6,64 bf16')

  it('of a norm are as wide as the weight, or as the shape that is normalised', () => {
    expect(norm('input weight', [X, t('32 bf16')])).toEqual({
      op: 'rmsnorm',
      rows: 12,
      cols: 32,
      dtype: 'bf16',
    })
    expect(norm('x normalized_shape', [X, s('[2, 64]')])).toMatchObject({ rows: 3, cols: 128 })
    for (const weight of ['50 bf16', '0 bf16']) {
      expect(norm('input weight', [X, t(weight)])).toMatchObject({ rows: 6, cols: 64 })
    }
    expect(norm('input normalized_shape', [X, s('[]')])).toMatchObject({ rows: 6, cols: 64 })
    for (const name of ['x', 'grad_output', 'grad', 'hidden_states']) {
      expect(norm(name, [X], { op: 'layernorm' })).toMatchObject({ op: 'layernorm', rows: 6 })
    }
    expect(norm('', [X])).toBe(NO_SHAPES)
    expect(norm('x', [t('6,64')])).toBe(NO_DTYPE)
  })

  it('of a norm may have a residual, another type on the way out, and go back', () => {
    expect(norm('input residual', [X, X])).toMatchObject({ residual: true })
    expect(norm('input', [X], { parameters: { residual: true } })).toMatchObject({ residual: true })
    expect(norm('input', [X])).not.toHaveProperty('residual')
    expect(norm('input >out', [X, t('6,64 fp8_e4m3')])).toMatchObject({ outDtype: 'fp8_e4m3' })
    expect(norm('input >out', [X, X])).not.toHaveProperty('outDtype')
    const parameters = { direction: 'backward' }
    expect(norm('input', [X], { parameters })).toMatchObject({ direction: 'backward' })
    expect(norm('input', [X])).not.toHaveProperty('direction')
  })

  const rounded = (names: string, args: Args, more: Circumstances = {}) =>
    dimensionsOf('quantize', names, args, more)
  const Y = t('6,64 fp8_e4m3')

  it('are rounded in groups: a number, one of the name, or as many as there are scales', () => {
    const call = { op: 'quantize', rows: 6, cols: 64, dtype: 'bf16', outDtype: 'fp8_e4m3' }
    expect(rounded('input >out', [X, Y])).toEqual(call)
    expect(rounded('input >out group_size', [X, Y, s(16)])).toEqual({ ...call, groupSize: 16 })
    expect(rounded('input >out group_size', [X, Y, s(64)])).toEqual(call)
    expect(rounded('x >out', [X, Y], { groups: { group: '32' } })).toEqual({
      ...call,
      groupSize: 32,
    })
    expect(rounded('input >out >scale', [X, Y, t('6,4 fp32')])).toEqual({ ...call, groupSize: 16 })
    for (const scales of ['6,1 fp32', '6,7 fp32']) {
      expect(rounded('input >out >scale', [X, Y, t(scales)])).toEqual(call)
    }
  })

  it('are rounded to what the rule, the result or the name says; bytes say nothing', () => {
    const bytes = t('6,64 uint8')
    const groups = { outDtype: 'int8' }
    expect(rounded('x >out', [X, bytes])).toBe(NO_DTYPE)
    expect(rounded('x >out', [X, bytes], { groups })).toMatchObject({ outDtype: 'int8' })
    expect(rounded('x >out', [X, Y], { groups })).toMatchObject({ outDtype: 'fp8_e4m3' })
    const parameters = { dtype: 'fp16', outDtype: 'fp8_e5m2' }
    expect(rounded('x >out', [X, Y], { parameters })).toMatchObject(parameters)
    const otherwise = { parameters: { outDtypeDefault: 'fp8_e5m2' } }
    expect(rounded('x', [X], otherwise)).toMatchObject({ outDtype: 'fp8_e5m2' })
    expect(rounded('x >out', [X, Y], otherwise)).toMatchObject({ outDtype: 'fp8_e4m3' })
  })
})

describe('labels of steps', () => {
  it('have nothing of a kind without sequences, and no pairs without all sums', () => {
    const label = (sums: string) => readStepLabel(`execute_context_2(${sums})_generation_0(sq9)`)
    expect(label('sq4sk9')).toEqual({
      context: { count: 2, queryTokens: 4, kvTokens: 9 },
      generation: { count: 0, queryTokens: 0, kvTokens: 0, pairs: 0 },
    })
    expect(label('sq4sqsq8')?.context).toEqual({ count: 2, queryTokens: 4 })
    expect(label('sq4sqsk8')?.context).toEqual({ count: 2, queryTokens: 4 })
    expect(label('sk9sqsq8sqsk8')?.context).toEqual({ count: 2, queryTokens: 0, kvTokens: 9 })
    expect(label('sq4sk9sqsq8sqsk18')?.context.pairs).toBe(16)
  })

  it('say up to which size a step was filled, the innermost one', () => {
    const padded = 'execute_64_context_1(40)_generation_2(2)'
    expect(paddedTokensOf([padded])).toBe(64)
    expect(paddedTokensOf([padded.replace('64', '8'), padded, 'layer'])).toBe(64)
    expect(paddedTokensOf(['execute_context_1(40)_generation_2(2)'])).toBeUndefined()
    expect(paddedTokensOf(undefined)).toBeUndefined()
  })

  it.each(['EXTEND', 'PREFILL', 'MIXED', 'decode'])('of SGLang: %s', (kind) => {
    const step = readStepLabel(`step[${kind} bs=3 toks=12]`)!
    const [full, empty] =
      kind === 'decode'
        ? (['generation', 'context'] as const)
        : (['context', 'generation'] as const)
    expect(step[full]).toEqual({ count: 3, queryTokens: 12 })
    expect(step[empty].count).toBe(0)
  })
})
