// The rules as data: each answers for the kernels that it says it is for, and for kernels of the field.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { kernel } from '../../fixtures/hand-made.js'
import { classify } from '../engine/classify.js'
import { kernelDatabase } from '../engine/database.js'
import { exampleOf, lint } from '../lint.js'

const database = kernelDatabase()

describe('built-in rules', () => {
  it('have no faults', () => {
    expect(lint(database)).toEqual([])
  })

  it.each(database.kernelRules.map((rule) => [rule.id, rule] as const))('%s', (_, rule) => {
    expect(rule.examples.length).toBeGreaterThan(0)
    for (const example of rule.examples) {
      const { kernel: name, operator } = exampleOf(example)
      expect(rule.kernel.test(database.match(name, operator)!.name)).toBe(true)
      const operation = classify(kernel(name, operator))
      if (operation.rule !== rule.id) continue
      expect(operation).toMatchObject({ op: rule.op, rule: rule.id })
      if (rule.auxiliary === true) expect(operation).toMatchObject({ auxiliary: true })
    }
    expect(
      rule.examples.some((example) => {
        const { kernel: name, operator } = exampleOf(example)
        return database.match(name, operator)?.rule === rule
      }),
    ).toBe(true)
  })
})

/** Rows of a table in fixtures/. */
function table(name: string): string[][] {
  return readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
}

describe('kernels of the field', () => {
  it.each(table('field-names.tsv') as [string, string][])('%s: %s', (op, name) => {
    expect(classify(kernel(name)).op).toBe(op)
  })
})

describe('each family, by names of public profiles and sources', () => {
  const rows = table('families.tsv') as [string, string, string, string][]

  it.each(rows)('%s (%s), %s: %s', (_, __, op, name) => {
    expect(classify(kernel(name)).op).toBe(op)
  })

  it('has kernels of both vendors where both have kernels', () => {
    const vendors = (family: string) =>
      new Set(rows.filter(([name]) => name === family).map(([, vendor]) => vendor))
    for (const family of [
      'FlashAttention',
      'MLA',
      'SDPA',
      'fused MoE',
      'norm',
      'rotary',
      'cache',
    ]) {
      expect([...vendors(family)], family).toEqual(expect.arrayContaining(['nvidia', 'amd']))
    }
  })
})

describe('names that say nothing', () => {
  it.each(['', 'kernel', 'k_0', 'void f<float>(float*)', '_Z1fv'])('"%s"', (name) => {
    expect(classify(kernel(name))).toMatchObject({
      op: null,
      family: 'other',
      rule: null,
      missing: 'no rule knows this kernel',
    })
  })
})
