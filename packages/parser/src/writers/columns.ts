// The columns of a kernel table, the same in CSV and Parquet.
import type { KernelEvent, KernelOperation, KernelTrace, TensorArg } from '@flowsim/trace-schema'
import { type OpWork, opWork } from '@flowsim/trace-schema'

/** A kernel and, where one was looked up, its operation. */
export interface KernelRow {
  event: KernelEvent
  operation?: KernelOperation | undefined
}

/** What a kernel table is made of: a trace, or kernels with their operations. */
export type KernelRows = KernelTrace | Iterable<KernelRow>

/** The rows of a kernel table. */
export function kernelRows(kernels: KernelRows): Iterable<KernelRow> {
  return 'kernels' in kernels ? kernels.kernels.map((event) => ({ event })) : kernels
}

/** A value of a cell; `undefined` is an empty cell. */
export type Cell = string | number | boolean | undefined

/**
 * What the value of a column follows from, alone. Equal names, sizes, lists, operators and operations are one text or
 * object in most traces, so a writer can make their cells once.
 */
export type CellSource =
  | 'event'
  | 'operation'
  | 'operator'
  | 'tensors'
  | 'name'
  | 'kind'
  | 'shapesFrom'
  | 'grid'
  | 'block'
  | 'api'
  | 'modules'
  | 'scopes'
  | 'callStack'

/** A column of a kernel table. Units are in the names; lists and dimensions are JSON. */
export interface KernelColumn {
  name: string
  type: 'string' | 'integer' | 'double' | 'boolean'
  /** The event if absent. */
  from?: CellSource
  value: (row: KernelRow) => Cell
}

const json = (value: unknown) => (value === undefined ? undefined : JSON.stringify(value))

/** What the tensors of a kernel are read from: its operation where that has roles, else as recorded. */
export function tensorSource({ event, operation }: KernelRow): object | undefined {
  if (operation !== undefined && operation.tensors.length > 0) return operation.tensors
  return event.tensors ?? event.op?.args
}

function tensorsOf({ event, operation }: KernelRow): readonly TensorArg[] {
  if (operation !== undefined && operation.tensors.length > 0) return operation.tensors
  if (event.tensors !== undefined) return event.tensors
  return (event.op?.args ?? []).flatMap((arg) => {
    if (arg.kind === 'tensor') return [arg]
    return arg.kind === 'tensor_list' ? arg.tensors : []
  })
}

function ofTensors(pick: (tensor: TensorArg) => unknown) {
  return (row: KernelRow): Cell => {
    const tensors = tensorsOf(row)
    return tensors.length === 0
      ? undefined
      : JSON.stringify(tensors.map((each) => pick(each) ?? null))
  }
}

function dimensions({ operation }: KernelRow): Cell {
  if (operation?.call === undefined) return undefined
  const { op: _, ...dims } = operation.call
  return JSON.stringify(dims)
}

/** Work of an operation, counted once for all of its kernels. */
const counted = new WeakMap<KernelOperation, OpWork | null>()

function work({ operation }: KernelRow): OpWork | undefined {
  if (operation === undefined) return undefined
  let known = counted.get(operation)
  if (known === undefined) {
    const isCounted = operation.call !== undefined && !operation.auxiliary
    known = isCounted ? opWork(operation.call!) : null
    counted.set(operation, known)
  }
  return known ?? undefined
}

/** Every column, in order. */
export const KERNEL_COLUMNS: readonly KernelColumn[] = [
  { name: 'name', from: 'name', type: 'string', value: ({ event }) => event.name },
  { name: 'kind', from: 'kind', type: 'string', value: ({ event }) => event.kind },
  { name: 'device', type: 'integer', value: ({ event }) => event.device },
  { name: 'stream', type: 'integer', value: ({ event }) => event.stream },
  { name: 'start_ns', type: 'integer', value: ({ event }) => event.startNs },
  { name: 'duration_ns', type: 'integer', value: ({ event }) => event.durationNs },
  {
    name: 'op',
    from: 'operation',
    type: 'string',
    value: ({ operation }) => operation?.op ?? undefined,
  },
  {
    name: 'family',
    from: 'operation',
    type: 'string',
    value: ({ operation }) => operation?.family,
  },
  { name: 'dimensions', from: 'operation', type: 'string', value: dimensions },
  { name: 'flops', from: 'operation', type: 'double', value: (row) => work(row)?.flops },
  {
    name: 'bytes',
    type: 'double',
    value: (row) => {
      const least = work(row)
      return least === undefined ? row.event.bytes : least.readBytes + least.writeBytes
    },
  },
  { name: 'operator', from: 'operator', type: 'string', value: ({ event }) => event.op?.name },
  {
    name: 'operator_parents',
    from: 'operator',
    type: 'string',
    value: ({ event }) => json(event.op?.parents),
  },
  { name: 'operator_instance', type: 'integer', value: ({ event }) => event.opInstance },
  { name: 'shapes', from: 'tensors', type: 'string', value: ofTensors((tensor) => tensor.shape) },
  { name: 'dtypes', from: 'tensors', type: 'string', value: ofTensors((tensor) => tensor.dtype) },
  {
    name: 'strides',
    from: 'tensors',
    type: 'string',
    value: ofTensors((tensor) => tensor.strides),
  },
  { name: 'roles', from: 'tensors', type: 'string', value: ofTensors((tensor) => tensor.role) },
  {
    name: 'tensor_names',
    from: 'tensors',
    type: 'string',
    value: ofTensors((tensor) => tensor.name),
  },
  {
    name: 'shapes_from',
    from: 'shapesFrom',
    type: 'string',
    value: ({ event }) => event.shapesFrom,
  },
  {
    name: 'scalars',
    from: 'operator',
    type: 'string',
    value: ({ event }) => {
      const values = event.op?.args.map((arg) => (arg.kind === 'scalar' ? arg.value : null))
      return values?.some((value) => value !== null && value !== '') ? json(values) : undefined
    },
  },
  { name: 'grid', from: 'grid', type: 'string', value: ({ event }) => json(event.grid) },
  { name: 'block', from: 'block', type: 'string', value: ({ event }) => json(event.block) },
  { name: 'registers_per_thread', type: 'integer', value: ({ event }) => event.registersPerThread },
  { name: 'shared_memory_bytes', type: 'integer', value: ({ event }) => event.sharedMemoryBytes },
  { name: 'correlation', type: 'integer', value: ({ event }) => event.correlation },
  { name: 'graph_node_id', type: 'integer', value: ({ event }) => event.graphNodeId },
  { name: 'launch_api', from: 'api', type: 'string', value: ({ event }) => event.launch?.api },
  { name: 'launch_start_ns', type: 'integer', value: ({ event }) => event.launch?.startNs },
  { name: 'launch_duration_ns', type: 'integer', value: ({ event }) => event.launch?.durationNs },
  {
    name: 'launch_thread',
    type: 'string',
    value: ({ event: { launch } }) =>
      launch === undefined ? undefined : `${launch.pid}/${launch.tid}`,
  },
  { name: 'collective', type: 'string', value: ({ event }) => event.collective?.kind },
  { name: 'group_name', type: 'string', value: ({ event }) => event.collective?.groupName },
  { name: 'group_size', type: 'integer', value: ({ event }) => event.collective?.groupSize },
  { name: 'in_elements', type: 'integer', value: ({ event }) => event.collective?.inElements },
  { name: 'out_elements', type: 'integer', value: ({ event }) => event.collective?.outElements },
  {
    name: 'auxiliary',
    from: 'operation',
    type: 'boolean',
    value: ({ operation }) => operation?.auxiliary,
  },
  {
    name: 'library',
    from: 'operation',
    type: 'string',
    value: ({ operation }) => operation?.library,
  },
  {
    name: 'rule',
    from: 'operation',
    type: 'string',
    value: ({ operation }) => operation?.rule ?? undefined,
  },
  { name: 'modules', from: 'modules', type: 'string', value: ({ event }) => json(event.modules) },
  { name: 'scopes', from: 'scopes', type: 'string', value: ({ event }) => json(event.scopes) },
  {
    name: 'call_stack',
    from: 'callStack',
    type: 'string',
    value: ({ event }) => event.callStack?.join(' <- '),
  },
]
