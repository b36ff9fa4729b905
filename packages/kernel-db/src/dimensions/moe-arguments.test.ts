// Experts by their arguments: stages, packed weights, shares of a rank, with rows and widths worked out by hand.
import { describe, expect, it } from 'vitest'
import { type Circumstances, dimensionsOf } from '../../fixtures/dimensions.js'
import { s, t } from '../../fixtures/hand-made.js'

type Args = Parameters<typeof dimensionsOf>[2]
const X = t('10,64 bf16')
const [UP, DOWN, IDS] = [t('8,96,64 bf16'), t('8,64,48 bf16'), t('10,2 int32')]
const expert = (stage: string, names: string, args: Args, more: Circumstances = {}) =>
  dimensionsOf('expertGemm', names, args, { parameters: { stage }, ...more })
const NAMES = 'hidden_states w1 w2 topk_ids'

describe('the grouped products of experts', () => {
  it('reduce over the width of tokens, and write it', () => {
    expect(expert('up', NAMES, [X, UP, DOWN, IDS])).toEqual({
      op: 'grouped_gemm',
      groups: 8,
      topk: 2,
      m: 20,
      n: 96,
      k: 64,
      dtype: 'bf16',
    })
    expect(expert('down', NAMES, [X, UP, DOWN, IDS])).toEqual({
      op: 'grouped_gemm',
      groups: 8,
      topk: 2,
      m: 20,
      n: 64,
      k: 48,
      dtype: 'bf16',
    })
  })

  it.each([
    ['stage1', {}, 'up'],
    ['stage_2', {}, 'down'],
    ['moe1', {}, 'up'],
    ['moe2', {}, 'down'],
    ['gemm2', {}, 'down'],
    ['gemm1', {}, 'up'],
    ['moe_swiglu', {}, 'up'],
    ['moe_silu', {}, 'up'],
    ['moe_gelu', {}, 'up'],
    ['experts_act', {}, 'up'],
    ['experts', { down: '' }, 'down'],
    ['experts', { up: '' }, 'up'],
  ])('%s with the groups %j is the %s projection', (name, groups, stage) => {
    for (const [otherwise, k] of [
      ['up', stage === 'up' ? 64 : 48],
      ['down', stage === 'up' ? 64 : 48],
    ] as const) {
      const more = { name, groups, surroundings: { moeStage: otherwise }, parameters: {} }
      expect(dimensionsOf('expertGemm', NAMES, [X, UP, DOWN, IDS], more)).toMatchObject({ k })
    }
  })

  it('are told by the place in a layer where nothing else tells, but not by a larger number', () => {
    for (const name of ['experts', 'gemm16', 'moe_stage21']) {
      const args = [X, UP, DOWN, IDS]
      expect(dimensionsOf('expertGemm', NAMES, args, { name })).toBe(
        'which of the two expert GEMMs it is cannot be told',
      )
      const surroundings = { moeStage: 'down' as const }
      expect(dimensionsOf('expertGemm', NAMES, args, { name, surroundings })).toMatchObject({
        k: 48,
      })
    }
  })

  it('have the experts of a token from the routing table, or as a value, and no more than there are', () => {
    for (const name of ['topk', 'top_k']) {
      expect(expert('up', `hidden_states w1 w2 ${name}`, [X, UP, DOWN, s(3)])).toMatchObject({
        topk: 3,
        m: 30,
      })
    }
    expect(expert('up', 'hidden_states w1 w2 topk_weights', [X, UP, DOWN, IDS])).toMatchObject({
      topk: 2,
    })
    expect(expert('up', NAMES, [X, UP, DOWN, t('10,9 int32')])).toMatchObject({ topk: 8, m: 90 })
    expect(expert('up', 'hidden_states w1 w2', [X, UP, DOWN])).toBe(
      'experts per token are not in the trace',
    )
    expect(expert('up', NAMES, [X, UP, DOWN, t('10 int32')])).toBe(
      'experts per token are not in the trace',
    )
  })

  it('work on the tokens of their part of a batch', () => {
    expect(
      expert('up', NAMES, [X, UP, DOWN, IDS], { surroundings: { moeTokens: 4 } }),
    ).toMatchObject({ m: 8 })
  })

  it.each([
    [1, '8,96,64 bf16', undefined],
    [2, '8,96,32 uint8', 'int4'],
    [4, '8,96,16 int32', 'int4'],
    [8, '8,96,8 int32', 'int4'],
  ])('unpack %i values in a place, in both projections', (values, up, weightDtype) => {
    const dtype = up.split(' ')[1]
    const down = `8,64,${48 / values} ${dtype}`
    const args = [X, t(up), t(down), IDS]
    expect(expert('up', NAMES, args)).toMatchObject({ n: 96, k: 64 })
    expect(expert('down', NAMES, args)).toMatchObject({ n: 64, k: 48 })
    for (const stage of ['up', 'down']) {
      const call = expert(stage, NAMES, args) as unknown as { weightDtype?: string }
      expect(call.weightDtype).toBe(weightDtype)
    }
  })

  it('have packed 4-bit floats where the rule says so, of tokens that may be packed too', () => {
    const parameters = { stage: 'up', packedDtype: 'fp4_e2m1' }
    const args = [X, t('8,96,32 uint8'), DOWN, IDS]
    expect(dimensionsOf('expertGemm', NAMES, args, { parameters })).toMatchObject({
      k: 64,
      weightDtype: 'fp4_e2m1',
    })
    const packed = [t('10,32 uint8'), t('8,96,32 uint8'), DOWN, IDS]
    expect(dimensionsOf('expertGemm', NAMES, packed, { parameters })).toMatchObject({ k: 64 })
    // A width that no packing explains: bytes hold two values.
    expect(expert('up', NAMES, [X, t('8,96,40 uint8'), DOWN, IDS])).toMatchObject({ k: 80 })
    expect(expert('up', NAMES, [X, t('8,96,40 int8'), DOWN, IDS])).toMatchObject({ k: 40 })
  })

  it('of 8-bit floats multiply tokens of that type', () => {
    const args = [X, t('8,96,64 fp8_e4m3'), DOWN, IDS]
    expect(expert('up', NAMES, args)).toMatchObject({ dtype: 'fp8_e4m3', weightDtype: 'fp8_e4m3' })
    expect(expert('up', NAMES, [X, t('8,96,64 int8'), DOWN, IDS])).toMatchObject({
      dtype: 'bf16',
      weightDtype: 'int8',
    })
  })

  it('are any grouped product where no tokens are named', () => {
    const call = dimensionsOf('expertGemm', 'a b', [t('10,64 bf16'), t('8,64,96 bf16')])
    expect(call).toMatchObject({ op: 'grouped_gemm', groups: 8, m: 10, n: 96, k: 64 })
  })

  it('with shuffled weights have widths as values, and the share of their rank', () => {
    const names = 'hidden_states topk intermediate_size local_num_experts num_experts'
    const of = (stage: string, ...numbers: (number | string)[]) =>
      expert(stage, names, [X, ...numbers.map((value) => s(value))])
    expect(of('up', 4, 48, 8, 32)).toEqual({
      op: 'grouped_gemm',
      groups: 8,
      topk: 1,
      m: 10,
      n: 96,
      k: 64,
      dtype: 'bf16',
    })
    expect(of('down', 4, 48, 16, 32)).toMatchObject({ groups: 16, topk: 2, m: 20, n: 64, k: 48 })
    expect(of('up', 4, 48, 2, 32)).toMatchObject({ groups: 2, topk: 1, m: 3 })
    expect(of('up', 4, 48, 8, '')).toMatchObject({ groups: 8, topk: 4, m: 40 })
    expect(of('up', 4, 48, '', 32)).toMatchObject({ groups: 32, topk: 4, m: 40 })
    const missing = 'widths of the experts are not in the trace'
    expect(of('up', 4, '', 8, 32)).toBe(missing)
    expect(of('up', 4, 48, '', '')).toBe(missing)
    expect(expert('up', names, [t('10,64'), s(4), s(48), s(8), s(32)])).toBe(
      'the trace names no element type',
    )
  })
})

describe('a layer of experts in one kernel', () => {
  const layer = (up: string, down: string, tokens = '2,5,64 bf16') =>
    dimensionsOf('moe', NAMES, [t(tokens), t(up), t(down), IDS])

  it('has its widths from both weights', () => {
    expect(layer('8,96,64 bf16', '8,64,48 bf16')).toEqual({
      op: 'moe',
      tokens: 10,
      hidden: 64,
      inter: 48,
      topk: 2,
      experts: 8,
      dtype: 'bf16',
    })
    expect(layer('8,96,32 uint8', '8,64,24 uint8')).toMatchObject({ hidden: 64, inter: 48 })
  })

  it('says what is missing', () => {
    const missing = 'the trace holds no tensor shapes for this kernel'
    expect(layer('96,64 bf16', '8,64,48 bf16')).toBe(missing)
    expect(layer('8,96,64 bf16', '64,48 bf16')).toBe(missing)
    expect(layer('8,96,64 bf16', '8,64,48 bf16', '10,64')).toBe('the trace names no element type')
    expect(dimensionsOf('moe', 'hidden_states w1 w2', [X, UP, DOWN])).toBe(
      'experts per token are not in the trace',
    )
  })
})

describe('moving tokens to experts', () => {
  const moved = (names: string, args: Args, more: Circumstances = {}) =>
    dimensionsOf('permute', names, args, more)

  it('has rows of all experts, or tokens and a routing table', () => {
    const row = { op: 'moe_permute', tokens: 10, hidden: 64, topk: 2, dtype: 'bf16' }
    expect(moved('hidden_states', [t('10,2,64 bf16')])).toEqual(row)
    expect(moved('hidden_states topk_ids', [X, IDS])).toEqual(row)
    expect(moved('input topk', [X, s(2)])).toEqual(row)
    expect(moved('input topk', [X, s(2)], { surroundings: { moeTokens: 3 } })).toMatchObject({
      tokens: 3,
    })
    expect(moved('input', [X])).toBe('experts per token are not in the trace')
    expect(moved('', [X])).toBe('the trace holds no tensor shapes for this kernel')
    expect(moved('input topk', [t('10,64'), s(2)])).toBe('the trace names no element type')
  })

  it('takes quantised tokens in and gives 16 bits back', () => {
    expect(moved('input topk', [t('10,64 fp8_e4m3'), s(2)])).toMatchObject({ dtype: 'bf16' })
    expect(moved('input topk', [t('10,64 fp16'), s(2)])).toMatchObject({ dtype: 'fp16' })
  })
})
