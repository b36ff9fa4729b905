import { describe, expect, it } from 'vitest'
import { KernelDatabase, kernelDatabase } from './engine/database.js'
import { lint } from './lint.js'
import type { KernelRule } from './rule.js'
import { readUserDatabase } from './user/user-database.js'

const rule = (id: string, kernel: RegExp, more: Partial<KernelRule> = {}): KernelRule => ({
  id,
  kernel,
  op: 'matmul',
  examples: [`${id}_kernel`],
  ...more,
})
const faults = (...rules: KernelRule[]) =>
  lint(new KernelDatabase(rules, [])).map(({ kind, rule }) => [kind, rule])

describe('lint', () => {
  it('finds nothing wrong with sound rules', () => {
    expect(faults(rule('a', /^a_/), rule('b', /^b_/))).toEqual([])
  })

  it('finds rules with one id, and rules with one pattern', () => {
    expect(faults(rule('a', /^a_/), rule('a', /a_k/))).toContainEqual(['duplicate', 'a'])
    expect(faults(rule('a', /_k/), rule('b', /_k/))).toContainEqual(['duplicate', 'b'])
  })

  it('finds a rule that an earlier one answers for', () => {
    expect(faults(rule('all', /kernel/), rule('b', /^b_/))).toEqual([['shadowed', 'b']])
  })

  it('does not call a rule shadowed that asks less of the operator', () => {
    const narrow = rule('all', /kernel/, {
      operator: /^aten::mm$/,
      examples: [{ kernel: 'all_kernel', operators: ['aten::mm'] }],
    })
    expect(faults(narrow, rule('b', /^b_/))).toEqual([])
  })

  it('finds an example that its rule does not match, and a rule without one', () => {
    expect(faults(rule('a', /^x$/))).toEqual([['example', 'a']])
    expect(faults(rule('a', /^a_/, { examples: [] }))).toEqual([['no_example', 'a']])
  })

  it('finds a dimension function that does not exist', () => {
    const wrong = { ...rule('a', /^a_/), dimensions: 'gem' } as unknown as KernelRule
    expect(lint(new KernelDatabase([wrong], []))).toEqual([
      { kind: 'unknown_dimensions', rule: 'a', message: 'a: no dimension function "gem"' },
    ])
    const operators = [{ operators: ['x::y'], params: 'a b', op: 'matmul', dimensions: 'gem' }]
    expect(lint(new KernelDatabase([], operators as never))).toMatchObject([
      { kind: 'unknown_dimensions', rule: 'x::y' },
    ])
  })

  it('finds an operator that is described twice', () => {
    const operator = { operators: ['x::y'], params: 'a b', op: 'matmul' } as const
    expect(lint(new KernelDatabase([], [operator, operator]))).toMatchObject([
      { kind: 'duplicate', rule: 'x::y' },
    ])
  })

  it("finds a user's descriptions that repeat or hide each other", () => {
    const user = readUserDatabase({
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
