// Rows by number, embeddings, caches and rotary position by their arguments.
import { describe, expect, it } from 'vitest'
import { type Circumstances, dimensionsOf } from '../../fixtures/dimensions.js'
import { list, s, t } from '../../fixtures/hand-made.js'

type Args = Parameters<typeof dimensionsOf>[2]
const TABLE = t('100,6,4 bf16')
const NONE = 'the numbers of the rows are not in the trace'
/** An index expanded along its last dimension. */
const expanded = (text: string) => ({ ...t(text), strides: [1, 0] })

describe('gathering and scattering', () => {
  const taken = (names: string, args: Args, more: Circumstances = {}) =>
    dimensionsOf('gather', names, args, more)

  it('take rows of the dimension that is named, counted from the end when negative', () => {
    const of = (dim?: number) => {
      const args = [TABLE, t('3 int64'), ...(dim === undefined ? [] : [s(dim)])]
      return taken('self index dim', args)
    }
    expect(of()).toEqual({ op: 'gather', rows: 3, cols: 24, dtype: 'bf16' })
    expect(of(0)).toMatchObject({ rows: 3, cols: 24 })
    expect(of(1)).toMatchObject({ rows: 3, cols: 400 })
    expect(of(-1)).toMatchObject({ rows: 3, cols: 600 })
  })

  it('read a row once that is taken more often; what is written is written each time', () => {
    const args = [t('3,4 bf16'), t('7 int64')]
    expect(taken('self index', args)).toMatchObject({ rows: 7, tableRows: 3 })
    expect(taken('self index', [t('7,4 bf16'), t('7 int64')])).not.toHaveProperty('tableRows')
    expect(dimensionsOf('scatter', 'self index', args)).toEqual({
      op: 'scatter',
      rows: 7,
      cols: 4,
      dtype: 'bf16',
    })
  })

  it('by several lists take what the other dimensions leave', () => {
    expect(taken('self indices', [TABLE, list('5 int64')])).toMatchObject({ rows: 5, cols: 24 })
    expect(taken('self indices', [TABLE, list('5 int64', '5 int64')])).toMatchObject({
      rows: 5,
      cols: 4,
    })
    expect(taken('self indices', [TABLE, list('5,1 int64', '3 int64')])).toMatchObject({
      rows: 15,
      cols: 4,
    })
    expect(taken('self indices', [TABLE, list('0 int64')])).toBe(NONE)
  })

  it('have as many rows as the values that are written', () => {
    const put = (values: string) => dimensionsOf('scatter', 'self values', [TABLE, t(values)])
    expect(put('48 fp16')).toEqual({ op: 'scatter', rows: 2, cols: 24, dtype: 'fp16' })
    expect(put('49 bf16')).toBe(NONE)
  })

  it('of single elements follow the index; an expanded one takes rows', () => {
    const single = (index: Args[number], more: Circumstances = {}, dim?: number) =>
      taken('self index dim', [TABLE, index, ...(dim === undefined ? [] : [s(dim)])], {
        parameters: { single: true },
        ...more,
      })
    expect(single(t('5,7 int64'))).toMatchObject({ rows: 5, cols: 7 })
    expect(single(t('5,7 int64'), {}, 0)).toMatchObject({ rows: 7, cols: 5 })
    expect(single(expanded('5,7 int64'))).toMatchObject({ rows: 5, cols: 7 })
    const rows = { name: 'vectorized_gather_kernel<16, long>' }
    expect(single(t('5,7 int64'), rows, 0)).toMatchObject({ rows: 5, cols: 7 })
    expect(single(t('5 int64'), rows, 0)).toMatchObject({ rows: 1, cols: 5 })
    expect(single(t('0,7 int64'), rows, 0)).toMatchObject({ rows: 0, cols: 0 })
    expect(single(t('5,0 int64'))).toMatchObject({ rows: 0, cols: 0 })
  })

  it('have their rows from the launch where no index is recorded', () => {
    const event = { grid: [9, 1, 1] as [number, number, number] }
    const rows = taken('self', [t('100,64 bf16')], { event, name: 'vectorized_gather_kernel<16>' })
    expect(rows).toMatchObject({ rows: 9, cols: 64 })
    const blocks = (table: string) =>
      taken('self', [t(table)], { event, name: 'index_elementwise_kernel<128, 4, functor>' })
    // 9 blocks of 512 elements.
    expect(blocks('100,1000 bf16')).toMatchObject({ rows: 4, cols: 1000 })
    expect(blocks('100,512 bf16')).toMatchObject({ rows: 9, cols: 512 })
    expect(blocks('100,511 bf16')).toBe(NONE)
    expect(taken('self', [t('100,64 bf16')])).toBe(NONE)
    expect(taken('', [t('100,64 bf16')])).toBe('the trace holds no tensor shapes for this kernel')
    expect(taken('self', [t('100,64')])).toBe('the trace names no element type')
    expect(taken('self index', [t('9,4'), t('2 int64')], { groups: { dtype: 'half' } })).toEqual({
      op: 'gather',
      rows: 2,
      cols: 4,
      dtype: 'fp16',
    })
  })
})

describe('embeddings', () => {
  const looked = (table: string, tokens: Args[number], more: Circumstances = {}) =>
    dimensionsOf('lookup', 'weight indices', [t(table), tokens], more)

  it('are rows of a table of two dimensions', () => {
    expect(looked('1000,64 bf16', t('3,5 int64'))).toEqual({
      op: 'embedding',
      tokens: 15,
      hidden: 64,
      vocab: 1000,
      dtype: 'bf16',
    })
    expect(looked('1000,64 bf16', expanded('3,5 int64'))).toMatchObject({ tokens: 3 })
    expect(looked('1000 bf16', t('3 int64'))).toContain('no tensor shapes')
    expect(looked('1000,64', t('3 int64'))).toBe('the trace names no element type')
  })

  it('are gathered element by element where the rule says so', () => {
    const single = { parameters: { single: true } }
    expect(looked('1000,64 bf16', t('3,64 int64'), single)).toMatchObject({
      tokens: 3,
      hidden: 64,
      vocab: 1000,
    })
  })
})

describe('the cache', () => {
  const written = (names: string, ...args: Args[number][]) =>
    dimensionsOf('cacheWrite', names, args)

  it('takes the width of all that is written of a token', () => {
    expect(written('k v', t('10,4,64 bf16'), t('10,4,32 bf16'))).toEqual({
      op: 'kv_cache_write',
      tokens: 10,
      width: 384,
      dtype: 'bf16',
    })
    expect(written('kv_c k_pe', t('10,512 bf16'), t('10,64 bf16'))).toMatchObject({ width: 576 })
    for (const pair of ['key value', 'cache_k_nope cache_k_rope']) {
      expect(written(pair, t('10,4,64 bf16'), t('10,4,64 bf16'))).toMatchObject({ width: 512 })
    }
    expect(written('', t('10,4,64 bf16'))).toContain('no tensor shapes')
    expect(written('k', t('10,4,64'))).toBe('the trace names no element type')
  })

  it('takes the tokens that have a place, of those that there are', () => {
    const K = t('10,4,64 bf16')
    for (const name of ['slot_mapping', 'loc']) {
      expect(written(`k ${name}`, K, t('7 int64'))).toMatchObject({ tokens: 7 })
      expect(written(`k ${name}`, K, t('12 int64'))).toMatchObject({ tokens: 10 })
    }
    expect(written('k', t('0,4,64 bf16'))).toMatchObject({ tokens: 0, width: 0 })
  })

  it('says its type where that is another', () => {
    const K = t('10,4,64 bf16')
    for (const name of ['k_cache', 'kv_cache', 'key_cache']) {
      expect(written(`k ${name}`, K, t('9,4 uint8'))).toMatchObject({ cacheDtype: 'fp8_e4m3' })
      expect(written(`k ${name}`, K, t('9,4 fp8_e5m2'))).toMatchObject({ cacheDtype: 'fp8_e5m2' })
      expect(written(`k ${name}`, K, t('9,4 bf16'))).not.toHaveProperty('cacheDtype')
    }
  })
})

describe('rotary position', () => {
  const rotated = (names: string, args: Args, more: Circumstances = {}) =>
    dimensionsOf('rope', names, args, more)
  const [Q, K] = [t('10,8,64 bf16'), t('10,2,64 bf16')]

  it('has heads in a dimension, or told by their width', () => {
    const call = { op: 'rope', tokens: 10, heads: 8, kvHeads: 2, headDim: 64, dtype: 'bf16' }
    expect(rotated('q k', [Q, K])).toEqual(call)
    expect(rotated('query key', [t('2,5,8,64 bf16'), t('2,5,2,64 bf16')])).toEqual(call)
    const flat = [t('10,512 bf16'), t('10,128 bf16')]
    for (const name of ['head_size', 'head_dim']) {
      expect(rotated(`q k ${name}`, [...flat, s(64)])).toEqual(call)
    }
    expect(rotated('q k', flat, { groups: { headDim: '64' } })).toEqual(call)
    expect(rotated('q k', flat)).toBe('the width of a head is not in the trace')
    expect(rotated('q head_dim', [flat[0]!, s(64)])).toMatchObject({ kvHeads: 0 })
    expect(rotated('q', [Q])).toMatchObject({ kvHeads: 0 })
    expect(rotated('q k', [Q, flat[1]!])).toMatchObject({ kvHeads: 0 })
    expect(rotated('k', [K])).toContain('no tensor shapes')
    expect(rotated('q', [t('10,8,64')])).toBe('the trace names no element type')
  })

  it('turns as much of a head as the table is wide', () => {
    const flat = [t('10,512 bf16'), t('10,128 bf16')]
    for (const [width, headDim] of [
      [32, 32],
      [64, 64],
      [128, 64],
    ]) {
      const table = t(`4096,${width} bf16`)
      expect(rotated('q k cos_sin_cache', [Q, K, table])).toMatchObject({ headDim })
      const args = [...flat, table, s(64)]
      expect(rotated('q k cos_sin_cache head_dim', args)).toMatchObject({ heads: 8, headDim })
    }
  })

  it('of queries and keys in one tensor needs their heads', () => {
    const names = 'qkv num_heads_q num_heads_k head_dim'
    const joint = (...numbers: (number | string)[]) =>
      rotated(names, [t('10,768 bf16'), ...numbers.map((value) => s(value))])
    expect(joint(8, 2, 64)).toMatchObject({ tokens: 10, heads: 8, kvHeads: 2, headDim: 64 })
    for (const numbers of [
      ['', 2, 64],
      [8, '', 64],
      [8, 2, ''],
    ]) {
      expect(joint(...numbers)).toBe('the width of a head is not in the trace')
    }
    expect(rotated(names, [t('10,768'), s(8), s(2), s(64)])).toBe('the trace names no element type')
  })
})
