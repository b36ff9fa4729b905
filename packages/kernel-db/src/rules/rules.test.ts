// The rules as data: each answers for the kernels that it says it is for, and for kernels of the field.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { kernel } from '../../fixtures/hand-made.js'
import { classify } from '../classify/classify.js'
import { builtInRules, kernelDatabase } from './database.js'
import { exampleEvent, readExample } from './example.js'
import { lint } from './lint.js'
import { readRuleFile } from './rule-file.js'

const database = kernelDatabase()

describe('built-in rules', () => {
  it('have no faults, and every example gives what it says', () => {
    expect(lint(database)).toEqual([])
  })

  it.each(builtInRules.map(({ source, file }) => [source, file] as const))(
    '%s is read as a user’s file is, and says what it is about',
    (source, file) => {
      expect(readRuleFile(file, source).about).toMatch(/\.$/)
    },
  )

  it.each(database.rules.map((rule) => [rule.id, rule] as const))('%s', (id, { rule }) => {
    const answers = (rule.examples ?? []).map((example) =>
      classify(exampleEvent(readExample(example))),
    )
    expect(answers.some((answer) => answer.rule === id)).toBe(true)
    for (const answer of answers.filter((each) => each.rule === id)) {
      expect(answer).toMatchObject({ op: rule.op, rule: id })
      if (rule.auxiliary === true) expect(answer).toMatchObject({ auxiliary: true })
    }
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
