// A file of rules, built-in or a user's: what kernels do, told from their names; the arguments of
// operators; formulas for dimensions.
//   { "schema": "flowsim.kernel-database/1",
//     "kernels": [{ "kernel": "my_gemm*", "op": "matmul",
//                   "dimensions": { "m": "inputs[0].shape[0]", "n": 4096, …, "dtype": "bf16" } }],
//     "operators": [{ "operator": "acme::linear", "params": "a b bias", "op": "matmul" }] }
import { OP_NAMES } from '@flowsim/trace-schema'
import { opFamilySchema, schemaFault, tensorRoleSchema } from '@flowsim/trace-schema/zod'
import { z } from 'zod'
import { KernelDbError } from '../errors.js'

const text = z.string().min(1).max(10_000)
const patterns = z
  .union([text, z.array(text).min(1)])
  .describe('A name, * for any characters; or a regular expression in slashes; or a list of them.')
const single = z.union([z.number(), z.boolean(), z.string().max(1000)])

/** A wrong operation is answered with those that there are. */
export const NO_OPERATION = {
  error: ({ input }: { input?: unknown }) =>
    `${input === undefined ? 'is missing' : `${JSON.stringify(input)} is not an operation`}; there are ${OP_NAMES.join(', ')}`,
}
const opName = z.enum(OP_NAMES, NO_OPERATION)

const fieldsSchema = z
  .record(z.string(), z.union([single, z.array(single)]))
  .describe('A number, word or expression for each field of the call.')
const parametersSchema = z
  .record(z.string(), single)
  .describe('Constants for the formula or function that finds the dimensions.')

const argumentSchema = z
  .union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))])
  .describe('"bf16[8,1024]", "int64[32,4096]{1,0}" with strides, a value, or a list.')

const exampleSchema = z.union([
  text,
  z.strictObject({
    note: z.string().optional(),
    kernel: text.optional(),
    operators: z.array(text).optional().describe('Around the launch, innermost first.'),
    args: z.array(argumentSchema).optional().describe('Of the innermost operator, in order.'),
    call: z.looseObject({ op: opName }).optional().describe('What has to be found.'),
  }),
])

const kernelRuleSchema = z.strictObject({
  id: text.optional().describe('Unique, `library.what`.'),
  note: z.string().optional(),
  kernel: patterns.describe('Found in the name: demangled, without result type and parameters.'),
  operator: patterns.optional().describe('Has to be found in an operator around the launch.'),
  op: opName,
  family: opFamilySchema.optional().describe('That of `op` if absent.'),
  library: z.string().optional(),
  dimensions: z
    .union([text, fieldsSchema])
    .optional()
    .describe('Name of a formula or function, or a formula; the usual one of `op` if absent.'),
  parameters: parametersSchema.optional(),
  auxiliary: z.boolean().optional().describe('It helps a kernel that is charged with the work.'),
  fused: z.array(z.string()).optional().describe('Operations in the kernel beyond `op`.'),
  tensors: z
    .union([
      text,
      z.array(z.strictObject({ name: z.string().optional(), role: tensorRoleSchema.optional() })),
    ])
    .optional()
    .describe('Names of recorded tensors that have none, in order, as `params` of operators.'),
  examples: z.array(exampleSchema).optional(),
})

const operatorRuleSchema = z.strictObject({
  operator: patterns.describe('As for kernels; {a,b}::c stands for a::c and b::c.'),
  note: z.string().optional(),
  params: z
    .union([z.string(), z.array(z.string()).min(1)])
    .describe(
      'Names of the positional arguments, in order: >out is written, ~x read and written, _ has no name. Lists where versions differ: the one as long as what was recorded counts, else the first.',
    ),
  op: opName,
  family: opFamilySchema.optional(),
  library: z.string().optional(),
  dimensions: text.optional(),
  parameters: parametersSchema.optional(),
  fused: z.array(z.string()).optional(),
  decides: z
    .boolean()
    .optional()
    .describe('false: it names arguments, but does not say what a kernel in it does.'),
  examples: z.array(exampleSchema).optional(),
})

const formulaSchema = z.strictObject({
  note: z.string().optional(),
  op: opName.optional().describe('Operation of the call; that of the rule if absent.'),
  operands: z
    .record(z.string(), z.string())
    .describe('Tensors: `input ?? x` is the first of these names that is there; `out?` may lack.'),
  dimensions: fieldsSchema,
  missing: z
    .record(z.string(), z.string())
    .optional()
    .describe('What to say where a dimension cannot be told.'),
  else: text.optional().describe('Formula or function for kernels without the operands.'),
})

/** Name and version of a file of rules. */
export const DATABASE_TAG = 'flowsim.kernel-database/1'

const ruleFileSchema = z.strictObject({
  schema: z.literal(DATABASE_TAG),
  about: z.string().optional(),
  define: z
    .record(z.string(), z.string())
    .optional()
    .describe('Pieces of regular expressions by the names that stand for them: $ and {NAME}.'),
  kernels: z.array(kernelRuleSchema).optional(),
  operators: z.array(operatorRuleSchema).optional(),
  formulas: z.record(z.string(), formulaSchema).optional(),
  operations: z
    .partialRecord(z.enum(OP_NAMES), text)
    .optional()
    .describe('Formula or function of each operation where a rule names none.'),
})

/** What a kernel does, told from its name and, where names are shared, from the operator. */
export interface KernelRule extends z.infer<typeof kernelRuleSchema> {}

/** The arguments of a framework operator, and what it does. */
export interface OperatorRule extends z.infer<typeof operatorRuleSchema> {}

/** A real kernel or call of an operator that a rule is for. */
export type RuleExample = z.infer<typeof exampleSchema>

/** Dimensions as expressions over operands. */
export type Formula = z.infer<typeof formulaSchema>

/** A file of rules. */
export interface RuleFile extends z.infer<typeof ruleFileSchema> {}

/** Constants of a rule. */
export type RuleParameters = z.infer<typeof parametersSchema>

/**
 * Reads a file of rules.
 * @param value - parsed JSON
 * @param source - name of the input, for error messages
 * @throws KernelDbError when it is another kind of document, of another version, or has a wrong field
 */
export function readRuleFile(value: unknown, source: string): RuleFile {
  checkTag(value, DATABASE_TAG, source)
  const result = ruleFileSchema.safeParse(value)
  if (!result.success) throw invalid(result.error, source)
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
      { source, at: { path: 'schema' } },
    )
  }
  throw new KernelDbError(
    'wrong_document',
    typeof tag === 'string'
      ? `${source}: is a "${tag}", expected "${expected}"`
      : `${source}: no "schema" tag; the file starts with "schema": "${expected}"`,
    { source, at: { path: 'schema' } },
  )
}

/** One line for the first fault that zod found. */
export function invalid(error: z.ZodError, source: string): KernelDbError {
  const { field, text } = schemaFault(error)
  const more = error.issues.length > 1 ? ` (and ${error.issues.length - 1} more)` : ''
  const where = field === '' ? source : `${source}: ${field}`
  return new KernelDbError('invalid_document', `${where}: ${text}${more}`, {
    source,
    at: { path: field },
    cause: error,
  })
}
