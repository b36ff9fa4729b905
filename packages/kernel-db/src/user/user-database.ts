// A user's own kernels: a file of descriptions that come before the built-in rules.
//   { "schema": "flowsim.kernel-database/1",
//     "kernels": [{ "kernel": "my_gemm*", "op": "matmul",
//                   "dimensions": { "m": "inputs[0].shape[0]", "n": 4096, …, "dtype": "bf16" } }] }
import {
  OP_NAMES,
  type OpName,
  opCallSchema,
  opFamilySchema,
  tensorRoleSchema,
} from '@flowsim/trace-schema'
import { z } from 'zod'
import { KernelDbError } from '../errors.js'
import { isExpression, parseExpression } from './expression.js'

const text = z.string().min(1).max(10_000)
const single = z.union([z.number(), z.boolean(), z.string().max(1000)])

/** A wrong operation is answered with those that there are. */
export const NO_OPERATION = {
  error: ({ input }: { input?: unknown }) =>
    `${JSON.stringify(input)} is no operation; there are ${OP_NAMES.join(', ')}`,
}

const userKernelSchema = z.object({
  kernel: text.describe('Name of the kernel; * stands for any characters.'),
  operator: text.optional().describe('Name of an operator around the launch; * as above.'),
  op: z.enum(OP_NAMES, NO_OPERATION),
  family: opFamilySchema.optional(),
  library: z.string().optional(),
  auxiliary: z.boolean().optional(),
  fused: z.array(z.string()).optional(),
  dimensions: z.record(z.string(), z.union([single, z.array(single)])).optional(),
  tensors: z
    .array(z.object({ name: z.string().optional(), role: tensorRoleSchema.optional() }))
    .optional()
    .describe('Names and roles of the recorded tensors, in order.'),
  note: z.string().optional(),
})

/** A kernel that a user described. */
export type UserKernel = z.infer<typeof userKernelSchema>

/** Name and version of a user's kernel database. */
export const DATABASE_TAG = 'flowsim.kernel-database/1'

const userDatabaseSchema = z.object({
  schema: z.literal(DATABASE_TAG),
  kernels: z.array(userKernelSchema),
})

/** A user's kernel database. */
export type UserDatabase = z.infer<typeof userDatabaseSchema>

/**
 * Reads a user's kernel database.
 * @param value - parsed JSON
 * @param source - name of the input, for error messages
 * @throws KernelDbError when it is another kind of document, of another version, or has a wrong field
 */
export function readUserDatabase(value: unknown, source = 'kernel database'): UserDatabase {
  checkTag(value, DATABASE_TAG, source)
  const result = userDatabaseSchema.safeParse(value)
  if (!result.success) throw invalid(result.error, source)
  for (const [i, kernel] of result.data.kernels.entries()) {
    checkKernel(kernel, source, `kernels[${i}]`)
  }
  return result.data
}

/** Refuses documents of other kinds and versions, in one line. */
export function checkTag(value: unknown, expected: string, source: string): void {
  const tag =
    typeof value === 'object' && value !== null ? (value as { schema?: unknown }).schema : undefined
  if (tag === expected) return
  const [kind, version] = expected.split('/')
  if (typeof tag === 'string' && tag.startsWith(`${kind}/`)) {
    throw new KernelDbError(
      'other_version',
      `${source}: is of version ${tag.slice(kind!.length + 1)}, this FlowSim reads version ${version}; write it again with this FlowSim`,
      'schema',
    )
  }
  throw new KernelDbError(
    'wrong_document',
    typeof tag === 'string'
      ? `${source}: is a "${tag}", expected "${expected}"`
      : `${source}: no "schema" tag; the file starts with "schema": "${expected}"`,
    'schema',
  )
}

/** One line for the first fault that zod found. */
export function invalid(error: z.ZodError, source: string): KernelDbError {
  const issue = error.issues[0]
  const path = issue === undefined ? '' : z.core.toDotPath(issue.path)
  const more = error.issues.length > 1 ? ` (and ${error.issues.length - 1} more)` : ''
  const where = path === '' ? source : `${source}: ${path}`
  return new KernelDbError('invalid_document', `${where}: ${issue?.message ?? 'invalid'}${more}`, {
    at: { path },
    cause: error,
  })
}

/** The fields that a call of an operation has, with their kinds. */
export function fieldsOf(op: OpName): ReadonlyMap<string, FieldKind> {
  const option = opCallSchema.options.find(({ shape }) => shape.op.value === op)!
  const fields = new Map<string, FieldKind>()
  for (const [name, schema] of Object.entries(option.shape)) {
    if (name !== 'op' && name !== 'schema') fields.set(name, kindOf(schema as z.ZodType))
  }
  return fields
}

/** Kind of a field of a call. */
export interface FieldKind {
  type: 'number' | 'boolean' | 'text' | 'list'
  isOptional: boolean
}

function kindOf(schema: z.ZodType): FieldKind {
  const { type } = schema.def
  if (type === 'optional') {
    const inner = kindOf((schema as z.ZodOptional<z.ZodType>).unwrap())
    return { ...inner, isOptional: true }
  }
  const kind =
    type === 'number'
      ? 'number'
      : type === 'boolean'
        ? 'boolean'
        : type === 'array'
          ? 'list'
          : 'text'
  return { type: kind, isOptional: false }
}

/** Checks names and expressions of a kernel's dimensions, and that none is missing. */
export function checkKernel(kernel: UserKernel, source: string, path: string): void {
  const fields = fieldsOf(kernel.op)
  const given = kernel.dimensions ?? {}
  const missing = [...fields].filter(([name, { isOptional }]) => !isOptional && !(name in given))
  if (Object.keys(given).length > 0 && missing.length > 0) {
    throw new KernelDbError(
      'invalid_rule',
      `${source}: ${path}.dimensions: ${kernel.op} also needs ${missing.map(([name]) => name).join(', ')}`,
      `${path}.dimensions`,
    )
  }
  for (const [name, value] of Object.entries(given)) {
    const field = fields.get(name)
    const at = `${path}.dimensions.${name}`
    if (field === undefined) {
      throw new KernelDbError(
        'invalid_rule',
        `${source}: ${at}: ${kernel.op} has no such dimension; it has ${[...fields.keys()].join(', ')}`,
        at,
      )
    }
    for (const each of [value].flat()) {
      const reads =
        typeof each === 'string' &&
        (field.type === 'number' || field.type === 'list' || isExpression(each))
      if (!reads) continue
      try {
        parseExpression(each)
      } catch (error) {
        if (!(error instanceof KernelDbError)) throw error
        throw new KernelDbError(error.code, `${source}: ${at}: ${error.message}`, at)
      }
    }
  }
}

/** A pattern where `*` stands for any characters, as a test. */
function glob(pattern: string): (text: string) => boolean {
  if (!pattern.includes('*')) return (text) => text === pattern
  const parts = pattern.split('*')
  const first = parts[0]!
  const last = parts[parts.length - 1]!
  return (text) => {
    if (text.length < first.length + last.length) return false
    if (!text.startsWith(first) || !text.endsWith(last)) return false
    let at = first.length
    for (const part of parts.slice(1, -1)) {
      const found = text.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return at <= text.length - last.length
  }
}

/** Tests for the kernel and the operator of a description. */
export interface UserMatcher {
  kernel: (raw: string, readable: string) => boolean
  /** Absent where any operator will do. */
  operator?: (operators: readonly string[]) => boolean
}

/** The tests that a description stands for; a name is tried as written and as rules read it. */
export function userMatcher(kernel: UserKernel): UserMatcher {
  const name = glob(kernel.kernel)
  const matcher: UserMatcher = { kernel: (raw, readable) => name(raw) || name(readable) }
  if (kernel.operator !== undefined) {
    const operator = glob(kernel.operator)
    matcher.operator = (operators) => operators.some(operator)
  }
  return matcher
}
