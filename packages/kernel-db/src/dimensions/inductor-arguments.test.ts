// Fused kernels and unnamed operands by their arguments: every operation that a name can stand for.
import { describe, expect, it } from 'vitest'
import { type Circumstances, dimensionsOf } from '../../fixtures/dimensions.js'
import { s, t } from '../../fixtures/hand-made.js'

const fused = (
  op: string,
  texts: string[],
  counts: number[] = [],
  name = 'triton_poi_fused_add_mul_0',
  more: Circumstances = {},
) =>
  dimensionsOf('inductor', '', [...texts.map(t), ...counts.map((count) => s(count))], {
    op: op as 'softmax',
    name,
    ...more,
  })
const WHOLE = '6,64 bf16'

describe('fused kernels', () => {
  it('run over the last two numbers, else over the shape of the largest tensor', () => {
    const softmax = { op: 'softmax', rows: 6, cols: 64, dtype: 'bf16' }
    expect(fused('softmax', ['64 fp32', WHOLE])).toEqual(softmax)
    expect(fused('softmax', [WHOLE, '64 fp32'], [12, 32])).toEqual({
      ...softmax,
      rows: 12,
      cols: 32,
    })
    expect(fused('softmax', [WHOLE], [7, 12, 32])).toMatchObject({ rows: 12, cols: 32 })
    expect(fused('softmax', [WHOLE], [12])).toMatchObject({ rows: 12, cols: 64 })
    expect(fused('softmax', [' fp32'])).toContain('no tensor shapes')
    expect(fused('softmax', ['6,64'])).toBe('the trace names no element type')
  })

  it.each(['rmsnorm', 'layernorm'])('%s has a residual beside input and result', (op) => {
    expect(fused(op, [WHOLE, '64 bf16', WHOLE])).toEqual({ op, rows: 6, cols: 64, dtype: 'bf16' })
    expect(fused(op, [WHOLE, WHOLE, WHOLE])).toMatchObject({ residual: true })
  })

  it.each(['sum', 'mean', 'amax', 'amin', 'argmax', 'argmin', 'max', 'min', 'prod', 'any', 'all'])(
    'reduces by %s',
    (name) => {
      const call = fused('reduce', [WHOLE], [], `triton_red_fused_exp_${name}_3`)
      expect(call).toMatchObject({ op: 'reduce', rows: 6, cols: 64, function: name })
    },
  )

  it('reduces by more than one function, or by one that has no name', () => {
    expect(fused('reduce', [WHOLE], [], 'triton_red_fused_exp_var_3')).toMatchObject({
      function: 'fused',
    })
  })

  it('rounds to the tensor of few bits', () => {
    expect(fused('quantize', [WHOLE, '6,64 fp8_e4m3'])).toEqual({
      op: 'quantize',
      rows: 6,
      cols: 64,
      dtype: 'bf16',
      outDtype: 'fp8_e4m3',
    })
    expect(fused('quantize', [WHOLE])).toBe('no tensor of few bits is in the trace')
  })

  it.each(['silu_mul', 'gelu_mul'])('%s has rows as wide as the largest tensor', (op) => {
    expect(fused(op, [WHOLE])).toEqual({ op, rows: 6, cols: 64, dtype: 'bf16' })
    expect(fused(op, [WHOLE], [128])).toMatchObject({ rows: 2, cols: 64 })
  })

  it.each(['gelu', 'silu', 'relu', 'copy', 'fill', 'cat'])('%s counts elements', (op) => {
    expect(fused(op, [WHOLE])).toEqual({ op, elements: 384, dtype: 'bf16' })
    expect(fused(op, [WHOLE], [128])).toEqual({ op, elements: 128, dtype: 'bf16' })
  })

  it('looks up rows of the largest matrix of floating point', () => {
    const name = 'triton_poi_fused_embedding_0'
    const tensors = ['8 int64', '50,2 bf16', '100,16 bf16', '900,900 int64', '8,16 bf16']
    expect(fused('embedding', tensors, [128], name)).toEqual({
      op: 'embedding',
      tokens: 8,
      hidden: 16,
      vocab: 100,
      dtype: 'bf16',
    })
    expect(fused('embedding', tensors, [], name)).toMatchObject({ tokens: 8 })
    expect(fused('embedding', ['8 int64', '9,9 bool'], [128], name)).toContain('no tensor shapes')
  })

  it('of another kind reads all but the last tensor, and writes that', () => {
    expect(fused('elementwise', ['384 fp32', WHOLE, WHOLE])).toEqual({
      op: 'elementwise',
      function: 'fused',
      elements: 384,
      dtype: 'fp32',
      readBytes: 384 * 6,
      writeBytes: 768,
    })
    expect(fused('elementwise', [WHOLE], [], 'triton_poi_fused_exp_0')).toMatchObject({
      function: 'exp',
      readBytes: 768,
      writeBytes: 768,
    })
  })

  it('does not take the arguments of an operator around it', () => {
    const event = { op: { name: 'x', args: [], parents: [], argsFrom: 'aten::linear' } }
    expect(fused('softmax', [WHOLE], [], 'triton_per_fused_0', { event })).toContain(
      'no tensor shapes',
    )
  })
})

describe('operands without names', () => {
  const told = (...texts: string[]) => {
    const found = dimensionsOf('gemm', '', texts.map(t))
    return typeof found === 'string' || !('call' in found) ? undefined : found.call
  }

  it('have as many or fewer dimensions on the right, and the same batch', () => {
    expect(told('2,5,8 bf16', '8,3 bf16')).toMatchObject({ op: 'matmul', m: 10, n: 3, k: 8 })
    expect(told('5,8 bf16', '2,8,3 bf16')).toBeUndefined()
    expect(told('2,5,8 bf16', '3,8,4 bf16')).toBeUndefined()
    expect(told('2,5,8 bf16', '2,8,4 bf16')).toMatchObject({ op: 'bmm', batch: 2 })
    expect(told('1,1,5,8 bf16', '8,3 bf16')).toBeUndefined()
    expect(told('0,8 bf16', '8,3 bf16')).toBeUndefined()
  })

  it('have a result with the rows of one and the columns of the other', () => {
    expect(told('5,8 bf16', '8,3 bf16', '5,3 bf16')).toMatchObject({ m: 5, n: 3, k: 8 })
    expect(told('5,3 bf16', '5,8 bf16', '8,3 bf16')).toMatchObject({ m: 5, n: 3, k: 8 })
    expect(told('5,8 bf16', '8,3 bf16', '6,3 bf16')).toBeUndefined()
    expect(told('5,8 bf16', '8,3 bf16', '5,4 bf16')).toBeUndefined()
  })

  it('are not scales: of 32 bits, or far smaller than operands of 8', () => {
    const [a, b] = ['64,128 fp8_e4m3', '128,64 fp8_e4m3']
    expect(told(a, b, '64,2 fp32')).toMatchObject({ m: 64, n: 64, k: 128 })
    expect(told(a, b, '64,4 fp8_e8m0')).toMatchObject({ m: 64, n: 64, k: 128 })
    // A sixteenth of an operand and less is a scale; more than that is a third operand.
    expect(told(a, b, '64,8 fp8_e4m3')).toMatchObject({ m: 64 })
    expect(told(a, b, '64,9 fp8_e4m3')).toBeUndefined()
    expect(told('5,8 bf16', '8,3 bf16', '5,2 fp32')).toBeUndefined()
  })
})
