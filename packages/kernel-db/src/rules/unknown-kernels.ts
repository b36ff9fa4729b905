// Kernels that no rule knows, in a form that a person completes: name the operation, give each of its
// dimensions as a number or an expression. `addKernels` takes the completed file.
import {
  type KernelEvent,
  type KernelOperation,
  type KernelTrace,
  OP_NAMES,
  type OperatorArg,
  type OpName,
} from '@flowsim/trace-schema'
import { opFamilySchema, tensorRoleSchema } from '@flowsim/trace-schema/zod'
import { z } from 'zod'
import { KernelDbError, located } from '../errors.js'
import { NamedArguments } from '../names/arguments.js'
import { kernelDatabase, type SourceOptions } from './database.js'
import {
  checkTag,
  DATABASE_TAG,
  invalid,
  type KernelRule,
  NO_OPERATION,
  type RuleFile,
} from './rule-file.js'

const UNKNOWN_TAG = 'flowsim.unknown-kernels/1'
const HELP =
  'Fill in "op" (matmul, attention, elementwise, …) and "dimensions": a number or an expression such as "inputs[0].shape[0]" for each; leave "op" empty to skip. Then: flowsim kernels add FILE. See docs/kernels.md.'

/** Frames of a call stack that tell where a kernel comes from. */
const FRAMES = 12

const size = z.int().nonnegative()

const unknownKernelSchema = z.object({
  kernel: z.string().min(1),
  operator: z.string().nullable(),
  count: size,
  timeNs: size,
  inputs: z.array(
    z.object({
      name: z.string().optional(),
      role: tensorRoleSchema.optional(),
      shape: z.array(z.int()),
      dtype: z.string().optional(),
    }),
  ),
  scalars: z.array(z.string()),
  grid: z.array(z.int()).optional(),
  block: z.array(z.int()).optional(),
  callStack: z.array(z.string()).optional(),
  op: z.enum(['', ...OP_NAMES], NO_OPERATION),
  family: z.union([opFamilySchema, z.literal('')]).optional(),
  auxiliary: z.boolean().optional(),
  dimensions: z.record(
    z.string(),
    z.union([z.number(), z.boolean(), z.string(), z.array(z.union([z.number(), z.string()]))]),
  ),
  note: z.string().optional(),
})

const unknownKernelsSchema = z.object({
  schema: z.literal(UNKNOWN_TAG),
  help: z.string().optional(),
  source: z.string(),
  kernels: z.array(unknownKernelSchema),
})

/** A kernel that no rule knows, with room for what it is. */
export interface UnknownKernel extends z.infer<typeof unknownKernelSchema> {}

/** The file `unknown-kernels.json`. */
export interface UnknownKernels extends z.infer<typeof unknownKernelsSchema> {}

/**
 * The kernels of a trace that have no operation, one entry for each name and operator, longest total
 * time first. The shapes are those of the longest kernel.
 */
export function unknownKernels(
  trace: KernelTrace,
  operations: readonly KernelOperation[],
): UnknownKernels {
  const found = new Map<string, { entry: UnknownKernel; longestNs: number }>()
  trace.kernels.forEach((kernel, i) => {
    if (operations[i]?.op !== null) return
    const key = `${kernel.name}\n${kernel.op?.name ?? ''}`
    const known = found.get(key)
    if (known === undefined) {
      found.set(key, { entry: describe(kernel), longestNs: kernel.durationNs })
      return
    }
    known.entry.count++
    known.entry.timeNs += kernel.durationNs
    if (kernel.durationNs > known.longestNs) {
      const { count, timeNs } = known.entry
      known.entry = { ...describe(kernel), count, timeNs }
      known.longestNs = kernel.durationNs
    }
  })
  const kernels = [...found.values()]
    .map(({ entry }) => entry)
    .sort((a, b) => b.timeNs - a.timeNs || (a.kernel < b.kernel ? -1 : 1))
  return { schema: UNKNOWN_TAG, help: HELP, source: trace.source, kernels }
}

function describe(kernel: KernelEvent): UnknownKernel {
  const args =
    kernel.tensors === undefined
      ? new NamedArguments(kernel.op?.args ?? [])
      : NamedArguments.ofTensors(kernel.tensors)
  return {
    kernel: kernel.name,
    operator: kernel.op?.name ?? null,
    count: 1,
    timeNs: kernel.durationNs,
    inputs: args.tensors.map(({ name, role, shape, dtype }) => ({
      ...(name === undefined ? {} : { name }),
      ...(role === undefined ? {} : { role }),
      shape,
      ...(dtype === undefined ? {} : { dtype }),
    })),
    scalars: args.scalars,
    ...(kernel.grid === undefined ? {} : { grid: kernel.grid }),
    ...(kernel.block === undefined ? {} : { block: kernel.block }),
    ...(kernel.callStack === undefined ? {} : { callStack: kernel.callStack.slice(0, FRAMES) }),
    op: '',
    dimensions: {},
    note: '',
  }
}

/** What came of adding kernels. */
export interface AddedKernels {
  /** The database with the new descriptions; they replace those of the same kernel and operator. */
  database: RuleFile
  added: KernelRule[]
  /** Names of entries without an operation. */
  skipped: string[]
}

/** Where completed entries go. */
export interface AddOptions extends SourceOptions {
  /** The database that they are added to. */
  existing?: RuleFile | undefined
}

/**
 * Takes the completed entries of an `unknown-kernels.json` into a user's database.
 * @param value - parsed JSON of the completed file
 * @throws KernelDbError when the file is of another kind or version, or an entry is wrong
 */
export function addKernels(
  value: unknown,
  { existing, source = 'unknown-kernels.json' }: AddOptions = {},
): AddedKernels {
  checkTag(value, UNKNOWN_TAG, source)
  const result = unknownKernelsSchema.safeParse(value)
  if (!result.success) throw invalid(result.error, source)
  const added: KernelRule[] = []
  const skipped: string[] = []
  result.data.kernels.forEach((entry, i) => {
    if (entry.op === '') {
      skipped.push(entry.kernel)
      return
    }
    const kernel = toRule(entry, entry.op)
    tryOut(kernel, entry, source, `kernels[${i}]`)
    added.push(kernel)
  })
  const identity = ({ kernel, operator }: KernelRule) => JSON.stringify([kernel, operator])
  const replaced = new Set(added.map(identity))
  const kept = (existing?.kernels ?? []).filter((kernel) => !replaced.has(identity(kernel)))
  const database: RuleFile = {
    ...existing,
    schema: DATABASE_TAG,
    kernels: [...kept, ...added],
  }
  return { database, added, skipped }
}

/** The dimensions have to follow from the shapes that the entry shows. */
function tryOut(kernel: KernelRule, entry: UnknownKernel, source: string, path: string): void {
  if (kernel.dimensions === undefined) return
  const dimensions = located(source, path, () => kernelDatabase().dimensionsOf(kernel))
  const { grid, block } = entry
  const event = {
    name: entry.kernel,
    durationNs: 0,
    ...(grid === undefined ? {} : { grid }),
    ...(block === undefined ? {} : { block }),
  } as unknown as KernelEvent
  const found = dimensions({
    op: kernel.op,
    event,
    name: entry.kernel,
    groups: {},
    parameters: {},
    args: new NamedArguments(
      [
        ...entry.inputs.map((tensor) => ({ kind: 'tensor' as const, ...tensor })),
        ...entry.scalars.map((value) => ({ kind: 'scalar' as const, type: '', value })),
      ] as OperatorArg[],
      entry.inputs.map(({ name = '', role = 'input' }) => ({ name, role })),
    ),
    surroundings: {},
  })
  if (typeof found !== 'string') return
  throw new KernelDbError(
    'invalid_rule',
    `${source}: ${path}.dimensions: do not follow from the inputs shown: ${found}`,
    { source, at: { path: `${path}.dimensions` } },
  )
}

function toRule(entry: UnknownKernel, op: OpName): KernelRule {
  const named = entry.inputs.map(({ name, role }) => ({
    ...(name === undefined ? {} : { name }),
    ...(role === undefined ? {} : { role }),
  }))
  return {
    kernel: entry.kernel,
    ...(entry.operator === null ? {} : { operator: entry.operator }),
    op,
    ...(entry.family ? { family: entry.family } : {}),
    ...(entry.auxiliary === undefined ? {} : { auxiliary: entry.auxiliary }),
    ...(Object.keys(entry.dimensions).length > 0 ? { dimensions: entry.dimensions } : {}),
    ...(named.some((tensor) => Object.keys(tensor).length > 0) ? { tensors: named } : {}),
    ...(entry.note ? { note: entry.note } : {}),
  }
}
