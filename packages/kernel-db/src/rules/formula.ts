// Dimensions as expressions: a formula of a file, or one that stands in a rule.
import { callFault, type OpCall, type OpName, opWork } from '@flowsim/trace-schema'
import {
  type DimensionContext,
  type DimensionFunction,
  type Dimensions,
  NO_DTYPE,
  NO_SHAPES,
} from '../dimensions/context.js'
import { KernelDbError } from '../errors.js'
import { checkFields, type FieldKind, fieldsOf, fits } from './call-fields.js'
import {
  type Expression,
  isExpression,
  NONE,
  parseExpression,
  type Scope,
  type Value,
} from './expression.js'
import type { Formula } from './rule-file.js'

type Field = (scope: Scope) => unknown

interface Operand {
  name: string
  isOptional: boolean
  find: Expression
}

/** Types that go without saying where they are that of the operands. */
const FOLLOWS_DTYPE = new Set(['outDtype', 'weightDtype', 'kvDtype', 'cacheDtype'])

/**
 * Reads a formula for an operation.
 * @param otherwise - for kernels without the operands
 * @throws KernelDbError where an expression cannot be read or a dimension does not exist
 */
export function compileFormula(
  { op: own, operands: named, dimensions, missing = {} }: Formula,
  op: OpName,
  otherwise: DimensionFunction = () => NO_SHAPES,
): DimensionFunction {
  const known = new Set<string>()
  const operands = Object.entries(named).map(([key, text]): Operand => {
    const name = key.replace(/\?$/, '')
    const find = reading(`operands.${key}`, () => parseExpression(text, { known, tensors: true }))
    known.add(name)
    return { name, isOptional: key !== name, find }
  })
  const result = own ?? op
  checkFields(result, Object.keys(dimensions))
  const kinds = fieldsOf(result)
  const fields = Object.entries(dimensions).map(([name, value]) => {
    const read = reading(`dimensions.${name}`, () => reader(value, kinds.get(name)!, known))
    known.add(name)
    return [name, read, kinds.get(name)!] as const
  })
  return (context): Dimensions => {
    const found = new Map<string, Value>()
    const scope: Scope = { ...scopeOf(context), known: found }
    for (const { name, isOptional, find } of operands) {
      const operand = find(scope)
      if (operand === undefined && !isOptional) return otherwise(context)
      found.set(name, operand)
    }
    const call: Record<string, unknown> = { op: result }
    for (const [name, read, kind] of fields) {
      const value = read(scope)
      if (kind.isOptional && (value === NONE || isPlain(name, value, call))) continue
      if (value === undefined || value === NONE) return missing[name] ?? reasonOf(name)
      found.set(name, value as Value)
      call[name] = value
      if (!fits(value, kind)) return `dimension ${name}: ${JSON.stringify(value)} ${notOf(kind)}`
    }
    const fault = callFault(call as OpCall)
    return fault === undefined ? (call as OpCall) : `dimension ${fault.path}: ${fault.what}`
  }
}

/** Whether a field goes without saying: a type that is that of the operands, bytes that follow. */
function isPlain(name: string, value: unknown, call: Record<string, unknown>): boolean {
  if (FOLLOWS_DTYPE.has(name)) return value === call.dtype
  return name === 'readBytes' && callFault(call as OpCall) === undefined
    ? value === opWork(call as OpCall).readBytes
    : false
}

function notOf({ type, options }: FieldKind): string {
  return options === undefined ? `is not a ${type}` : `is not one of ${[...options].join(', ')}`
}

function scopeOf({ event, args, groups, parameters }: DimensionContext): Scope {
  return { event, args, groups, parameters }
}

function reasonOf(name: string): string {
  return name === 'dtype' ? NO_DTYPE : `dimension ${name} cannot be computed for this kernel`
}

function reading<Read>(path: string, read: () => Read): Read {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof KernelDbError)) throw error
    throw new KernelDbError(error.code, error.message, path)
  }
}

function reader(value: unknown, kind: FieldKind, known: ReadonlySet<string>): Field {
  if (Array.isArray(value)) {
    const each = value.map((item) => reader(item, { type: 'number', isOptional: false }, known))
    return (scope) => {
      const list = each.map((read) => read(scope))
      return list.includes(undefined) ? undefined : list
    }
  }
  if (typeof value !== 'string') return () => value
  if (kind.type === 'boolean' && /^(?:true|false)$/.test(value)) return () => value === 'true'
  if (kind.type === 'text' && !isExpression(value)) return () => value
  return parseExpression(value, { known })
}
