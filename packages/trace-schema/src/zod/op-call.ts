// The schema of an operation, made from the fields in its file.
import { z } from 'zod'
import type { OpCall } from '../ops/index.js'
import { LIST } from '../ops/list.js'
import type { Field, Fields } from '../ops/shared/fields.js'
import type { Operation } from '../ops/shared/operation.js'

// Few fields differ in more than their words, and each reading of a fragment takes 0.1 ms at start.
const made = new Map<string, z.ZodType>()

function valueSchema(fragment: object): z.ZodType {
  const key = JSON.stringify(fragment)
  let schema = made.get(key)
  if (schema === undefined) {
    schema = z.fromJSONSchema(fragment as z.core.JSONSchema.JSONSchema)
    made.set(key, schema)
  }
  return schema
}

function fieldSchema({ optional, description, ...fragment }: Field): z.ZodType {
  const value = valueSchema(fragment)
  const field = optional === true ? value.optional() : value
  return description === undefined ? field : field.describe(description)
}

function callSchema(op: string, fields: Fields, atMost: Readonly<Record<string, string>> = {}) {
  const shape = Object.entries(fields).map(([name, field]) => [name, fieldSchema(field)])
  const call = z.object({
    schema: z.literal('flowsim.op-call/1').optional(),
    op: z.literal(op),
    ...(Object.fromEntries(shape) as Record<string, z.ZodType>),
  })
  const parts = Object.entries(atMost)
  if (parts.length === 0) return call
  return call.check(({ value, issues }) => {
    const sizes = value as Record<string, unknown>
    for (const [part, whole] of parts) {
      if (Number(sizes[part]) > Number(sizes[whole])) {
        const message = `${String(sizes[part])} is more than ${whole} (${String(sizes[whole])})`
        issues.push({ code: 'custom', path: [part], message, input: value })
      }
    }
  })
}

const [first, ...rest] = LIST.map(({ op, fields, ...more }) =>
  callSchema(op, fields, (more as Partial<Operation>).atMost),
)

/** Validates an `OpCall`. */
export const opCallSchema = z.discriminatedUnion('op', [first!, ...rest]).meta({
  description: 'An operation with its canonical dimensions.',
}) as unknown as z.ZodType<OpCall>
