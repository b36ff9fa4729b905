// The first fault of an operation's fields: what is missing, negative, broken where it must be whole,
// beyond what any machine holds, larger than what it is a part of, or none of the words that it may be. The fields are read once into flat tables,
// because models are asked hundreds of thousands of times a second.
import { didYouMean } from '../closest-names.js'
import { DTYPES } from '../dtype.js'
import { isOpName, OP_NAMES, OPERATIONS, type OpName } from './index.js'
import type { Field, NumberField, TextField } from './shared/fields.js'
import type { Operation } from './shared/operation.js'

/** What is wrong with a call. */
export interface CallFault {
  kind: 'op' | 'dtype' | 'dimension'
  /** The field at fault, such as `k` or `kernelSize[1]`. */
  path: string
  /** What is wrong, in words that follow the field's name. */
  what: string
}

interface Rule {
  name: string
  required: boolean
}

interface NumberRule extends Rule {
  integer: boolean
  /** Whether 0 is allowed. */
  zero: boolean
  most: number
}

interface Rules {
  numbers: NumberRule[]
  dtypes: Rule[]
  rest: (Rule & { field: Field })[]
  /** Pairs of fields of which the first is a part of the second. */
  parts: (readonly [part: string, whole: string])[]
}

const KNOWN_DTYPES = new Set<unknown>(DTYPES)
const rules = new Map<OpName, Rules>()

function rulesOf(op: OpName): Rules {
  const known = rules.get(op)
  if (known !== undefined) return known
  const { fields, atMost = {} } = OPERATIONS[op] as Operation
  const made: Rules = { numbers: [], dtypes: [], rest: [], parts: Object.entries(atMost) }
  for (const [name, field] of Object.entries(fields)) {
    const required = field.optional !== true
    if (field.type === 'integer' || field.type === 'number') {
      made.numbers.push({ name, required, ...bounds(field) })
    } else if (field.type === 'string' && field.enum === DTYPES) {
      made.dtypes.push({ name, required })
    } else {
      made.rest.push({ name, required, field })
    }
  }
  rules.set(op, made)
  return made
}

function bounds(field: NumberField) {
  return {
    integer: field.type === 'integer',
    zero: field.exclusiveMinimum === undefined,
    most: field.maximum ?? Number.MAX_VALUE,
  }
}

/**
 * The first fault of a call; undefined for one that the schema of operations takes, too. Fields that the
 * operation does not have are not looked at.
 */
export function callFault(call: { op: string }): CallFault | undefined {
  const { op } = call
  if (!isOpName(op)) {
    const what =
      op === undefined
        ? `is missing; one of ${OP_NAMES.join(', ')}`
        : `${shown(op)} is not an operation; known are ${OP_NAMES.join(', ')}${didYouMean(String(op), OP_NAMES)}`
    return { kind: 'op', path: 'op', what }
  }
  const { numbers, dtypes, rest, parts } = rulesOf(op)
  const values = call as unknown as Record<string, unknown>
  for (const { name, required } of dtypes) {
    const value = values[name]
    if (value === undefined ? required : !KNOWN_DTYPES.has(value)) {
      const found = value === undefined ? 'is missing' : `${shown(value)} is not an element type`
      return { kind: 'dtype', path: name, what: `${found}; one of ${DTYPES.join(', ')}` }
    }
  }
  for (const rule of numbers) {
    const what = numberFault(values[rule.name], rule)
    if (what !== undefined) return { kind: 'dimension', path: rule.name, what }
  }
  for (const rule of rest) {
    const fault = restFault(values[rule.name], rule)
    if (fault !== undefined) return fault
  }
  for (const [part, whole] of parts) {
    if (Number(values[part]) > Number(values[whole])) {
      const what = `${String(values[part])} is more than ${whole} (${String(values[whole])})`
      return { kind: 'dimension', path: part, what }
    }
  }
  return undefined
}

/** A value as it was written. */
const shown = (value: unknown) => JSON.stringify(value) ?? String(value)

function numberFault(
  value: unknown,
  { required, integer, zero, most }: NumberRule,
): string | undefined {
  if (value === undefined) return required ? 'is missing' : undefined
  if (typeof value !== 'number' || !Number.isFinite(value))
    return `${typeof value === 'number' ? value : shown(value)} is not a number`
  if (value < 0 || (value === 0 && !zero)) {
    return `${value} is ${zero ? 'negative' : 'not positive'}`
  }
  if (value > most) return `${value} is beyond ${powerOf2(most)}`
  if (integer && !Number.isInteger(value)) return `${value} is not a whole number`
  return undefined
}

function powerOf2(most: number): string {
  const power = Math.log2(most)
  return power > 20 && Number.isInteger(power) ? `2^${power}` : String(most)
}

function restFault(
  value: unknown,
  { name, required, field }: Rule & { field: Field },
): CallFault | undefined {
  if (value === undefined && !required) return undefined
  const wrong = (what: string, path = name): CallFault => ({ kind: 'dimension', path, what })
  if (field.type === 'boolean') {
    return typeof value === 'boolean' ? undefined : wrong('must be true or false')
  }
  if (field.type === 'array') {
    if (!Array.isArray(value)) return wrong('must be a list')
    const rule = { name, required: true, ...bounds(field.items) }
    for (const [i, item] of value.entries()) {
      const what = numberFault(item, rule)
      if (what !== undefined) return wrong(what, `${name}[${i}]`)
    }
    return undefined
  }
  if (typeof value !== 'string') return wrong('must be a text')
  const words = (field as TextField).enum
  if (words === undefined || words.includes(value)) return undefined
  return wrong(`must be one of ${words.join(', ')}`)
}
