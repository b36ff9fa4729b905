// What the README and the guide show is what happens.
import { readFileSync } from 'node:fs'
import type { KernelEvent } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { kernel, op, t, trace } from '../fixtures/hand-made.js'
import * as api from './index.js'
import { namesOf } from './rules/lint.js'

const file = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const readme = file('../README.md')
const guide = file('../../../docs/kernels.md')

/** Blocks of code of a language. */
function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(
    ([, code]) => code!,
  )
}

describe('README', () => {
  it('shows what classify answers', () => {
    const [, example] = blocks(readme, 'ts')
    const argument = /classify\((\{.*\})\)/s.exec(example!)![1]!
    const event = new Function(`return ${argument}`)() as KernelEvent
    expect(api.classify(event)).toEqual(JSON.parse(blocks(readme, 'json')[0]!))
  })

  it('shows how an unknown kernel becomes known', () => {
    const unknown = trace([kernel('acme_7', op('acme::act', t('64,8 bf16')))])
    const document = api.unknownKernels(unknown, api.classifyTrace(unknown))
    Object.assign(document.kernels[0]!, {
      op: 'gelu',
      dimensions: { elements: 'inputs[0].elements', dtype: 'bf16' },
    })
    const { database } = api.addKernels(document)
    expect(api.classifyTrace(unknown, { database: api.kernelDatabase(database) })[0]!.call).toEqual(
      {
        op: 'gelu',
        elements: 512,
        dtype: 'bf16',
      },
    )
  })

  it('names every export', () => {
    for (const name of Object.keys(api)) expect(readme).toContain(`\`${name}\``)
  })
})

describe('the guide', () => {
  it('counts the rules', () => {
    const { rules, operatorRules } = api.kernelDatabase()
    const operators = operatorRules.reduce((sum, rule) => sum + namesOf(rule).length, 0)
    const names = file('../fixtures/field-names.tsv').trim().split('\n').length
    const told = (pattern: RegExp) => Number(pattern.exec(guide)?.[1])
    expect(told(/There are (\d+) kernel rules/)).toBe(rules.length)
    expect(told(/rules for (\d+) operators/)).toBe(operators)
    expect(told(/has (\d+) more/)).toBe(names)
  })

  it('shows documents that are read', () => {
    const documents = blocks(guide, 'json')
    const [unknown, own] = ['flowsim.unknown-kernels', 'flowsim.kernel-database'].map((tag) =>
      documents.find((text) => text.includes(`"schema": "${tag}`)),
    )
    expect(api.addKernels(JSON.parse(unknown!)).skipped).toHaveLength(1)
    expect(api.readRules(JSON.parse(own!)).kernels).toHaveLength(2)
  })

  it('shows a rule as it is', () => {
    const rule = api.kernelDatabase().rules.find(({ id }) => id === 'moe.matmul_ogs')!
    expect(blocks(guide, 'json').map(parsed)).toContainEqual(rule.rule)
  })
})

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
