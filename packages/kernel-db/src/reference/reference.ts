// The kernel database of microsoft/FlowSim (kernels.json): as facts for its CSV, and as a file that can
// be read as a user's database.
//
// How the reference looks a kernel up: the exact kernel name; else the implementation (second frame of
// the call stack), unless that is a launcher of Triton or driver kernels. In both tables the last entry
// of a name wins. A matmul with exactly two recorded tensors gets the roles of A and B.
import type { OpFamily, OpName } from '@flowsim/trace-schema'
import { z } from 'zod'
import { KernelDbError } from '../errors.js'
import type { SourceOptions } from '../rules/database.js'
import { DATABASE_TAG, invalid, type KernelRule, type RuleFile } from '../rules/rule-file.js'
import data from './flowsim-kernels.json' with { type: 'json' }

interface ReferenceFile {
  kernels: {
    kernel_name: string
    kernel_implementation: string
    op_mapping: string
    operation: string
    source_code: string
    params: string[][]
  }[]
}

/** An entry of the reference's database, without examples. */
export interface ReferenceKernel {
  name: string
  implementation: string
  op: string
  operation: string
  sourceCode: string
  roles: string[]
  descriptions: string[]
}

/** What the reference's database says of a kernel. */
export type ReferenceMatch = Omit<ReferenceKernel, 'name' | 'implementation'>

/** Every entry of the reference's database, in its order. */
export const referenceDatabase: readonly ReferenceKernel[] = (data as ReferenceFile).kernels.map(
  (entry) => ({
    name: entry.kernel_name,
    implementation: entry.kernel_implementation,
    op: entry.op_mapping,
    operation: entry.operation,
    sourceCode: entry.source_code,
    roles: entry.params.map(([role]) => role!),
    descriptions: entry.params.map(([, description]) => description!),
  }),
)

const byName = new Map(referenceDatabase.map((entry) => [entry.name, entry]))
const byImplementation = new Map(referenceDatabase.map((entry) => [entry.implementation, entry]))

const LAUNCHERS = ['<built-in function launch>', 'cuLaunchKernelEx']

/**
 * Looks a kernel up as the reference does.
 * @param implementation - second frame of the call stack, or the first of a stack of one
 * @param tensors - number of recorded argument shapes
 */
export function matchReference(
  name: string,
  implementation: string,
  tensors: number,
): ReferenceMatch | undefined {
  const launched = LAUNCHERS.some((launcher) => implementation.includes(launcher))
  const entry = byName.get(name) ?? (launched ? undefined : byImplementation.get(implementation))
  if (entry === undefined) return undefined
  const { op, operation, sourceCode, roles, descriptions } = entry
  if (op === 'matmul' && tensors === 2) {
    return {
      op,
      operation: 'C = A @ B',
      sourceCode,
      roles: ['input', 'input'],
      descriptions: ['A', 'B'],
    }
  }
  return { op, operation, sourceCode, roles, descriptions }
}

/** The reference's names of operations in ours; the others are not settled there. */
const OPS: Record<string, { op: OpName; family?: OpFamily }> = {
  matmul: { op: 'matmul' },
  bmm: { op: 'bmm' },
  attention: { op: 'attention' },
  copy_: { op: 'copy' },
  fill_: { op: 'fill' },
  arange: { op: 'fill' },
  add: { op: 'elementwise' },
  sub: { op: 'elementwise' },
  mul: { op: 'elementwise' },
  div: { op: 'elementwise' },
  pow: { op: 'elementwise' },
  tanh: { op: 'elementwise' },
  bitwise_not: { op: 'elementwise' },
  masked_fill_: { op: 'elementwise' },
  sum: { op: 'reduce' },
  argmax: { op: 'reduce' },
  cumsum: { op: 'scan' },
  index: { op: 'gather' },
  index_select: { op: 'gather' },
  index_put_: { op: 'scatter' },
  layer_norm: { op: 'layernorm' },
  all_reduce: { op: 'all_reduce' },
  all_gather: { op: 'all_gather' },
  reduce_scatter: { op: 'reduce_scatter' },
}

/** The operation that the reference's name stands for; `undefined` for "TBD" and the empty name. */
export function referenceOp(name: string): OpName | undefined {
  return Object.hasOwn(OPS, name) ? OPS[name]!.op : undefined
}

const referenceFileSchema = z.array(
  z.object({
    kernel_name: z.string().min(1),
    op_mapping: z.string(),
    params: z
      .array(z.object({ role: z.string().optional(), description: z.string().optional() }))
      .optional(),
  }),
)

/**
 * Reads a `kernels.json` of the reference as a user's database. Entries whose operation is not settled
 * ("TBD") are left to the built-in rules.
 * @param value - parsed JSON
 * @throws KernelDbError when it is not a list of kernels, or an operation is not known
 */
export function readReferenceDatabase(
  value: unknown,
  { source = 'kernels.json' }: SourceOptions = {},
): RuleFile {
  const result = referenceFileSchema.safeParse(value)
  if (!result.success) throw invalid(result.error, source)
  const kernels = new Map<string, KernelRule>()
  result.data.forEach(({ kernel_name, op_mapping, params = [] }, i) => {
    if (op_mapping === '' || op_mapping === 'TBD') return
    const op = referenceOp(op_mapping)
    if (op === undefined) {
      throw new KernelDbError(
        'invalid_rule',
        `${source}: [${i}].op_mapping: "${op_mapping}" is not an operation of the reference; known are ${Object.keys(OPS).join(', ')}`,
        { source, at: { path: `[${i}].op_mapping` } },
      )
    }
    const tensors = params.map(({ role, description }) => ({
      ...(description ? { name: description } : {}),
      ...(role === 'input' || role === 'output' ? { role: role as 'input' | 'output' } : {}),
    }))
    kernels.set(kernel_name, {
      kernel: kernel_name,
      op,
      ...(tensors.length > 0 ? { tensors } : {}),
    })
  })
  return { schema: DATABASE_TAG, kernels: [...kernels.values()] }
}
