// Refuses operations that no model can answer: an unknown name, a dimension that is missing, negative,
// fractional or beyond the exact integers, an element type that does not exist. The schema of the
// vocabulary says what each operation needs; its rules are read once into flat tables, because models
// are asked hundreds of thousands of times a second.
import { DTYPES, type OpCall, type OpName, opCallSchema } from '@flowsim/trace-schema'
import { z } from 'zod'
import { PerfModelError } from './errors.js'

interface NumberRule {
  key: string
  required: boolean
  integer: boolean
  /** Whether 0 is allowed. */
  zero: boolean
}

interface CallRules {
  numbers: NumberRule[]
  dtypes: { key: string; required: boolean }[]
  schema: z.ZodType
}

const KNOWN_DTYPES = new Set<unknown>(DTYPES)
const schemas = new Map<unknown, z.ZodObject>(
  opCallSchema.options.map((option) => [option.shape.op.value, option as z.ZodObject]),
)
const rules = new Map<OpName, CallRules>()

function rulesOf(op: OpName): CallRules {
  const known = rules.get(op)
  if (known !== undefined) return known
  const schema = schemas.get(op)
  if (schema === undefined) {
    throw new PerfModelError(
      'unsupported_op',
      `op: "${String(op)}" is no operation; known are ${[...schemas.keys()].join(', ')}`,
      'op',
    )
  }
  const made: CallRules = { numbers: [], dtypes: [], schema }
  for (const [key, field] of Object.entries(schema.shape) as [string, z.ZodType][]) {
    const required = !field.safeParse(undefined).success
    if (field.safeParse('bf16').success && !field.safeParse('no type').success) {
      made.dtypes.push({ key, required })
    } else if (field.safeParse(2).success) {
      const integer = !field.safeParse(1.5).success
      made.numbers.push({ key, required, integer, zero: field.safeParse(0).success })
    }
  }
  rules.set(op, made)
  return made
}

/**
 * Checks an operation before it is estimated.
 * @throws PerfModelError `unsupported_op`, `unsupported_dtype` or `invalid_dimension`; `field` names
 *   what is wrong
 */
export function checkCall(call: OpCall): void {
  const { numbers, dtypes, schema } = rulesOf(call.op)
  const values = call as unknown as Record<string, unknown>
  for (const { key, required } of dtypes) {
    const value = values[key]
    if (value === undefined ? required : !KNOWN_DTYPES.has(value)) {
      throw new PerfModelError(
        'unsupported_dtype',
        `${call.op}.${key}: ${value === undefined ? 'is missing' : `"${String(value)}" is no element type`}; one of ${DTYPES.join(', ')}`,
        key,
      )
    }
  }
  for (const { key, required, integer, zero } of numbers) {
    const value = values[key]
    if (value === undefined) {
      if (required) throw invalidDimension(call.op, key, 'is missing')
    } else if (typeof value !== 'number' || !Number.isFinite(value)) {
      throw invalidDimension(call.op, key, `${String(value)} is no number`)
    } else if (value < 0 || (value === 0 && !zero)) {
      throw invalidDimension(call.op, key, `${value} is ${zero ? 'negative' : 'not positive'}`)
    } else if (integer && value > Number.MAX_SAFE_INTEGER) {
      throw invalidDimension(call.op, key, `${value} is beyond 2^53`)
    } else if (integer && !Number.isInteger(value)) {
      throw invalidDimension(call.op, key, `${value} is no whole number`)
    }
  }
  if (call.op === 'attention' || call.op === 'conv') checkRest(call, schema)
}

/** The fields that are neither numbers nor element types, where an operation has required ones. */
function checkRest(call: OpCall, schema: z.ZodType): void {
  if (call.op === 'attention') {
    if (typeof call.causal !== 'boolean') {
      throw invalidDimension(call.op, 'causal', 'must be true or false')
    }
    return
  }
  const result = schema.safeParse(call)
  if (result.success) return
  const issue = result.error.issues[0]
  const key = issue === undefined ? 'op' : z.core.toDotPath(issue.path)
  throw invalidDimension(call.op, key, issue?.message ?? 'is wrong')
}

/** The error for a dimension that cannot be. */
export function invalidDimension(op: string, key: string, what: string): PerfModelError {
  return new PerfModelError('invalid_dimension', `${op}.${key}: ${what}`, key)
}
