// From the rows of device activities to kernels: sizes of the launch, operator, modules, tensors and collective.
import type { KernelCollective, KernelEvent, KernelOperator } from '@flowsim/trace-schema'
import { Role } from '../collect/roles.js'
import type { TraceStore } from '../collect/trace-store.js'
import type { Repairs } from '../repairs.js'
import { unescapeJson } from '../scan/lenient-json.js'
import { assignLabels } from './assign-labels.js'
import {
  describeByAnnotation,
  isCollectiveAnnotation,
  isCollectiveKernel,
  readCollective,
} from './collectives.js'
import { Geometries } from './geometry.js'
import { GraphOperators } from './graph-operators.js'
import type { LaunchContext, LaunchContexts } from './launch-contexts.js'
import { NumberMap } from './number-map.js'
import { hasShapes, type Operators } from './operators.js'

/** What kernels are built from. */
export interface Linked {
  store: TraceStore
  operators: Operators
  /** For each device activity the row of its launch, or -1. */
  launches: Int32Array
  contexts: LaunchContexts
  origin: number
  repairs: Repairs
}

/** The kernels in order of start, each with what its launch, its annotation and its own event say. */
export function buildKernels(linked: Linked): KernelEvent[] {
  const { store, operators, launches, contexts, origin, repairs } = linked
  const { device } = store
  const start = device.start.data
  const order = inOrder(start, device.length)
  const byExternalId = operatorsByExternalId(store, launches, contexts)
  const graphOperators = new GraphOperators(operators)
  const geometries = new Geometries(store, repairs)
  const kernels: KernelEvent[] = []
  const rows: number[] = []
  for (const row of order) {
    const context = contexts.get(launches[row]!)
    const name = unescapeJson(store.names.text(device.name.data[row]!))
    const kernel: KernelEvent = {
      kind: kindOf(device.role.data[row]!, name),
      name,
      device: device.device.data[row]!,
      stream: device.stream.data[row]!,
      startNs: start[row]! - origin,
      durationNs: device.duration.data[row]!,
      shapesFrom: 'none',
    }
    addLaunchParameters(kernel, store, row, geometries)
    if (context !== undefined) addContext(kernel, context)
    const fallback =
      byExternalId === undefined ? -1 : byExternalId.get(device.externalId.data[row]!)
    if (fallback >= 0 && context?.isGraph === true) {
      const captured = graphOperators.read(fallback)
      if (captured !== undefined) Object.assign(kernel, captured, { opInstance: fallback })
    } else if (kernel.op === undefined && fallback >= 0) {
      setOperator(kernel, operators.operator([fallback]), fallback)
    }
    addOwn(kernel, store, row)
    addCollective(kernel, store, row, context)
    kernels.push(kernel)
    rows.push(row)
  }
  assignLabels({ store, kernels, rows, launches, contexts, origin })
  return kernels
}

/** Rows by their starts; most files have them in order. */
function inOrder(start: Float64Array, count: number): Int32Array {
  const order = new Int32Array(count)
  let isSorted = true
  for (let row = 0; row < count; row++) {
    order[row] = row
    if (row > 0 && start[row]! < start[row - 1]!) isSorted = false
  }
  return isSorted ? order : order.sort((a, b) => start[a]! - start[b]! || a - b)
}

function kindOf(role: Role, name: string): KernelEvent['kind'] {
  if (role === Role.Memcpy) return 'memcpy'
  if (role === Role.Memset) return 'memset'
  return isCollectiveKernel(name) ? 'collective' : 'kernel'
}

function addLaunchParameters(
  kernel: KernelEvent,
  store: TraceStore,
  row: number,
  geometries: Geometries,
): void {
  const { device } = store
  geometries.give(kernel, row)
  if (device.registers.data[row]! >= 0) kernel.registersPerThread = device.registers.data[row]!
  if (device.sharedMemory.data[row]! >= 0) kernel.sharedMemoryBytes = device.sharedMemory.data[row]!
  if (device.bytes.data[row]! >= 0) kernel.bytes = device.bytes.data[row]!
  if (device.correlation.data[row]! >= 0) kernel.correlation = device.correlation.data[row]!
  if (device.graphNode.data[row]! >= 0) kernel.graphNodeId = device.graphNode.data[row]!
}

function addContext(kernel: KernelEvent, context: LaunchContext): void {
  kernel.launch = context.launch
  setOperator(kernel, context.operator, context.operatorRow)
  if (context.callStack !== undefined) kernel.callStack = context.callStack
  if (context.modules !== undefined) kernel.modules = context.modules
  if (context.scopes !== undefined) kernel.scopes = context.scopes
}

function setOperator(kernel: KernelEvent, operator: KernelOperator | undefined, row: number): void {
  if (operator === undefined) return
  kernel.op = operator
  kernel.opInstance = row
  if (hasShapes(operator.args)) kernel.shapesFrom = 'profiler'
}

/** What a kernel's own event says of its module and tensors, where its launch says nothing. */
function addOwn(kernel: KernelEvent, { device, texts, tensors }: TraceStore, row: number): void {
  const module = device.module.get(row)
  if (module >= 0 && kernel.modules === undefined) {
    kernel.modules = [unescapeJson(texts.text(module))]
  }
  const own = device.tensors.get(row)
  if (own < 0 || kernel.shapesFrom !== 'none' || tensors[own]!.length === 0) return
  kernel.tensors = tensors[own]!
  kernel.shapesFrom = 'profiler'
}

function addCollective(
  kernel: KernelEvent,
  store: TraceStore,
  row: number,
  context: LaunchContext | undefined,
): void {
  const recorded = store.device.collective.data[row]!
  if (kernel.kind !== 'collective' && recorded < 0) return
  const members =
    recorded >= 0
      ? store.collectives[recorded]!
      : new Map(Object.entries(kernel.op?.attributes ?? {}))
  kernel.collective = readCollective(members, kernel.name)
  const { inElements, outElements } = kernel.collective
  if (inElements === undefined && outElements === undefined && context !== undefined) {
    addFromAnnotation(kernel.collective, store, context)
  }
  if (kernel.kind === 'kernel') kernel.kind = 'collective'
}

/** What the annotation of c10d around the launch says of a collective that records nothing itself. */
function addFromAnnotation(
  collective: KernelCollective,
  { annotations, names, tensors }: TraceStore,
  context: LaunchContext,
): void {
  for (let i = context.annotations.length - 1; i >= 0; i--) {
    const row = context.annotations[i]!
    const given = annotations.tensors.get(row)
    if (given < 0) continue
    const name = names.text(annotations.name.data[row]!)
    if (isCollectiveAnnotation(name)) {
      describeByAnnotation(collective, name, tensors[given]!)
      return
    }
  }
}

/**
 * Operators by their `External id`, for kernels whose launch lies in no operator; undefined where
 * the trace is old and the id is that of the launch (its correlation), not of an operator.
 */
function operatorsByExternalId(
  store: TraceStore,
  launches: Int32Array,
  contexts: LaunchContexts,
): NumberMap | undefined {
  const { device, operators } = store
  let agree = 0
  let disagree = 0
  for (let row = 0; row < device.length; row++) {
    const id = device.externalId.data[row]!
    const context = contexts.get(launches[row]!)
    if (id < 0 || context === undefined || context.operatorExternalId < 0) continue
    if (id === context.operatorExternalId) agree++
    else disagree++
  }
  if (disagree > agree || (agree === 0 && device.length > 0 && idsAreCorrelations(store))) {
    return undefined
  }
  const rows = new NumberMap(operators.externalId.data, operators.length)
  for (let row = 0; row < operators.length; row++) {
    const id = operators.externalId.data[row]!
    if (id >= 0) rows.set(id, row)
  }
  return rows
}

function idsAreCorrelations({ device }: TraceStore): boolean {
  for (let row = 0; row < device.length; row++) {
    const id = device.externalId.data[row]!
    if (id >= 0 && id !== device.correlation.data[row]) return false
  }
  return true
}
