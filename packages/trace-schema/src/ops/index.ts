// Operations with canonical dimensions: the work that a kernel does, whatever kernel does it. What is
// known of each stands in the file of its name.
import { LIST } from './list.js'
import type { Operation } from './shared/operation.js'
import type { OpWork } from './shared/work.js'

type Known = (typeof LIST)[number]

/** Name of an operation. */
export type OpName = Known['op']

/** The call of one operation: `OpCallOf<'matmul'>` has `m`, `n` and `k`. */
export type OpCallOf<Op extends OpName> = Extract<Known, { op: Op }>['example']

/** An operation with its canonical dimensions, a union discriminated by `op`. */
export type OpCall = { [Op in OpName]: OpCallOf<Op> }[OpName]

/** Communication between devices. */
export type CollectiveCall = Extract<OpCall, { devices: number }>

/** Every {@link OpName}, in the order of the vocabulary. */
export const OP_NAMES: readonly OpName[] = LIST.map(({ op }) => op)

/** What is known of each operation, by its name. */
export const OPERATIONS: Readonly<Record<OpName, Operation<OpName>>> = Object.fromEntries(
  LIST.map((each) => [each.op, each]),
) as never

const NAMES: ReadonlySet<unknown> = new Set(OP_NAMES)

/** Whether a name is that of an operation. */
export function isOpName(name: unknown): name is OpName {
  return NAMES.has(name)
}

/** Whether a call is communication between devices. */
export function isCollective(call: { op: OpName }): call is CollectiveCall {
  return OPERATIONS[call.op].runsOn === 'links'
}

/**
 * The least work of an operation: FLOPs, and bytes with each operand read and each result written
 * once. Formulas and sources stand in the operation's file.
 */
export function opWork(call: OpCall): OpWork {
  return OPERATIONS[call.op].work(call as never)
}

/** Dimensions and types in a few characters: `8192×9216×7168 bf16` for a product of m×k and k×n. */
export function describeCall(call: OpCall): string {
  const types = typesOf(call)
  const sizes = OPERATIONS[call.op].describe(call as never)
  return types === '' ? sizes : `${sizes} ${types}`
}

function typesOf(call: object): string {
  const of = (key: string) => {
    const value = (call as Record<string, unknown>)[key]
    return typeof value === 'string' ? value : undefined
  }
  const dtype = of('dtype')
  if (!dtype) return ''
  const weight = of('weightDtype') ?? of('kvDtype') ?? of('cacheDtype')
  const out = of('outDtype')
  const inputs = weight && weight !== dtype ? `${dtype}×${weight}` : dtype
  return out && out !== dtype ? `${inputs}→${out}` : inputs
}
