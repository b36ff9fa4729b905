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

describe('kernels of the field', () => {
  const lines = readFileSync(new URL('../../fixtures/field-names.tsv', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')

  it.each(lines.map((line) => line.split('\t') as [string, string]))('%s: %s', (op, name) => {
    expect(classify(kernel(name)).op).toBe(op)
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
