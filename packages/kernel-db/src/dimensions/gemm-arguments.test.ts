// Products by their arguments: every layout, packing and source of sizes, with m, n and k worked out by hand.
import { describe, expect, it } from 'vitest'
import { type Circumstances, dimensionsOf } from '../../fixtures/dimensions.js'
import { s, t } from '../../fixtures/hand-made.js'

const product = (a: string, b: string, more: Circumstances = {}) =>
  dimensionsOf('gemm', 'a b', [t(a), t(b)], more)
/** An operand in which all of the first dimension are one. */
const broadcast = (text: string) => ({ ...t(text), strides: [0, 1, 1] })
const bf16 = { dtype: 'bf16' }

describe('m, n and k', () => {
  it.each([
    ['8 bf16', '8 bf16', { op: 'matmul', m: 1, n: 1, k: 8 }],
    ['4,8 bf16', '8 bf16', { op: 'matmul', m: 4, n: 1, k: 8 }],
    ['8 bf16', '3,8 bf16', { op: 'matmul', m: 3, n: 1, k: 8 }],
    ['4,8 bf16', '8,3 bf16', { op: 'matmul', m: 4, n: 3, k: 8 }],
    ['4,8 bf16', '3,8 bf16', { op: 'matmul', m: 4, n: 3, k: 8 }],
    ['2,5,8 bf16', '3,8 bf16', { op: 'matmul', m: 10, n: 3, k: 8 }],
    ['2,5,8 bf16', '2,8,3 bf16', { op: 'bmm', batch: 2, m: 5, n: 3, k: 8 }],
    ['2,7,5,8 bf16', '2,7,8,3 bf16', { op: 'bmm', batch: 14, m: 5, n: 3, k: 8 }],
    ['10,8 bf16', '2,3,8 bf16', { op: 'grouped_gemm', groups: 2, m: 10, n: 3, k: 8 }],
  ])('%s · %s', (a, b, expected) => {
    // A bias keeps shapes from being told without names; it is no operand.
    const call = dimensionsOf('gemm', 'a b _ _', [t(a), t(b), t('7 bf16'), t('9 bf16')])
    expect(call).toEqual({ ...expected, ...bf16 })
  })

  it.each([
    ['8 bf16', '9 bf16'],
    ['4,8 bf16', '9 bf16'],
    ['8 bf16', '3,9 bf16'],
    ['4,8 bf16', '3,9 bf16'],
    ['1,5,8 bf16', '3,8,2 bf16'],
  ])('do not follow from %s and %s', (a, b) => {
    expect(product(a, b)).toBe(
      `m, n and k do not follow from [${a.split(' ')[0]!.replaceAll(',', ', ')}] and [${b.split(' ')[0]!.replaceAll(',', ', ')}]`,
    )
  })

  it('take a weight that fits both ways as the rule says that it lies', () => {
    expect(product('4,8 bf16', '8,4 int32')).toMatchObject({ n: 4, k: 8 })
    expect(product('4,8 bf16', '8,4 int32', { parameters: { weight: 'nk' } })).toMatchObject({
      n: 8,
      k: 8,
    })
  })

  it('are a whole number of rows', () => {
    expect(product('3,5,8 bf16', '2,8,3 bf16')).toBe('the operands are not a whole number of rows')
  })

  it.each([2, 4, 8, 16])(
    'unpack %i values in a place of the weight, along rows or columns',
    (values) => {
      expect(product('4,64 bf16', `24,${64 / values} int32`)).toMatchObject({ n: 24, k: 64 })
      expect(product('4,64 bf16', `${64 / values},24 int32`)).toMatchObject({ n: 24, k: 64 })
    },
  )

  it('unpack the left operand along k and the right one along n, as the rule says', () => {
    expect(product('6,32 uint8', '24,32 uint8', { parameters: { packA: 2 } })).toMatchObject({
      m: 6,
      n: 24,
      k: 64,
    })
    expect(product('6,32 uint8', '32,24 uint8', { parameters: { packA: 2 } })).toMatchObject({
      n: 24,
      k: 64,
    })
    expect(product('6,64 bf16', '64,24 uint8', { parameters: { packN: 2 } })).toMatchObject({
      m: 6,
      n: 48,
      k: 64,
    })
  })

  it('are of one product of all rows where a batch shares its weights, unless these are groups', () => {
    const shared = (parameters = {}) =>
      dimensionsOf('gemm', 'a b _ _', [t('2,5,8 bf16'), broadcast('2,8,3 bf16'), t('7'), t('9')], {
        parameters,
      })
    expect(shared()).toEqual({ op: 'matmul', m: 10, n: 3, k: 8, ...bf16 })
    expect(shared({ grouped: true })).toEqual({
      op: 'grouped_gemm',
      groups: 2,
      m: 10,
      n: 3,
      k: 8,
      ...bf16,
    })
  })

  it('have a left operand that a batch shares', () => {
    const args = [broadcast('2,5,8 bf16'), t('2,8,3 bf16'), t('7'), t('9')]
    expect(dimensionsOf('gemm', 'a b _ _', args)).toEqual({
      op: 'bmm',
      batch: 2,
      m: 5,
      n: 3,
      k: 8,
      shared: 'left',
      ...bf16,
    })
  })

  it('may be nought, and then nothing is computed', () => {
    expect(product('0,8 bf16', '8,3 bf16')).toMatchObject({ m: 0, n: 3, k: 8 })
  })
})

describe('sizes that are values', () => {
  const values = (names: string, ...rest: Parameters<typeof s>[0][]) =>
    dimensionsOf('gemm', `a ${names}`, [t('7,4096 bf16'), ...rest.map((value) => s(value))])

  it('have names, or stand next to each other in any place', () => {
    expect(values('size_m size_n size_k', 5, 6, 7)).toMatchObject({ m: 5, n: 6, k: 7 })
    expect(values('_ _ _', 7, 11008, 4096)).toMatchObject({ m: 7, n: 11008, k: 4096 })
    expect(values('_ _ _ _ _', '', 1, 7, 11008, 4096)).toMatchObject({ m: 7, n: 11008, k: 4096 })
  })

  it('are the rows and the width of the operand, on either side of n', () => {
    const missing = 'the trace holds no tensor shapes for this kernel'
    expect(values('_ _ _', 7, 11008, 4095)).toBe(missing)
    expect(values('_ _ _', 8, 11008, 4096)).toBe(missing)
    expect(values('_ _ _', 7, 1.5, 4096)).toBe(missing)
    expect(values('_ _', 7, 11008)).toBe(missing)
    expect(values('size_m size_n', 5, 6)).toBe(missing)
  })

  it('are the width of the result where nothing else tells n', () => {
    const out = [t('7,4096 bf16'), t('7,512 bf16')]
    expect(dimensionsOf('gemm', 'a >out', out)).toMatchObject({ m: 7, n: 512, k: 4096 })
    const named = dimensionsOf('gemm', 'a >out', out, { groups: { n: '512', k: '4095' } })
    expect(named).toBe('m is not in the trace; the name gives n = 512, k = 4095')
  })
})

describe('sizes in the name', () => {
  const inName = (groups: Record<string, string>, more: Circumstances = {}) =>
    dimensionsOf('gemm', 'a', [t('7,4096 bf16')], { groups, ...more })

  it('are joined by m of the name, of the operand, of the kernel before, in this order', () => {
    const surroundings = { rowsOfWidth: (cols: number) => cols + 1 }
    expect(inName({ m: '3', n: '512', k: '4096' }, { surroundings })).toEqual({
      op: 'matmul',
      m: 3,
      n: 512,
      k: 4096,
      ...bf16,
    })
    expect(inName({ n: '512', k: '4096' }, { surroundings })).toMatchObject({ m: 7 })
    expect(inName({ n: '512', k: '2048' }, { surroundings })).toEqual({
      call: { op: 'matmul', m: 2049, n: 512, k: 2048, ...bf16 },
      note: 'm is the rows of the kernel before that wrote 2048 columns',
    })
  })

  it('are of several groups only above one', () => {
    expect(inName({ n: '512', k: '4096', groups: '1' })).toMatchObject({ op: 'matmul' })
    expect(inName({ n: '512', k: '4096', groups: '2' })).toMatchObject({
      op: 'grouped_gemm',
      groups: 2,
    })
  })

  it('are both needed', () => {
    expect(inName({ n: '512' })).toBe('the trace holds no tensor shapes for this kernel')
    expect(inName({ n: '0', k: '4096' })).toContain('m is not in the trace')
  })
})

describe('types', () => {
  const typed = (
    names: string,
    args: Parameters<typeof dimensionsOf>[2],
    more: Circumstances = {},
  ) => dimensionsOf('gemm', `a b ${names}`, [t('4,8 bf16'), t('8,3 bf16'), ...args], more)

  it('are those of the rule, of the operands, of the name, in this order', () => {
    const untyped = (groups: Record<string, string>, parameters = {}) =>
      dimensionsOf('gemm', 'a b', [t('4,8'), t('8,3')], { groups, parameters })
    expect(untyped({})).toBe('the trace names no element type')
    expect(untyped({ dtype: 'half', weightDtype: 'int8' })).toMatchObject({
      dtype: 'fp16',
      weightDtype: 'int8',
    })
    expect(untyped({ dtype: 'half' }, { dtype: 'bf16', weightDtype: 'int4' })).toMatchObject({
      dtype: 'bf16',
      weightDtype: 'int4',
    })
    expect(typed('', [], { groups: { dtype: 'half' } })).toMatchObject({ dtype: 'bf16' })
    expect(product('4,8 bf16', '8,3 int8')).toMatchObject({ dtype: 'bf16', weightDtype: 'int8' })
  })

  it('of the result stand where they are not the usual ones', () => {
    const out = (dtype: string) => typed('>out', [t(`4,3 ${dtype}`)])
    expect(out('bf16')).not.toHaveProperty('outDtype')
    expect(out('fp32')).toMatchObject({ outDtype: 'fp32' })
    expect(typed('', [], { groups: { outDtype: 'float' } })).toMatchObject({ outDtype: 'fp32' })
    for (const [number, outDtype] of [
      [5, 'fp16'],
      [6, 'fp32'],
      [7, 'fp64'],
      ['Half', 'fp16'],
    ] as const) {
      expect(typed('out_dtype', [s(number)])).toMatchObject({ outDtype })
    }
    expect(typed('out_dtype', [s(15)])).not.toHaveProperty('outDtype')
    // 8-bit operands are multiplied into 16 bits.
    expect(product('4,8 fp8_e4m3', '8,3 fp8_e4m3')).not.toHaveProperty('outDtype')
  })

  it.each(['tf32', 's1688gemm', 's16816gemm_f32', 'XF32'])('of 32 bits are tf32 in %s', (name) => {
    expect(product('4,8 fp32', '8,3 fp32', { name })).toMatchObject({
      dtype: 'tf32',
      outDtype: 'fp32',
    })
    expect(product('4,8 bf16', '8,3 bf16', { name })).toMatchObject({ dtype: 'bf16' })
    expect(product('4,8 fp32', '8,3 fp32')).toMatchObject({ dtype: 'fp32' })
  })

  it.each([
    ['1 fp32', 'tensor'],
    ['1,1 fp32', 'tensor'],
    ['3 fp32', 'channel'],
    ['3,1 fp32', 'channel'],
    ['3,2 fp32', 'block'],
  ])('have scales of %s: %s', (scale, scaling) => {
    expect(typed('scale_b', [t(scale)])).toMatchObject({ scaling })
    expect(typed('scale_a', [t(scale)])).toMatchObject({ scaling })
    expect(typed('scale_b scale_a', [t(scale), t('5,5 fp32')])).toMatchObject({ scaling })
  })

  it('have a bias where the rule says so or one is recorded', () => {
    expect(typed('bias', [t('3 bf16')])).toMatchObject({ bias: true })
    expect(typed('', [], { parameters: { bias: true } })).toMatchObject({ bias: true })
    expect(typed('', [])).not.toHaveProperty('bias')
  })
})
