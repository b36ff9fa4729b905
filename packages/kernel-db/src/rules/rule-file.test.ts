import { describe, expect, it } from 'vitest'
import { kernel, op, t } from '../../fixtures/hand-made.js'
import { classify } from '../classify/classify.js'
import { kernelDatabase, readRules } from './database.js'
import type { KernelRule } from './rule-file.js'

const read = (...kernels: unknown[]) =>
  readRules({ schema: 'flowsim.kernel-database/1', kernels }, { source: 'mine.json' })
const answer = (name: string, operator: string | undefined, ...kernels: KernelRule[]) =>
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
    const kernels: KernelRule[] = [
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
      /kernels\[0\]\.op: "nonsense" is not an operation; there are matm/,
    ],
    [{ kernel: 'x', op: 'gelu', dimensions: { rows: 1 } }, /gelu also needs elements, dtype/],
    [
      { kernel: 'x', op: 'gelu', dimensions: { width: 1, elements: 1, dtype: 'bf16' } },
      /has no such dimension; it has/,
    ],
    [{ kernel: 'x', op: 'gelu', dimensions: 'gellu' }, /no formula or function "gellu"; there are/],
    [{ kernel: 'x', op: 'gelu', librari: 'y' }, /kernels\[0\]: unknown field librari/],
    [{ kernel: '/(/', op: 'gelu' }, /kernels\[0\]: Invalid regular expression/],
    [{ kernel: '/x/g', op: 'gelu' }, /flags g and y have no meaning/],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a piece of a pattern
    [{ kernel: '/${X}/', op: 'gelu' }, /"?\$\{X\}"? is not in "define"/],
    [
      { kernel: 'x', op: 'gelu', dimensions: { elements: '1 +', dtype: 'bf16' } },
      /dimensions\.elements: expression "1 \+": expected a value/,
    ],
  ])('is refused with a fault: %j', (entry, message) => {
    expect(() => read(entry)).toThrow(message)
  })

  it('takes regular expressions, lists and operators with names for their arguments', () => {
    const database = kernelDatabase(
      readRules({
        schema: 'flowsim.kernel-database/1',
        define: { SIZE: '\\d+x\\d+' },
        kernels: [
          // biome-ignore lint/suspicious/noTemplateCurlyInString: a piece of a pattern
          { kernel: ['acme_old', '/^acme_(?<dtype>bf16|fp16)_${SIZE}$/'], op: 'matmul' },
        ],
        operators: [{ operator: '{acme,acme2}::linear', params: '>out a b', op: 'matmul' }],
      }),
    )
    const operator = op('acme2::linear', t('4,2 bf16'), t('4,8 bf16'), t('8,2 bf16'))
    for (const name of ['acme_old', 'acme_bf16_64x64', 'k_0']) {
      const { call } = classify(kernel(name, operator), { database })
      expect(call, name).toEqual({ op: 'matmul', m: 4, n: 2, k: 8, dtype: 'bf16' })
    }
    expect(classify(kernel('acme_fp8_64x64'), { database }).op).toBeNull()
  })

  it('takes formulas by name, with operands that may lack', () => {
    const database = kernelDatabase(
      readRules({
        schema: 'flowsim.kernel-database/1',
        kernels: [{ kernel: 'acme_act', op: 'silu_mul', dimensions: 'acmeGated' }],
        formulas: {
          acmeGated: {
            operands: { x: 'inputs[0]', 'y?': 'inputs[1]' },
            dimensions: {
              cols: 'x.shape[-1] // 2',
              rows: 'rows(x, 2 * cols)',
              dtype: 'x.dtype',
              outDtype: 'y.dtype ?? none',
            },
            else: 'none',
          },
        },
      }),
    )
    const call = (...args: Parameters<typeof op> extends [string, ...infer Rest] ? Rest : never) =>
      classify(kernel('acme_act', op('acme::act', ...args)), { database }).call
    expect(call(t('4,8 bf16'))).toEqual({ op: 'silu_mul', rows: 4, cols: 4, dtype: 'bf16' })
    expect(call(t('4,8 bf16'), t('4,4 fp8_e4m3'))).toMatchObject({ outDtype: 'fp8_e4m3' })
    expect(call(t('4,8 bf16'), t('4,4 bf16'))).not.toHaveProperty('outDtype')
    expect(classify(kernel('acme_act'), { database }).missing).toMatch(/no dimensions are known/)
  })

  it('is refused in another version', () => {
    expect(() => readRules({ schema: 'flowsim.kernel-database/7', kernels: [] })).toThrow(
      /is of version 7, this FlowSim reads version 1/,
    )
  })
})
