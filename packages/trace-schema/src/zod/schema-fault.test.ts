import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { schemaFault, schemaFaultText } from './schema-fault.js'

const schema = z.strictObject({
  count: z.int().positive().max(8).optional(),
  name: z.string().min(2).optional(),
  list: z.array(z.number()).min(1).optional(),
  kind: z.enum(['cold', 'warm']).optional(),
  own: z.number({ error: 'a width in bits' }).optional(),
  load: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('constant'), rate: z.number() }),
      z.strictObject({ type: z.literal('poisson'), rate: z.number() }),
    ])
    .optional(),
  lengths: z.union([z.int().positive(), z.array(z.int())]).optional(),
  width: z.union([z.literal('auto'), z.number(), z.enum(['a', 'b'])]).optional(),
  either: z.union([z.number(), z.strictObject({ mean: z.number() })]).optional(),
  inner: z.strictObject({ both: z.union([z.number(), z.array(z.number())]) }).optional(),
})
const faultOf = (value: unknown) => schema.safeParse(value).error!

describe('what a schema found wrong', () => {
  it.each([
    [{ count: 'x' }, 'count: must be a number, not a text'],
    [{ count: 1.5 }, 'count: must be a whole number, not a number'],
    [{ count: 0 }, 'count: must be more than 0'],
    [{ count: 9 }, 'count: must be at most 8'],
    [{ name: 'x' }, 'name: must have at least 2 characters'],
    [{ list: [] }, 'list: must have at least 1 entry'],
    [{ list: [1, null] }, 'list[1]: must be a number, not null'],
    [{ kind: 'hot' }, 'kind: must be one of cold, warm'],
    [{ own: true }, 'own: a width in bits'],
    [{ load: { type: 'bursts' } }, 'load.type: must be one of constant, poisson'],
    [{ load: { type: 'poisson' } }, 'load.rate: is missing'],
    [{ either: 'x' }, 'either: must be a number or an object'],
    [{ lengths: 0 }, 'lengths: must be more than 0'],
    [{ lengths: 0.5 }, 'lengths: must be a whole number or a list'],
    [{ lengths: [0.5] }, 'lengths[0]: must be a whole number, not a number'],
    [{ width: true }, 'width: must be "auto" or a number or a, b'],
    [{ inner: {} }, 'inner.both: is missing'],
    [{ inner: { both: Number.NaN } }, 'inner.both: must be a number or a list'],
    [{ either: { mean: 'x' } }, 'either.mean: must be a number, not a text'],
    [{ either: { mena: 1 } }, 'either: unknown field mena'],
    [3, 'must be an object, not a number'],
  ])('%j: %s', (value, text) => {
    expect(schemaFaultText(faultOf(value))).toBe(text)
  })

  it('names an unknown field, before what is missing in its place', () => {
    expect(schemaFault(faultOf({ load: { type: 'poisson', rat: 1 } }))).toEqual({
      path: ['load'],
      field: 'load',
      text: 'unknown field rat',
      unknownField: 'rat',
    })
  })
})
