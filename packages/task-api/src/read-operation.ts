// From the fields of a task to an operation with canonical dimensions.
//
// input_dim is what the original takes, for every operation that its form can express:
//   matmul, bmm            [shape of A, shape of B]
//   rows and columns       one shape; the last size is the columns of the input
//   elements               one shape; where there are devices, they are those of the system
// or, beyond the original, an object with the fields of an OpCall, for every operation there is.
import {
  type Dtype,
  FlowsimError,
  isOpName,
  OP_NAMES,
  OPERATIONS,
  type OpCall,
  type Operation,
  parseDtype,
} from '@flowsim/trace-schema'
import { opCallSchema, schemaFault, schemaFaultText } from '@flowsim/trace-schema/zod'

/** Why a task has no operation, with the original's code and words where it has some. */
export class TaskFault extends FlowsimError<'INVALID_INPUT' | 'NO_SYSTEM' | 'UNSUPPORTED_OP'> {
  override readonly name = 'TaskFault'
}

/** What the original says of a task that its checks refuse. */
export const REFUSALS = {
  dtype: 'invalid or unsupported dtype',
  dimension: 'invalid input dimension',
  op: 'unsupported op - no generic simulator available',
  noSystem: 'no valid system_key provided',
} as const

const BAD_DIMENSION = REFUSALS.dimension

type Shape = number[]

/** Names that a task can have, in order of the alphabet. */
export const SUPPORTED_OPS: readonly string[] = [...OP_NAMES].sort()

/** The first type that is named, as the original takes it for matmul. @throws TaskFault */
export function firstDtype(dtype: string | readonly string[]): Dtype {
  const name = typeof dtype === 'string' ? dtype : dtype[0]
  const known = name === undefined ? undefined : parseDtype(name)
  if (known === undefined)
    throw new TaskFault('INVALID_INPUT', `${REFUSALS.dtype}: ${String(name)}`)
  return known
}

/**
 * The operation of a task.
 * @param devices - devices of the system, for collectives
 * @throws TaskFault `INVALID_INPUT`, `UNSUPPORTED_OP`
 */
export function operationOf(op: string, input: unknown, dtype: Dtype, devices: number): OpCall {
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) {
    return fromFields(op, input as Record<string, unknown>, dtype)
  }
  if (op === 'matmul' || op === 'bmm') return product(op, input, dtype)
  if (!isOpName(op)) throw new TaskFault('UNSUPPORTED_OP', REFUSALS.op)
  return fromFields(op, sizesOf(OPERATIONS[op], oneShape(input), devices), dtype)
}

/** Sizes of an operation that one shape says everything of. */
function sizesOf(operation: Operation, shape: Shape, devices: number): Record<string, unknown> {
  const { op, fields, usual = {}, inputWidth = 1 } = operation
  const elements = shape.reduce((all, size) => all * size, 1)
  const cols = shape.at(-1)!
  const known: Record<string, unknown> = {
    ...usual,
    elements,
    devices,
    rows: elements / cols,
    cols: cols / inputWidth,
    dtype: undefined,
  }
  const needed = Object.keys(fields).filter((name) => fields[name]!.optional !== true)
  const isSized = needed.includes('rows') || needed.includes('elements')
  if (!isSized || !needed.every((name) => name in known)) {
    throw new TaskFault(
      'INVALID_INPUT',
      `${BAD_DIMENSION}: ${op} takes an object with its dimensions, see /openapi.json`,
    )
  }
  if (needed.includes('cols') && !Number.isInteger(known.cols)) {
    throw new TaskFault('INVALID_INPUT', `${BAD_DIMENSION}: odd width`)
  }
  return Object.fromEntries(
    needed.filter((name) => name !== 'dtype').map((name) => [name, known[name]]),
  )
}

function fromFields(op: string, fields: Record<string, unknown>, dtype: Dtype): OpCall {
  const call = opCallSchema.safeParse({ dtype, ...fields, op })
  if (call.success) return call.data
  if (schemaFault(call.error).field === 'op') throw new TaskFault('UNSUPPORTED_OP', REFUSALS.op)
  throw new TaskFault('INVALID_INPUT', `${BAD_DIMENSION}: ${schemaFaultText(call.error)}`)
}

function product(op: 'matmul' | 'bmm', input: unknown, dtype: Dtype): OpCall {
  if (!Array.isArray(input) || input.length < 2) throw new TaskFault('INVALID_INPUT', BAD_DIMENSION)
  const a = checkShape(input[0])
  const b = checkShape(input[1])
  const least = op === 'bmm' ? 3 : 2
  if (a.length < 2 || b.length < least || (op === 'bmm' && a.length < 3)) {
    throw new TaskFault(
      'INVALID_INPUT',
      `${BAD_DIMENSION}: ${op} of ${a.join('x')} and ${b.join('x')}`,
    )
  }
  const k = a.at(-1)!
  if (k !== b.at(-2)) {
    throw new TaskFault(
      'INVALID_INPUT',
      `${BAD_DIMENSION}: A has ${k} columns, B has ${b.at(-2)} rows`,
    )
  }
  const n = b.at(-1)!
  const before = (shape: Shape, kept: number) =>
    shape.slice(0, -kept).reduce((all, size) => all * size, 1)
  if (op === 'matmul') return { op, m: before(a, 1), n, k, dtype }
  if (before(a, 2) !== before(b, 2)) {
    throw new TaskFault(
      'INVALID_INPUT',
      `${BAD_DIMENSION}: batches of ${before(a, 2)} and ${before(b, 2)}`,
    )
  }
  return { op, batch: before(a, 2), m: a.at(-2)!, n, k, dtype }
}

// One shape, or the first of several: clients that send every tensor of a kernel name the input first.
function oneShape(input: unknown): Shape {
  const first = Array.isArray(input) && Array.isArray(input[0]) ? input[0] : input
  return checkShape(first)
}

function checkShape(value: unknown): Shape {
  const isShape =
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= 16 &&
    value.every((size) => Number.isSafeInteger(size) && (size as number) > 0)
  if (!isShape) throw new TaskFault('INVALID_INPUT', BAD_DIMENSION)
  const shape = value as Shape
  if (shape.reduce((all, size) => all * size, 1) > Number.MAX_SAFE_INTEGER) {
    throw new TaskFault('INVALID_INPUT', `${BAD_DIMENSION}: too large`)
  }
  return shape
}
