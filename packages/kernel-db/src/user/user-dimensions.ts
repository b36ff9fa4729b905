// Dimensions from a user's description: numbers, words and expressions for the fields of a call.
import { type OpCall, opCallSchema } from '@flowsim/trace-schema'
import type { DimensionFunction, Dimensions } from '../dimensions/context.js'
import { isExpression, parseExpression, type Scope } from './expression.js'
import { type FieldKind, fieldsOf, type UserKernel } from './user-database.js'

type Field = (scope: Scope) => unknown

/** The dimension function of a description; `undefined` where it gives no dimensions. */
export function userDimensions(kernel: UserKernel): DimensionFunction | undefined {
  const given = kernel.dimensions
  if (given === undefined || Object.keys(given).length === 0) return undefined
  const kinds = fieldsOf(kernel.op)
  const fields = Object.entries(given).map(
    ([name, value]) => [name, reader(value, kinds.get(name)!)] as const,
  )
  return (context): Dimensions => {
    const call: Record<string, unknown> = { op: kernel.op }
    for (const [name, read] of fields) {
      const value = read(context)
      if (value === undefined) return `dimension ${name} cannot be computed for this kernel`
      call[name] = value
    }
    const result = opCallSchema.safeParse(call)
    if (result.success) return result.data as OpCall
    const issue = result.error.issues[0]
    return `dimension ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`
  }
}

function reader(value: unknown, kind: FieldKind): Field {
  if (Array.isArray(value)) {
    const each = value.map((item) => reader(item, { type: 'number', isOptional: false }))
    return (scope) => {
      const list = each.map((read) => read(scope))
      return list.includes(undefined) ? undefined : list
    }
  }
  if (typeof value !== 'string') return () => value
  if (kind.type === 'boolean' && /^(?:true|false)$/.test(value)) return () => value === 'true'
  if (kind.type === 'text' && !isExpression(value)) return () => value
  return parseExpression(value)
}
