import { describe, expect, it } from 'vitest'
import { KernelDatabase, kernelDatabase, readRules } from './database.js'
import { lint } from './lint.js'
import type { KernelRule, OperatorRule } from './rule-file.js'

const OPERATIONS = { matmul: 'gemm' } as const
const rule = (id: string, kernel: string, more: Partial<KernelRule> = {}): KernelRule => ({
  id,
  kernel,
  op: 'matmul',
  examples: [`${id}_kernel`],
  ...more,
})
const findings = (kernels: KernelRule[], operators: OperatorRule[] = []) =>
  lint(
    new KernelDatabase([
      {
        source: 'test.json',
        file: { schema: 'flowsim.kernel-database/1', kernels, operators, operations: OPERATIONS },
      },
    ]),
  )
const faults = (...rules: KernelRule[]) => findings(rules).map(({ kind, rule }) => [kind, rule])

describe('lint', () => {
  it('finds nothing wrong with sound rules', () => {
    expect(faults(rule('a', '/^a_/'), rule('b', '/^b_/'))).toEqual([])
  })

  it('finds rules with one id, and rules with one pattern', () => {
    expect(faults(rule('a', '/^a_/'), rule('a', '/a_k/'))).toContainEqual(['duplicate', 'a'])
    expect(faults(rule('a', '/_k/'), rule('b', '/_k/'))).toContainEqual(['duplicate', 'b'])
  })

  it('finds a rule that an earlier one answers for', () => {
    expect(faults(rule('all', '/kernel/'), rule('b', '/^b_/'))).toEqual([['shadowed', 'b']])
  })

  it('does not call a rule shadowed that asks less of the operator', () => {
    const narrow = rule('all', '/kernel/', {
      operator: 'aten::mm',
      examples: [{ kernel: 'all_kernel', operators: ['aten::mm'] }],
    })
    expect(faults(narrow, rule('b', '/^b_/'))).toEqual([])
  })

  it('finds an example that its rule does not match, and a rule without one', () => {
    expect(faults(rule('a', '/^x$/'))).toEqual([['example', 'a']])
    expect(faults(rule('a', '/^a_/', { examples: [] }))).toEqual([['no_example', 'a']])
  })

  it('finds an example that has another result than it says', () => {
    const operator = (m: number): OperatorRule => ({
      operator: 'x::mm',
      params: 'a b',
      op: 'matmul',
      examples: [
        { args: ['bf16[4,8]', 'bf16[8,2]'], call: { op: 'matmul', m, n: 2, k: 8, dtype: 'bf16' } },
      ],
    })
    expect(findings([], [operator(4)])).toEqual([])
    expect(findings([], [operator(5)])).toMatchObject([{ kind: 'example', rule: 'x::mm' }])
  })

  it('finds an operator that is described twice', () => {
    const operator: OperatorRule = { operator: '{x,y}::z', params: 'a b', op: 'matmul' }
    expect(findings([], [operator, { ...operator, operator: 'y::z' }])).toMatchObject([
      { kind: 'duplicate', rule: 'y::z' },
    ])
  })

  it("finds a user's descriptions that repeat or hide each other", () => {
    const user = readRules({
      schema: 'flowsim.kernel-database/1',
      kernels: [
        { kernel: 'mine_*', op: 'matmul' },
        { kernel: 'mine_fwd', op: 'attention' },
        { kernel: 'mine_*', op: 'copy' },
        { kernel: 'mine_fwd', operator: 'x::y', op: 'copy' },
      ],
    })
    expect(lint(kernelDatabase(user)).map(({ kind, rule }) => [kind, rule])).toEqual([
      ['shadowed', 'mine_fwd'],
      ['duplicate', 'mine_*'],
    ])
  })
})
