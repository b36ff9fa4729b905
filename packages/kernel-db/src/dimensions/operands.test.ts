import { describe, expect, it } from 'vitest'
import { kernel, op, s, t } from '../../fixtures/hand-made.js'
import { classify } from '../classify/classify.js'

const NVJET = 'nvjet_tst_128x128_64x6_2x1_v_bz_TNT'
const answer = (...args: Parameters<typeof op> extends [string, ...infer Rest] ? Rest : never) =>
  classify(kernel(NVJET, op('acme::linear', ...args)))

describe('a product in an operator that no rule describes', () => {
  it('has its operands told by their shapes, and says so', () => {
    expect(answer(t('256,512 bf16'), t('1024,512 bf16'), s(7))).toMatchObject({
      call: { op: 'matmul', m: 256, n: 1024, k: 512, dtype: 'bf16' },
      missing: 'the operator is not known; its operands are told by their shapes',
    })
    expect(answer(t('8,32,512 bf16'), t('8,512,64 bf16')).call).toMatchObject({
      op: 'bmm',
      batch: 8,
      m: 32,
      n: 64,
      k: 512,
    })
  })

  it('may have the result first or last', () => {
    const call = { m: 256, n: 1024, k: 512 }
    const [a, b, out] = [t('256,512 bf16'), t('1024,512 bf16'), t('256,1024 bf16')]
    expect(answer(a, b, out).call).toMatchObject(call)
    expect(answer(out, a, b).call).toMatchObject(call)
  })

  it('has scales beside operands of few bits', () => {
    const scaled = answer(
      t('256,7168 fp8_e4m3'),
      t('2112,7168 fp8_e4m3'),
      t('256,56 fp32'),
      t('17,56 fp32'),
      t('256,2112 bf16'),
    )
    expect(scaled.call).toMatchObject({ m: 256, n: 2112, k: 7168, dtype: 'fp8_e4m3' })
  })

  it('has no dimensions where there is doubt', () => {
    for (const args of [
      // A layer of two products.
      [t('256,512 bf16'), t('1024,512 bf16'), t('512,1024 bf16')],
      [t('256,512 bf16'), t('512,512 bf16'), t('512,512 bf16'), t('512,512 bf16')],
      // Nothing fits.
      [t('256,512 bf16'), t('1024,768 bf16')],
      [t('256,512 bf16')],
      [t('256 bf16'), t('1024 bf16')],
    ]) {
      expect(answer(...args).call).toBeUndefined()
    }
  })

  it('goes by the rule where there is one', () => {
    const mm = classify(kernel(NVJET, op('aten::mm', t('4,8 bf16'), t('8,2 bf16'))))
    expect(mm.missing).toBeUndefined()
  })
})
