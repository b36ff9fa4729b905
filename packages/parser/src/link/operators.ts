// Operators as objects: arguments from the recorded shapes, types, strides and values. Equal operators
// are one object, however often they ran.
import type { KernelOperator, OperatorArg, TensorArg } from '@flowsim/trace-schema'
import { parseDtype } from '@flowsim/trace-schema'
import type { BytesInterner } from '../collect/interner.js'
import type { OperatorColumns } from '../collect/trace-store.js'
import type { Repairs } from '../repairs.js'
import { parseLenientJson, unescapeJson } from '../scan/lenient-json.js'
import { Tuples } from './tuples.js'

/** Kineto's words for arguments that are not tensors. */
const SCALAR_TYPES = new Set([
  'Scalar',
  'ScalarList',
  'GenericList',
  'GenericDict',
  'Optional',
  'String',
  'Device',
  'None',
  '',
])

/** Arguments, and whether any is a tensor with a shape. */
interface KnownArgs {
  list: OperatorArg[]
  haveShapes: boolean
}

export class Operators {
  readonly #tuples = new Tuples()
  readonly #args = new Map<number, KnownArgs>()
  readonly #operators = new Map<number, KernelOperator>()
  #keyRow = -1
  #key = 0

  constructor(
    private readonly columns: OperatorColumns,
    private readonly names: BytesInterner,
    private readonly texts: BytesInterner,
    private readonly repairs: Repairs,
  ) {}

  /** The operator of the innermost of the rows, which are outermost first. */
  operator(rows: readonly number[]): KernelOperator | undefined {
    const row = rows[rows.length - 1]
    if (row === undefined) return undefined
    let withShapes = row
    for (let i = rows.length - 1; i >= 0 && !this.#known(withShapes).haveShapes; i--) {
      if (this.#known(rows[i]!).haveShapes) withShapes = rows[i]!
    }
    const { name, extra } = this.columns
    let key = this.#tuples.after(this.#argsKey(withShapes), extra.data[row]!)
    for (let i = 0; i < rows.length; i++) key = this.#tuples.after(key, name.data[rows[i]!]!)
    let operator = this.#operators.get(key)
    if (operator === undefined) {
      operator = {
        name: this.name(row),
        args: this.args(withShapes),
        parents: rows
          .slice(0, -1)
          .reverse()
          .map((enclosing) => this.name(enclosing)),
      }
      if (withShapes !== row) operator.argsFrom = this.name(withShapes)
      const attributes = this.attributes(row)
      if (attributes !== undefined) operator.attributes = attributes
      this.#operators.set(key, operator)
    }
    return operator
  }

  name(row: number): string {
    return unescapeJson(this.names.text(this.columns.name.data[row]!))
  }

  args(row: number): OperatorArg[] {
    return this.#known(row).list
  }

  #known(row: number): KnownArgs {
    const key = this.#argsKey(row)
    let known = this.#args.get(key)
    if (known === undefined) {
      const list = this.#readArgs(row)
      known = { list, haveShapes: hasShapes(list) }
      this.#args.set(key, known)
    }
    return known
  }

  /** Members beyond the known ones, as text. */
  attributes(row: number): Record<string, string> | undefined {
    const id = this.columns.extra.data[row]!
    if (id < 0) return undefined
    const value = parseLenientJson(`{${this.texts.text(id).slice(0, -1)}}`)
    if (typeof value !== 'object' || value === null) return undefined
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        key,
        typeof member === 'string' ? member : JSON.stringify(member),
      ]),
    )
  }

  #argsKey(row: number): number {
    // A launch asks for the key of its operator three times in a row.
    if (row === this.#keyRow) return this.#key
    const { shapes, types, strides, values } = this.columns
    const tuples = this.#tuples
    const key = tuples.after(tuples.after(0, shapes.data[row]!), types.data[row]!)
    this.#keyRow = row
    this.#key = tuples.after(tuples.after(key, strides.data[row]!), values.data[row]!)
    return this.#key
  }

  #list(id: number): unknown[] {
    if (id < 0) return []
    const value = parseLenientJson(this.texts.text(id))
    if (Array.isArray(value)) return value
    this.repairs.add('malformed_arguments', 0)
    return []
  }

  #readArgs(row: number): OperatorArg[] {
    const { columns } = this
    const shapes = this.#list(columns.shapes.data[row]!)
    const types = this.#list(columns.types.data[row]!)
    const strides = this.#list(columns.strides.data[row]!)
    const values = this.#list(columns.values.data[row]!)
    const count = Math.max(shapes.length, types.length, values.length)
    return Array.from({ length: count }, (_, i) =>
      readArg(shapes[i], types[i], strides[i], values[i]),
    )
  }
}

function readArg(shape: unknown, type: unknown, strides: unknown, value: unknown): OperatorArg {
  const typeName = typeof type === 'string' ? type : ''
  if (Array.isArray(shape) && shape.some(Array.isArray)) {
    return {
      kind: 'tensor_list',
      tensors: shape.map((each, i) =>
        tensor(integers(each) ?? [], typeName, Array.isArray(strides) ? strides[i] : undefined),
      ),
    }
  }
  if (typeName === 'TensorList') return { kind: 'tensor_list', tensors: [] }
  const sizes = integers(shape)
  if (sizes !== undefined && (sizes.length > 0 || !SCALAR_TYPES.has(typeName))) {
    return { kind: 'tensor', ...tensor(sizes, typeName, strides) }
  }
  const text = value === undefined || value === null ? '' : value
  return {
    kind: 'scalar',
    type: typeName,
    value: typeof text === 'string' ? text : JSON.stringify(text),
  }
}

function tensor(shape: number[], type: string, strides: unknown): TensorArg {
  const result: TensorArg = { shape }
  const dtype = parseDtype(type)
  if (dtype !== undefined) result.dtype = dtype
  const steps = integers(strides)
  if (steps !== undefined && steps.length === shape.length && shape.length > 0) {
    result.strides = steps
  }
  return result
}

function integers(value: unknown): number[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.every((size) => Number.isSafeInteger(size)) ? (value as number[]) : undefined
}

/** Whether any argument is a tensor with a shape. */
export function hasShapes(args: readonly OperatorArg[]): boolean {
  return args.some(
    (arg) => arg.kind === 'tensor' || (arg.kind === 'tensor_list' && arg.tensors.length > 0),
  )
}
