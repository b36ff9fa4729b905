// The fields that a call of an operation has, as rules may set them.
import { OPERATIONS, type OpName } from '@flowsim/trace-schema'
import { KernelDbError } from '../errors.js'

/** Kind of a field of a call. */
export interface FieldKind {
  type: 'number' | 'boolean' | 'text' | 'list'
  isOptional: boolean
  /** The words that a text may be, where they are few. */
  options?: ReadonlySet<string>
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
    const options = field.type === 'string' && field.enum ? new Set(field.enum) : undefined
    fields.set(name, {
      type: KINDS[field.type],
      isOptional: field.optional === true,
      ...(options === undefined ? {} : { options }),
    })
  }
  known.set(op, fields)
  return fields
}

/** Whether a value is of the kind of a field; whether a number is a size, others tell. */
export function fits(value: unknown, { type, options }: FieldKind): boolean {
  if (type === 'list') return Array.isArray(value)
  if (type === 'text') return typeof value === 'string' && (options?.has(value) ?? true)
  return typeof value === type
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
