// docs/operations.md, made from the operations.
import { OP_FAMILIES } from '../op-family.js'
import {
  describeCall,
  OP_NAMES,
  OPERATIONS,
  type OpCall,
  type OpName,
  opWork,
} from '../ops/index.js'
import type { Field } from '../ops/shared/fields.js'

const HEAD = `# Operations

The work that kernels do, whatever kernel does it: the vocabulary of \`flowsim estimate\`, of kernel rules, of
latency models and of \`OpCall\` (JSON Schema: \`@flowsim/trace-schema/schemas/op-call.1.json\`). This page is
made from the operations' files in \`packages/trace-schema/src/ops/\`, where the formulas of their FLOPs and
bytes and the sources of these stand; [one more](contributing/operation.md) is one file more.

Sizes are whole numbers; dimensions in brackets may be left out. FLOPs count a multiply-add as two; bytes
are those of each operand read once and each result written once. Both are those of the example.
`

/** The page. */
export function operationsPage(): string {
  return [HEAD, ...OP_FAMILIES.flatMap(section)].join('\n')
}

function section(family: string): string[] {
  const ops = OP_NAMES.filter((op) => OPERATIONS[op].family === family)
  if (ops.length === 0) return []
  const rows = ops.map((op) => {
    const { title, fields, example } = OPERATIONS[op]
    const call = example as OpCall
    const { flops, readBytes, writeBytes } = opWork(call)
    return [
      `\`${op}\``,
      title,
      Object.entries(fields).map(fieldName).join(', '),
      describeCall(call),
      amount(flops),
      amount(readBytes + writeBytes),
    ]
  })
  const table = [['operation', 'what it is', 'dimensions', 'example', 'FLOPs', 'bytes'], ...rows]
  return [`## ${family.replace('_', ' ')}\n`, ...markdown(table), '', ...meanings(ops)]
}

const fieldName = ([name, field]: [string, Field]) => (field.optional ? `[${name}]` : name)

/** What the fields of some operations mean; where they mean different things, of which operation. */
function meanings(ops: readonly OpName[]): string[] {
  const said = new Map<string, OpName[]>()
  const having = new Map<string, number>()
  for (const op of ops) {
    for (const [name, field] of Object.entries(OPERATIONS[op].fields)) {
      having.set(name, (having.get(name) ?? 0) + 1)
      const text = meaning(name, field)
      if (text === '') continue
      const key = `${name}\n${text}`
      said.set(key, [...(said.get(key) ?? []), op])
    }
  }
  const lines = [...said].map(([key, by]) => {
    const [name, text] = key.split('\n') as [string, string]
    const of = by.length === having.get(name) ? '' : ` of ${by.map(quoted).join(', ')}`
    return `- ${quoted(name)}${of}: ${text}`
  })
  return lines.length > 0 ? [...lines, ''] : []
}

function meaning(name: string, field: Field): string {
  const isDtype = name.toLowerCase().endsWith('dtype')
  const words = field.type === 'string' && !isDtype ? field.enum : undefined
  const text = [field.description, words && `One of ${words.map(quoted).join(', ')}.`]
  return text.filter((part) => part !== undefined).join(' ')
}

const quoted = (word: string) => `\`${word}\``

function amount(value: number): string {
  if (value < 1e3) return `${Math.round(value)}`
  const steps = Math.min(3, Math.floor(Math.log10(value) / 3))
  return `${(value / 10 ** (3 * steps)).toPrecision(3)} ${'kMG'[steps - 1]}`
}

function markdown(table: string[][]): string[] {
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)))
  const line = (row: string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(table[0]!), rule, ...table.slice(1).map(line)]
}
