// JSON Schemas of the YAML files that people write, published with the command: every example keeps to them.
import { readdirSync, readFileSync } from 'node:fs'
import { scenariosJsonSchema } from '@flowsim/replay'
import { comparisonJsonSchema, schemaLine, servingJsonSchema } from '@flowsim/serving-sim'
import { STEP_TIMES } from '@flowsim/step-time'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { configurationText } from './commands/serving/init/configuration.js'

const SCHEMAS = {
  serving: servingJsonSchema(STEP_TIMES),
  comparison: comparisonJsonSchema(),
  'what-if': scenariosJsonSchema(),
}
type Name = keyof typeof SCHEMAS

const root = new URL('../../../', import.meta.url)
const textOf = (path: string) => readFileSync(new URL(path, root), 'utf8')

/** What a schema finds wrong with a document; nothing: it keeps to it. */
function faults(name: Name, document: unknown): unknown {
  const check = new Ajv2020({ strict: false }).compile(SCHEMAS[name])
  return check(document) ? [] : check.errors
}

it.each(Object.entries(SCHEMAS))(
  'schemas/%s.1.json is what is read; vitest -u writes it anew',
  async (name, schema) => {
    const { $schema, ...rest } = schema
    const document = {
      $schema,
      $id: `https://unpkg.com/@flowsim/cli/schemas/${name}.1.json`,
      title: `${name} (FlowSim)`,
      ...rest,
    }
    const text = `${JSON.stringify(document, null, 2)}\n`
    await expect(text).toMatchFileSnapshot(`../schemas/${name}.1.json`)
  },
)

describe('an example', () => {
  // One is a file of another simulator, which a configuration names.
  const examples = readdirSync(new URL('examples/serving/', root)).filter(
    (name) => name.endsWith('.yaml') && name !== 'requestgenconfig.yaml',
  )

  it.each(examples)('%s names its schema, and keeps to it', (name) => {
    const text = textOf(`examples/serving/${name}`)
    const document = name === 'compare.yaml' ? 'comparison' : 'serving'
    expect(text.startsWith(schemaLine(document))).toBe(true)
    expect(faults(document, parse(text))).toEqual([])
  })

  it('of serving init does, too', () => {
    const text = configurationText({
      model: 'llama-3.1-8b',
      hardware: 'h100_sxm',
      tensorParallel: 2,
    })
    expect(text.startsWith(schemaLine('serving'))).toBe(true)
    expect(faults('serving', parse(text))).toEqual([])
  })

  it.each(['docs/serving.md', 'docs/replay.md'])(
    'of %s keeps to the schema of what it is',
    (page) => {
      const blocks = [...textOf(page).matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(
        ([, yaml]) => parse(yaml!) as Record<string, unknown>,
      )
      const whole = blocks.filter(
        (block) => block !== null && /scenarios|runs|workload/.test(Object.keys(block).join()),
      )
      expect(whole.length).toBeGreaterThan(0)
      for (const block of whole) {
        const name = 'scenarios' in block ? 'what-if' : 'runs' in block ? 'comparison' : 'serving'
        expect(faults(name, block), JSON.stringify(block)).toEqual([])
      }
    },
  )
})

it.each([
  ['a field that there is not', 'serving', { workload: { type: 'synthetic', request: 1 } }],
  ['a number below what is possible', 'serving', { seed: -1 }],
  ['a word that there is not', 'serving', { engine: 'nonsense' }],
  ['a comparison without runs', 'comparison', { seed: 1 }],
  ['a change that there is not', 'what-if', { scenarios: [{ name: 'x', changes: [{ do: 'x' }] }] }],
] as const)('%s is found', (_, name, document) => {
  expect(faults(name, document)).not.toEqual([])
})
