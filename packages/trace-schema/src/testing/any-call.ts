// Random calls of every operation, from the fields that it has.
import fc from 'fast-check'
import { OP_NAMES, OPERATIONS, type OpCall, type OpName } from '../ops/index.js'
import type { Field, NumberField } from '../ops/shared/fields.js'
import type { Operation } from '../ops/shared/operation.js'

/** Values of every kind that JSON has, and a few that it has not. */
export const anyValue = fc.oneof(
  fc.constantFrom(
    null,
    NaN,
    Infinity,
    -1,
    0,
    1,
    1.5,
    2 ** 53,
    2 ** 60,
    '',
    'bf16',
    'x',
    true,
    false,
  ),
  fc.constantFrom([], [1], [0], ['x'], {}, [null], [1.5], 'prefill', 'block'),
)

/** Any call of some operations, of all if none are given. */
export function anyCall(ops: readonly OpName[] = OP_NAMES): fc.Arbitrary<OpCall> {
  return fc.constantFrom(...ops).chain((op) => {
    const fields = Object.entries(OPERATIONS[op].fields)
    const values = Object.fromEntries(fields.map(([name, field]) => [name, valueFor(field)]))
    const requiredKeys = fields.filter(([, field]) => !field.optional).map(([name]) => name)
    const { atMost = {} } = OPERATIONS[op] as Operation
    return fc.record(values, { requiredKeys }).map((rest) => {
      const sizes = rest as Record<string, number>
      for (const [part, whole] of Object.entries(atMost)) {
        sizes[part] = Math.min(sizes[part]!, sizes[whole]!)
      }
      return { op, ...rest } as unknown as OpCall
    })
  })
}

function valueFor(field: Field): fc.Arbitrary<unknown> {
  switch (field.type) {
    case 'boolean':
      return fc.boolean()
    case 'string':
      return field.enum === undefined ? fc.string() : fc.constantFrom(...field.enum)
    case 'array':
      return fc.array(numberOf(field.items), { minLength: 1, maxLength: 3 })
    default:
      return numberOf(field)
  }
}

function numberOf({ type, exclusiveMinimum, maximum }: NumberField): fc.Arbitrary<number> {
  const min = exclusiveMinimum === undefined ? 0 : 1
  if (type === 'integer') {
    const max = Math.min(maximum ?? Infinity, 2 ** 20)
    return fc.oneof(fc.integer({ min, max: 64 }), fc.integer({ min, max }))
  }
  return fc.double({ min: min / 8, max: 2 ** 20, noNaN: true })
}
