// The fields that a call of an operation has, as rules may set them.
import { OPERATIONS, type OpName } from '@flowsim/trace-schema'
import { KernelDbError } from '../errors.js'

/** Kind of a field of a call. */
export interface FieldKind {
  type: 'number' | 'boolean' | 'text' | 'list'
  isOptional: boolean
}

const KINDS = {
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  string: 'text',
  array: 'list',
} as const

const known = new Map<OpName, ReadonlyMap<string, FieldKind>>()

/** The fields that a call of an operation has, with their kinds. */
export function fieldsOf(op: OpName): ReadonlyMap<string, FieldKind> {
  const before = known.get(op)
  if (before !== undefined) return before
  const fields = new Map<string, FieldKind>()
  for (const [name, field] of Object.entries(OPERATIONS[op].fields)) {
    fields.set(name, { type: KINDS[field.type], isOptional: field.optional === true })
  }
  known.set(op, fields)
  return fields
}

/**
 * Checks that dimensions are fields of an operation, and that none is missing.
 * @throws KernelDbError with code `invalid_rule`
 */
export function checkFields(op: OpName, given: readonly string[]): void {
  const fields = fieldsOf(op)
  const missing = [...fields].filter(
    ([name, { isOptional }]) => !isOptional && !given.includes(name),
  )
  if (missing.length > 0) {
    const names = missing.map(([name]) => name).join(', ')
    throw new KernelDbError('invalid_rule', `${op} also needs ${names}`, 'dimensions')
  }
  const wrong = given.find((name) => !fields.has(name))
  if (wrong === undefined) return
  throw new KernelDbError(
    'invalid_rule',
    `${op} has no such dimension; it has ${[...fields.keys()].join(', ')}`,
    `dimensions.${wrong}`,
  )
}
