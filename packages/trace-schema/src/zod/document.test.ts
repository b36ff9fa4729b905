import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { DocumentName } from '../document.js'
import { TraceSchemaError } from '../errors.js'
import { DOCUMENTS, jsonSchema, readDocument, readTagged } from './document.js'

const estimate = {
  schema: 'flowsim.estimate/1',
  latencyS: 1e-5,
  p10S: 9e-6,
  p90S: 2e-5,
  flops: 10,
  bytes: 10,
  bound: 'memory',
  parts: { computeS: 0, memoryS: 8e-6, launchS: 2e-6, networkS: 0 },
  model: 'roofline',
  hardware: 'h100_sxm',
  profile: null,
}

/** The error that `run` throws. */
function refusal(run: () => unknown): TraceSchemaError {
  try {
    run()
  } catch (error) {
    if (error instanceof TraceSchemaError) return error
    throw error
  }
  throw new Error('expected a TraceSchemaError')
}

/** JSON whose lists of words and numbers take a line each, not a line a word. */
const inFewLines = (json: string) =>
  json.replace(
    /\[\s+((?:"[^"\\]*"|[-\d.]+)(?:,\s+(?:"[^"\\]*"|[-\d.]+))*)\s+\]/g,
    (_, items: string) => `[${items.replace(/,\s+/g, ', ')}]`,
  )

describe('readDocument', () => {
  it('returns a valid document', () => {
    expect(readDocument('estimate', estimate)).toEqual(estimate)
  })

  it.each([
    ['untagged', { latencyS: 1 }],
    ['untagged', null],
    ['untagged', [1]],
    ['wrong_document', { schema: 'flowsim.hardware-spec/1' }],
    ['unknown_document', { schema: 'flowsim.nothing/1' }],
    ['unknown_document', { schema: 'flowsim.constructor/1' }],
    ['newer_major', { schema: 'flowsim.estimate/2' }],
    ['no_upgrade', { schema: 'flowsim.estimate/0' }],
    ['invalid', { ...estimate, latencyS: -1 }],
  ])('refuses with %s', (code, value) => {
    const error = refusal(() => readDocument('estimate', value, 'x.json'))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(/^x\.json: /)
    expect(error.message).not.toContain('\n')
  })

  it('names the path of the first wrong field', () => {
    const error = refusal(() =>
      readDocument('estimate', { ...estimate, parts: { ...estimate.parts, launchS: 'x' } }),
    )
    expect(error.at?.path).toBe('parts.launchS')
  })
})

it('upgrades an older major step by step', () => {
  const kind = {
    major: 3,
    schema: z.object({ schema: z.string(), c: z.number() }),
    upgrades: {
      1: ({ a }: Record<string, unknown>) => ({ b: a }),
      2: ({ b }: Record<string, unknown>) => ({ c: b }),
    },
  }
  const read = readTagged('thing', kind, { schema: 'flowsim.thing/1', a: 7 }, 'x.json')
  expect(read).toEqual({ schema: 'flowsim.thing/3', c: 7 })
})

describe('published JSON Schemas', () => {
  const folder = new URL('../../schemas/', import.meta.url)

  it('there is one for each document, and no other', () => {
    const expected = Object.entries(DOCUMENTS).map(([name, { major }]) => `${name}.${major}.json`)
    expect(readdirSync(folder).sort()).toEqual(expected.sort())
  })

  it.each(Object.keys(DOCUMENTS) as DocumentName[])(
    '%s is that of the code; vitest -u writes it anew',
    async (name) => {
      const file = new URL(`${name}.${DOCUMENTS[name].major}.json`, folder)
      const text = `${inFewLines(JSON.stringify(jsonSchema(name), null, '\t'))}\n`
      await expect(text).toMatchFileSnapshot(fileURLToPath(file))
    },
  )
})
