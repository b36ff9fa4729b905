import { describe, expect, it } from 'vitest'
import { kernel, op, s, t } from '../../fixtures/hand-made.js'
import { classify } from '../classify/classify.js'

const result = (name: string, ...args: Parameters<typeof op>[1][]) =>
  classify(kernel(name, op(name, ...args)))

describe('kernels of torch.compile', () => {
  it('are what the fused operators compute, over the numbers behind the pointers', () => {
    const norm = result(
      'triton_red_fused_add_mean_mul_pow_rsqrt_0',
      t('8192,2880 bf16'),
      t('8192,2880 bf16'),
      t('2880 bf16'),
      t('8192,2880 bf16'),
      s(8192),
      s(2880),
    )
    expect(norm.call).toEqual({
      op: 'rmsnorm',
      rows: 8192,
      cols: 2880,
      dtype: 'bf16',
      residual: true,
    })
    expect(norm.fused).toEqual(['add', 'mean', 'mul', 'pow', 'rsqrt'])
    expect(norm.library).toBe('inductor')
  })

  it('gate', () => {
    expect(
      result('triton_poi_fused_mul_silu_1', t('64,22016 bf16'), t('64,11008 bf16'), s(704512)).op,
    ).toBe('silu_mul')
  })

  it('count the bytes of all inputs where nothing has a name', () => {
    const { call, fused } = result(
      'triton_poi_fused_add_exp_7',
      t('64,128 fp32'),
      t('128 fp32'),
      t('64,128 fp32'),
      s(8192),
    )
    expect(fused).toEqual(['add', 'exp'])
    expect(call).toEqual({
      op: 'elementwise',
      function: 'fused',
      elements: 8192,
      dtype: 'fp32',
      readBytes: (8192 + 128) * 4,
      writeBytes: 8192 * 4,
    })
  })

  it('read of a table no more than the rows that are taken', () => {
    const { call } = result(
      'triton_poi_fused_add_embedding_3',
      t('64 int64'),
      t('151936,128 bf16'),
      t('64,128 bf16'),
      t('64,128 bf16'),
      s(8192),
    )
    expect(call).toMatchObject({
      op: 'embedding',
      tokens: 64,
      hidden: 128,
      vocab: 151936,
      dtype: 'bf16',
    })
    const looked = result(
      'triton_poi_fused_add_index_mul_3',
      t('64 int64'),
      t('151936,128 bf16'),
      t('64,128 bf16'),
      t('64,128 bf16'),
      s(8192),
    )
    expect(looked.call).toMatchObject({
      elements: 8192,
      readBytes: 64 * 8 + 8192 * 2 + 8192 * 2,
      writeBytes: 8192 * 2,
    })
  })

  it('run over their result, not over a table, where no numbers are recorded', () => {
    const { call } = result(
      'triton_red_fused_embedding_mean_mul_pow_rsqrt_0',
      t('64 int64'),
      t('151936,128 bf16'),
      t('64,128 bf16'),
    )
    expect(call).toMatchObject({ op: 'rmsnorm', rows: 64, cols: 128 })
  })

  it('do not take the arguments of an operator around them for their own', () => {
    const name = 'triton_poi_fused_add_0'
    const outer = { ...op(name, t('64,128 fp32')), argsFrom: 'aten::linear' }
    expect(classify(kernel(name, outer)).call).toBeUndefined()
  })
})
