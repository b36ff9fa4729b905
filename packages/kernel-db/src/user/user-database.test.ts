import { describe, expect, it } from 'vitest'
import { kernel, op, t } from '../../fixtures/hand-made.js'
import { classify } from '../engine/classify.js'
import { kernelDatabase } from '../engine/database.js'
import { readUserDatabase, type UserKernel } from './user-database.js'

const read = (...kernels: unknown[]) =>
  readUserDatabase({ schema: 'flowsim.kernel-database/1', kernels }, 'mine.json')
const answer = (name: string, operator: string | undefined, ...kernels: UserKernel[]) =>
  classify(kernel(name, operator === undefined ? undefined : op(operator, t('4,8 bf16'))), {
    database: kernelDatabase(read(...kernels)),
  }).op

describe("a user's database", () => {
  it('matches names as written or as rules read them, with * for any characters', () => {
    const raw = 'void acme::f<float, 4>(float*)'
    for (const pattern of [raw, 'acme::f<float, 4>', 'acme::*', '*f<*, 4>', 'void acme*(float*)']) {
      expect(answer(raw, undefined, { kernel: pattern, op: 'gelu' }), pattern).toBe('gelu')
    }
    for (const pattern of ['acme::f', 'acme', 'f*', 'acme::*x*', '*f*f<*']) {
      expect(answer(raw, undefined, { kernel: pattern, op: 'gelu' }), pattern).toBeNull()
    }
  })

  it('asks the operator where a description names one, before those that name none', () => {
    const kernels: UserKernel[] = [
      { kernel: 'acme_*', op: 'copy' },
      { kernel: 'acme_f', operator: 'acme::*', op: 'gelu' },
    ]
    expect(answer('acme_f', 'acme::gelu', ...kernels)).toBe('gelu')
    expect(answer('acme_f', 'other::gelu', ...kernels)).toBe('copy')
    expect(answer('acme_f', undefined, ...kernels)).toBe('copy')
  })

  it('comes before the built-in rules', () => {
    const nvjet = 'nvjet_tst_128x128_64x6_2x1_v_bz_TNT'
    expect(answer(nvjet, undefined, { kernel: 'nvjet_*', op: 'conv' })).toBe('conv')
  })

  it('names tensors, so that the usual dimensions are found', () => {
    const database = kernelDatabase(
      read({
        kernel: 'acme_mm',
        op: 'matmul',
        tensors: [{ name: 'out', role: 'output' }, { name: 'a' }, { name: 'b' }],
      }),
    )
    const operator = op('acme::mm', t('4,2 bf16'), t('4,8 bf16'), t('8,2 bf16'))
    expect(classify(kernel('acme_mm', operator), { database })).toMatchObject({
      call: { m: 4, n: 2, k: 8 },
      tensors: [{ name: 'out', role: 'output' }, { name: 'a' }, { name: 'b' }],
    })
  })

  it.each([
    [{ op: 'copy' }, /mine\.json: kernels\[0\]\.kernel: /],
    [
      { kernel: 'x', op: 'nonsense' },
      /kernels\[0\]\.op: "nonsense" is no operation; there are matm/,
    ],
    [{ kernel: 'x', op: 'gelu', dimensions: { rows: 1 } }, /gelu also needs elements, dtype/],
    [
      { kernel: 'x', op: 'gelu', dimensions: { elements: '1 +', dtype: 'bf16' } },
      /dimensions\.elements: expression "1 \+": expected a value/,
    ],
  ])('is refused with a fault: %j', (entry, message) => {
    expect(() => read(entry)).toThrow(message)
  })

  it('is refused in another version', () => {
    expect(() => readUserDatabase({ schema: 'flowsim.kernel-database/7', kernels: [] })).toThrow(
      /is of version 7, this FlowSim reads version 1/,
    )
  })
})
